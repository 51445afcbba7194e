import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { foldedLines, foldTrace } from '../../workers/exporters/fold.ts';
import { perfScript } from '../../workers/importers/perf-script.ts';
import { importCut } from '../support/import.ts';
import { fixture, hasFixtures } from '../support/paths.ts';

const flags = ['pid', 'tid', 'kernel', 'jit', 'addrs', 'all'] as const;

/** stackcollapse-perf.pl's own test data: 13 inputs × 6 flags. */
describe.skipIf(!hasFixtures)('vtune fold --compat flamegraph', () => {
  const inputs = hasFixtures
    ? readdirSync(fixture('FlameGraph/inputs')).filter((name) => /^perf-.*\.txt$/.test(name))
    : [];

  it('has all the cases', () => {
    expect(inputs.length * flags.length).toBe(78);
  });

  for (const input of inputs) {
    it.each(flags)(`${input} --%s`, (flag) => {
      const bytes = readFileSync(fixture(`FlameGraph/inputs/${input}`));
      const expected = fixture(
        `FlameGraph/expected-trailing-blank/${input.replace('.txt', '')}-collapsed-${flag}.txt`,
      );
      expect(foldCompat('flamegraph', bytes, flag)).toEqual(sortedLines(readFileSync(expected, 'latin1')));
    });
  }
});

describe.skipIf(!hasFixtures)('vtune fold --compat inferno', () => {
  const results = hasFixtures ? readdirSync(fixture('inferno/collapse-perf/results')) : [];

  it.each(results.filter((name) => !name.startsWith('example')))('%s', (result) => {
    const [, input = '', flag] = /^(.*?)-collapsed-?(\w*)\.txt$/.exec(result) ?? [];
    const folder = input.startsWith('perf-rust') ? 'FlameGraph/inputs' : 'inferno/collapse-perf';
    const bytes = readFileSync(fixture(`${folder}/${input}.txt`));
    const expected = readFileSync(fixture(`inferno/collapse-perf/results/${result}`), 'latin1');
    expect(foldCompat('inferno', bytes, flag ?? '')).toEqual(sortedLines(expected));
  });
});

function foldCompat(dialect: 'flamegraph' | 'inferno', bytes: Uint8Array, flag: string): string[] {
  const trace = importCut(perfScript, bytes, [], { dialect, addresses: flag === 'addrs' });
  const folded = foldTrace(trace, {
    dialect,
    pid: flag === 'pid',
    tid: flag === 'tid',
    kernel: flag === 'kernel' || flag === 'all',
    jit: flag === 'jit' || flag === 'all',
    inline: false,
    addrs: flag === 'addrs',
  });
  return sortedLines([...foldedLines(folded)].join(''));
}

function sortedLines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}
