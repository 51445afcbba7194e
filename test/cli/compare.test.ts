import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Comparison } from '../../model/comparison.ts';
import { encodeSavedRun } from '../../workers/saved-runs.ts';
import { repo } from '../support/paths.ts';
import { type RunSketch, savedRun } from '../support/saved-run.ts';
import { scratch, vtune } from '../support/vtune.ts';

/** One program recorded 8 times at each of two builds, interleaved, and 8 times more at the first. */
const main = repo('datasets/real/pages/v1.4.tar.xz');
const again = repo('datasets/real/pages/v1.4-again.tar.xz');
const dearer = repo('datasets/real/pages/v1.5.tar.xz');
const inlined = repo('datasets/real/pages/v1.6.tar.xz');

let folder = '';
beforeAll(() => {
  folder = scratch();
});
const at = (name: string): string => join(folder, name);
const text = (name: string): string => readFileSync(at(name), 'utf8');
const comparison = (name: string): Comparison => JSON.parse(text(name)) as Comparison;

/** Saved runs written by hand: `[cost of parse, of hash]` in ns, one pair a run. */
function save(
  name: string,
  runs: readonly (readonly [number, number])[],
  more: Partial<RunSketch> = {},
): string[] {
  return runs.map(([parse, hash], run) => {
    const file = at(`${name}-${run + 1}.vtune`);
    const sketch: RunSketch = {
      name: `${name}-${run + 1}`,
      paths: { 'main;parse': parse, 'main;hash': hash },
      results: { wall_s: (parse + hash) / 1e9, requests: 1000 },
      ...more,
    };
    writeFileSync(file, encodeSavedRun(savedRun(sketch)));
    return file;
  });
}

const steady = [0, 1, 2, 3, 4, 5].map((i) => [4e9 + i * 1e7, 6e9 - i * 1e7] as const);
const slower = steady.map(([parse, hash]) => [parse * 1.4, hash] as const);

