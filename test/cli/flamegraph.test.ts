import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repo } from '../support/paths.ts';
import { scratch, vtune } from '../support/vtune.ts';

const events = repo('datasets/real/multi-event-short.perf.txt');

async function svg(...args: string[]): Promise<string> {
  const { stdout, code } = await vtune(['flamegraph', '-q', '-o', '-', ...args]);
  expect(code).toBe(0);
  return Buffer.from(stdout, 'latin1').toString('utf8');
}

describe('vtune flamegraph', () => {
  it('writes a file with title, unit and every frame above the minimum', async () => {
    const out = join(scratch(), 'x.svg');
    const { code } = await vtune(['flamegraph', '-q', events, '-o', out, '--title', 'My title']);
    expect(code).toBe(0);
    const text = readFileSync(out, 'utf8');
    expect(text).toMatch(/^<\?xml version="1\.0"/);
    expect(text).toContain('>My title</text>');
    expect(text).toMatch(/27 samples of cpu-clock · \d+(\.\d+)? ms/);
    expect(text).toMatch(/<title>checksum \(.* ms, .* %\)/);
  });

  it('leaves out narrow frames and says how many', async () => {
    const [all, wide] = [await svg(events, '--min-width', '0'), await svg(events, '--min-width', '300')];
    const count = (text: string): number => text.match(/<g data-f/g)?.length ?? 0;
    expect(count(wide)).toBeLessThan(count(all));
    expect(wide).toContain(`${count(all) - count(wide)} frames narrower than 300 px are not drawn`);
  });

  it('reverses: the hot function is below the root', async () => {
    const text = await svg(events, '--reverse');
    expect(text).toMatch(/data-f="0 [\d.]+ 1"><title>checksum/);
  });

  it('draws the event asked for, as an icicle, in other colours', async () => {
    expect(await svg(events, '--event', 'page-faults')).toContain('by page-faults');
    expect(await svg(events, '--icicle')).toContain('data-icicle="1"');
    expect(await svg(events, '--colors', 'hot')).not.toContain('id="legend"');
  });

  it('loads nothing from elsewhere', async () => {
    expect((await svg(events)).replace('http://www.w3.org/2000/svg', '')).not.toMatch(
      /(?:href|src|url)\s*[=(]\s*["']?http/,
    );
  });
});

describe('a stack of 100 000 frames', () => {
  const folder = scratch();
  const input = join(folder, 'deep.txt');
  const frames = Array.from(
    { length: 100_000 },
    (_, i) => `\t    7f${i.toString(16).padStart(5, '0')} fn${i % 1000}+0x1 (/bin/x)\n`,
  );
  writeFileSync(
    input,
    `x 1/1 [000] 1.0: 1000000 cpu-clock:\n${frames.join('')}\nx 1/1 [000] 1.1: 1000000 cpu-clock:\n\t7f main (/bin/x)\n\n`,
  );

  it.each([['analyze'], ['flamegraph'], ['fold']])('is no trouble for %s', async (command) => {
    const out = join(folder, command);
    const { code, stderr } = await vtune([command, '-q', input, '-o', out]);
    expect(`${code} ${stderr}`).toBe('0 ');
    expect(statSync(out).size).toBeLessThan(2e6);
  });
});

describe('progress', () => {
  const hasScript = spawnSync('script', ['--version']).status === 0;

  it.skipIf(!hasScript)('shows bytes, rate and time left on a terminal, and nothing with --quiet', () => {
    const folder = scratch();
    const big = join(folder, 'big.txt');
    writeFileSync(big, Buffer.concat(Array.from({ length: 400 }, () => readFileSync(events))));
    const run = (flags: string): string => {
      const command = `${process.execPath} ${repo('dist/cli/main.js')} fold ${flags} ${big} -o ${join(folder, 'out')}`;
      return spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8', input: '' }).stdout;
    };
    expect(run('')).toMatch(
      /reading \[[█░]{24}\] [\d.]+ MiB of 66 MiB {2}\d+(\.\d+)? [MG]iB\/s {2}\d+ s left/,
    );
    expect(run('--quiet')).not.toContain('reading');
  });
});
