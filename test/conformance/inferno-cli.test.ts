import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fixture, hasFixtures } from '../support/paths.ts';
import { vtune } from '../support/vtune.ts';

/** What inferno's own tests run from the command line. */
describe.skipIf(!hasFixtures)('vtune in place of inferno', () => {
  it.each([
    ['default', 'before', []],
    ['normalize', 'before', ['--normalize']],
    ['strip_hex', 'before', ['--strip-hex']],
    ['fractionals', 'before_fractionals', []],
  ])('fold --diff: %s', async (result, before, flags) => {
    const folder = 'inferno/diff-folded';
    const inputs = [fixture(`${folder}/${before}.txt`), fixture(`${folder}/after.txt`)];
    const { stdout, code } = await vtune(['fold', '--diff', '--quiet', ...flags, ...inputs]);
    expect(code).toBe(0);
    expect(sortedLines(stdout)).toEqual(
      sortedLines(readFileSync(fixture(`${folder}/results/${result}.txt`), 'latin1')),
    );
  });

  it('reads a compressed capture', async () => {
    const input = fixture('FlameGraph/inputs/example-perf-stacks.txt.gz');
    const { stdout } = await vtune(['fold', '--quiet', '--compat', 'inferno', input]);
    const expected = readFileSync(
      fixture('inferno/collapse-perf/results/example-perf-stacks-collapsed.txt'),
      'latin1',
    );
    expect(sortedLines(stdout)).toEqual(sortedLines(expected));
  });

  it('refuses what inferno does not take for perf script text', async () => {
    for (const name of ['invalid-perf-with-empty-line-after-event-line', 'unknown-format']) {
      const { code, stderr } = await vtune(['fold', fixture(`inferno/collapse-guess/${name}.txt`)]);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^vtune: .*is in no format vtune knows.*\n$/);
    }
  });
});

function sortedLines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}