describe('recordings of one program', () => {
  it('passes a build held against itself', async () => {
    const { code, stdout } = await vtune([
      'compare',
      '--baseline',
      main,
      '--candidate',
      again,
      '--json',
      at('aa.json'),
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain('none differs beyond its margin');
    const { gate, pairs } = comparison('aa.json');
    expect(gate.failures).toEqual([]);
    expect(pairs[0]?.functions.filter(({ state }) => state === 'regressed' || state === 'improved')).toEqual(
      [],
    );
  });

  it('fails a build in which one function is dearer, and names it, its caller and its module', async () => {
    const outputs = ['json', 'markdown', 'junit', 'sarif', 'svg', 'folded', 'pprof'];
    const { code, stdout } = await vtune([
      'compare',
      '--baseline',
      main,
      '--candidate',
      dearer,
      '-o',
      at('ab.html'),
      ...outputs.flatMap((kind) => [`--${kind}`, at(`ab.${kind}`)]),
    ]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/checksum_block in libcodec\.so regressed: \+\d/);
    expect(stdout).toContain('called from compress_page');
    expect(stdout).toContain('gate: fail, 1 regression');
    const { pairs, gate } = comparison('ab.json');
    const regressed = pairs[0]?.functions.filter(({ state }) => state === 'regressed') ?? [];
    expect(regressed.map((row) => `${row.module}!${row.function}`)).toEqual(['libcodec.so!checksum_block']);
    expect(regressed[0]?.path.at(-1)).toBe('compress_page');
    // Twelve rounds instead of ten: 20 % by construction.
    expect(regressed[0]?.low).toBeLessThan(0.25);
    expect(regressed[0]?.high).toBeGreaterThan(0.15);
    expect(gate.failures).toHaveLength(1);
    for (const kind of ['html', 'markdown', 'junit', 'svg', 'folded']) {
      expect(text(`ab.${kind}`), kind).toContain('checksum_block');
      expect(text(`ab.${kind}`), kind).toContain('compress_page');
    }
    expect(text('ab.markdown').startsWith('<!-- vtune-compare -->')).toBe(true);
    expect(text('ab.junit')).toContain('failures="1"');
  });

  it('takes a function that was inlined for moved, not for regressed', async () => {
    const { code } = await vtune([
      'compare',
      '--baseline',
      main,
      '--candidate',
      inlined,
      '--json',
      at('in.json'),
      '-q',
    ]);
    expect(code).toBe(0);
    const rows = comparison('in.json').pairs[0]?.functions ?? [];
    const moved = rows.filter((row) => row.moved !== undefined);
    expect(moved.map((row) => row.function).sort()).toEqual(['compress_page', 'match_window']);
    expect(moved.every((row) => row.moved?.kind === 'inlined' && row.state === 'unchanged')).toBe(true);
    expect(rows.find((row) => row.function === 'match_window')?.presence).toBe('vanished');
  });

  it('gives the same from saved runs and from reports as from the dumps', async () => {
    const files = { dumps: [] as string[][], saved: [] as string[][], reports: [] as string[][] };
    for (const version of ['v1.4', 'v1.5']) {
      const dumps = ['01', '02', '03'].map((run) =>
        repo(`datasets/real/pages/${version}.tar.xz/${version}/run-${run}`),
      );
      const unpacked = at(version);
      mkdirSync(unpacked);
      execFileSync('tar', ['-xJf', repo(`datasets/real/pages/${version}.tar.xz`), '-C', unpacked]);
      const [saved, reports]: [string[], string[]] = [[], []];
      for (const run of ['01', '02', '03']) {
        const [kept, report] = [at(`${version}-${run}.vtune`), at(`${version}-${run}.json`)];
        const made = await vtune([
          'analyze',
          join(unpacked, version, `run-${run}`),
          '--save',
          kept,
          '--json',
          report,
          '-o',
          at('r.html'),
          '-q',
        ]);
        expect(made.code, made.stderr).toBe(0);
        saved.push(kept);
        reports.push(report);
      }
      files.dumps.push(dumps);
      files.saved.push(saved);
      files.reports.push(reports);
    }
    const rows = new Map<string, unknown>();
    for (const [kind, [a = [], b = []]] of Object.entries(files)) {
      await vtune(['compare', '--baseline', ...a, '--candidate', ...b, '--json', at('same.json'), '-q']);
      rows.set(
        kind,
        comparison('same.json').pairs[0]?.functions.map((row) => [
          row.function,
          row.state,
          row.relative.toPrecision(6),
          row.p?.toPrecision(4),
        ]),
      );
    }
    expect((rows.get('dumps') as unknown[]).length).toBeGreaterThan(5);
    expect(rows.get('saved')).toEqual(rows.get('dumps'));
    expect(rows.get('reports')).toEqual(rows.get('dumps'));
  });
});

describe('exit codes', () => {
  it('are 0 for a pass, 1 for a regression, 3 for an open question where that was asked', async () => {
    const [a, b] = [save('base', steady), save('slow', slower)];
    const pass = await vtune(['compare', '--baseline', ...a.slice(0, 3), '--candidate', ...a.slice(3)]);
    expect(pass.code).toBe(0);
    const fail = await vtune(['compare', '--baseline', ...a, '--candidate', ...b]);
    expect(fail.code).toBe(1);
    expect(fail.stdout).toContain('parse in app regressed: +40.0 %');
    expect(
      (await vtune(['compare', '--baseline', ...a, '--candidate', ...b, '--fail-on', 'never', '-q'])).code,
    ).toBe(0);
    const better = await vtune(['compare', '--baseline', ...b, '--candidate', ...a]);
    expect(better.code).toBe(0);
    expect(better.stdout).toContain('improved');
    const few = ['compare', '--baseline', ...a.slice(0, 2), '--candidate', ...b.slice(0, 2), '-q'];
    const open = ['--min-function-effect', '60%', '--fail-on', 'inconclusive'];
    expect((await vtune([...few, ...open])).code).toBe(3);
  });

  it.each([
    [['compare'], /what to compare is missing/],
    [['compare', '--baseline', 'x'], /what to compare is missing/],
    [['compare', '--nonsense'], /unknown option/],
    [['compare', '--group', 'a=x'], /two groups or more/],
    [['compare', '--group', 'x', '--group', 'y'], /has no name/],
    [['compare', '--baseline', 'x', '--candidate', 'y', '--group', 'a=b'], /stands alone/],
    [['compare', '--history', 'x', '--baseline', 'y'], /stands alone/],
    [['compare', '--history', 'x', '--junit', 'y'], /has no --junit/],
    [['compare', '--baseline', 'nowhere', '--candidate', 'nowhere'], /nowhere: no such file/],
    [['compare', '--baseline', 'x', '--candidate', 'y', '--min-effect', 'much'], /expected a share/],
    [['compare', '--baseline', 'x', '--candidate', 'y', '--fail-on', 'doubt'], /Allowed choices/],
    [
      ['compare', '--baseline', 'x', '--candidate', 'y', '--budget', 'nowhere.json'],
      /nowhere\.json: cannot be read/,
    ],
  ])('are 2 for a usage error: %j', async (args, why) => {
    const { code, stderr } = await vtune(args);
    expect(stderr).toMatch(why);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(code).toBe(2);
  });

  it('refuses to mix events, names both, and compares metrics alone when asked', async () => {
    const [clock, cycles] = [
      save('clock', steady),
      save('cycles', steady, { event: 'cycles', unit: 'cycles' }),
    ];
    const mixed = ['compare', '--baseline', ...clock, '--candidate', ...cycles];
    const { code, stderr } = await vtune(mixed);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^vtune: cannot compare: .*\(cpu-clock, cycles\).*--event NAME/);
    expect((await vtune([...mixed, '--metric', 'run.result{wall_s}', '-q'])).code).toBe(0);
  });

  it('never fails on one run a side', async () => {
    const [a] = save('one', steady.slice(0, 1));
    const [b] = save('two', slower.slice(0, 1));
    const { code, stdout } = await vtune(['compare', '--baseline', a ?? '', '--candidate', b ?? '']);
    expect(code).toBe(0);
    expect(stdout).toContain('one run a side is indicative only');
    expect(
      (
        await vtune([
          'compare',
          '--baseline',
          a ?? '',
          '--candidate',
          b ?? '',
          '--fail-on',
          'inconclusive',
          '-q',
        ])
      ).code,
    ).toBe(3);
  });

  it('takes the spread between runs from an earlier comparison of equal runs', async () => {
    const run = (name: string, i: number, factor: number): string => {
      const own = (base: number, k: number): number => base + (((i + 1) * k) % 7) * 2e7;
      const paths = {
        'main;parse': own(3e9, 1) * factor,
        'main;hash': own(2e9, 2),
        'main;pack': own(2e9, 3),
        'main;send': own(1e9, 4),
        'main;log': own(1e9, 5),
      };
      writeFileSync(at(name), encodeSavedRun(savedRun({ name, paths, results: { requests: 1000 } })));
      return at(name);
    };
    const equal = [0, 1, 2, 3, 4, 5].map((i) => run(`equal-${i}.vtune`, i, 1));
    const halves = ['--baseline', ...equal.slice(0, 3), '--candidate', ...equal.slice(3)];
    expect((await vtune(['compare', ...halves, '--json', at('spread.json'), '-q'])).code).toBe(0);
    const later = run('later.vtune', 6, 1.4);
    const args = ['compare', '--baseline', equal[0] ?? '', '--candidate', later, '--spread-from'];
    const { code, stdout } = await vtune([...args, at('spread.json')]);
    expect(stdout).toMatch(/Indicative only, one run a side: parse in app regressed/);
    expect(code).toBe(0);
    for (const [name, content] of [
      ['none.json', '{"pairs": []}'],
      ['few.json', '{"pairs": [{"dispersion": {"base": 1, "slope": 0, "df": 0}}]}'],
    ] as const) {
      writeFileSync(at(name), content);
      const wrong = await vtune([...args, at(name)]);
      expect(wrong.stderr).toMatch(/holds no comparison of enough functions/);
      expect(wrong.code).toBe(2);
    }
  });
});

describe('a budget file', () => {
  it('rules by globs: the last that matches counts', async () => {
    const [a, b] = [save('plain', steady), save('dear', slower)];
    const judge = async (budget: unknown): Promise<number | null> => {
      writeFileSync(at('budget.json'), JSON.stringify(budget));
      return (
        await vtune(['compare', '--baseline', ...a, '--candidate', ...b, '--budget', at('budget.json'), '-q'])
      ).code;
    };
    expect(await judge({})).toBe(1);
    expect(await judge({ '*': 'off' })).toBe(0);
    expect(await judge({ '*': 'warn' })).toBe(0);
    expect(await judge({ '*': 'off', 'app!pars?': ['error', { maxIncrease: '20%' }] })).toBe(1);
    expect(await judge({ '*': 'off', 'app!pars?': ['error', { maxIncrease: '60%' }] })).toBe(0);
    expect(await judge({ '*': 'off', 'run.result{wall_s}': ['error', { max: 10.5e9 }] })).toBe(1);
    expect(
      await judge({ '*': 'off', 'run.result{wall_s}': ['error', { max: 20e9, maxIncrease: '20%' }] }),
    ).toBe(0);
  });

  it.each([
    ['[]', /is no object of globs/],
    ['{', /is not JSON/],
    ['{"x": "fatal"}', /x: expected off, warn or error/],
    ['{"x": ["error", {"most": 1}]}', /knows no limit most/],
    ['{"x": ["error", {"maxIncrease": "lots"}]}', /maxIncrease must be a share/],
  ])('says what is wrong with %s', async (budget, why) => {
    writeFileSync(at('wrong.json'), budget);
    const { code, stderr } = await vtune([
      'compare',
      '--baseline',
      main,
      '--candidate',
      main,
      '--budget',
      at('wrong.json'),
    ]);
    expect(stderr).toMatch(why);
    expect(code).toBe(2);
  });
});

describe('a history', () => {
  it('is read from a directory of saved runs, in the order of their names', async () => {
    const directory = scratch();
    for (let run = 0; run < 24; run++) {
      const [parse, hash] = [(run >= 12 ? 4.8e9 : 4e9) + ((run * 7) % 5) * 1e7, 6e9 + ((run * 3) % 4) * 1e7];
      const sketch = {
        name: `r${run}`,
        paths: { 'main;parse': parse, 'main;hash': hash },
        results: { wall_s: (parse + hash) / 1e9 },
      };
      writeFileSync(join(directory, `build-${run}.vtune`), encodeSavedRun(savedRun(sketch)));
    }
    const { code, stdout } = await vtune([
      'compare',
      '--history',
      directory,
      '--json',
      at('h.json'),
      '-o',
      at('h.html'),
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/regressed at build-12\.vtune/);
    expect(text('h.html')).toContain('build-12');
    expect((await vtune(['compare', '--history', directory, '--fail-on', 'regression', '-q'])).code).toBe(1);
  });
});
