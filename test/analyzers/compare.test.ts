import { describe, expect, it } from 'vitest';
import { compareRuns } from '../../analyzers/compare/compare.ts';
import { type CompareOptions, defaultCompareOptions } from '../../analyzers/compare/options.ts';
import { Random } from '../../analyzers/stats/random.ts';
import type { Comparison } from '../../model/comparison.ts';
import type { SavedRun } from '../../model/saved-run.ts';
import { type Paths, type RunSketch, savedRun } from '../support/saved-run.ts';
import { normal } from '../support/simulated-runs.ts';

/** Runs of one program: costs in ns vary by a hundredth from run to run. */
function runs(name: string, paths: Paths, sketch: Partial<RunSketch> = {}, count = 5): SavedRun[] {
  return Array.from({ length: count }, (_, run) => {
    const random = new Random(run + 17 * name.length);
    const varied = Object.fromEntries(
      Object.entries(paths).map(([path, cost]) => [path, cost * (1 + 0.01 * normal(random))]),
    );
    return savedRun({ name: `${name}-${run}`, paths: varied, results: { requests: 1000 }, ...sketch });
  });
}

function compare(
  baseline: SavedRun[],
  candidate: SavedRun[],
  options: Partial<CompareOptions> = {},
): Comparison {
  const groups = [
    { name: 'baseline', runs: baseline },
    { name: 'candidate', runs: candidate },
  ];
  return compareRuns(groups, { ...defaultCompareOptions, ...options }, 'test');
}

const states = ({ pairs }: Comparison): Record<string, string> =>
  Object.fromEntries((pairs[0]?.functions ?? []).map((row) => [row.function, row.state]));
const row = ({ pairs }: Comparison, name: string) =>
  pairs[0]?.functions.find((each) => each.function === name);
const guards = ({ guards: found }: Comparison): string[] => found.map(({ id }) => id);

const program = { 'main;parse': 3e9, 'main;hash': 4e9, 'main;write': 2e9, 'main;log': 1e9 };

describe('costs per unit of work', () => {
  it('do not change with the rate of sampling', () => {
    const found = compare(runs('a', program, { period: 1e6 }), runs('b', program, { period: 4e6 }));
    expect(new Set(Object.values(states(found)))).toEqual(new Set(['unchanged']));
  });

  it('come from the time between samples where a capture holds no periods', () => {
    // 1000 and 250 samples a second of the same ten seconds.
    const samples = (paths: Paths, ns: number): Paths =>
      Object.fromEntries(Object.entries(paths).map(([path, cost]) => [path, cost / ns]));
    const counted = { unit: 'samples', period: 1 } as const;
    const found = compare(
      runs('a', samples(program, 1e6), { ...counted, interval: 1e6 }),
      runs('b', samples(program, 4e6), { ...counted, interval: 4e6 }),
    );
    expect(found.pairs[0]?.unit).toBe('ns');
    expect(row(found, 'hash')?.relative).toBeCloseTo(0, 1);
    expect(guards(found)).toContain('units');
  });

  it('do not change with how long a run lasts', () => {
    const twice = Object.fromEntries(Object.entries(program).map(([path, cost]) => [path, cost * 2]));
    const found = compare(runs('a', program), runs('b', twice, { results: { requests: 2000 } }));
    expect(found.work.per).toBe('requests');
    expect(new Set(Object.values(states(found)))).toEqual(new Set(['unchanged']));
    const perSecond = compare(
      runs('a', program, { results: {}, duration: 10 }),
      runs('b', twice, { results: {}, duration: 20 }),
    );
    expect(perSecond.work.per).toBe('second');
    expect(new Set(Object.values(states(perSecond)))).toEqual(new Set(['unchanged']));
    // Which hides what makes equal work last longer: that is said.
    expect(guards(perSecond)).toContain('work');
    const perRun = compare(
      runs('a', program, { results: {}, duration: 10 }),
      runs('b', twice, { results: {}, duration: 20 }),
      { per: 'run' },
    );
    expect(states(perRun).hash).toBe('regressed');
    expect(guards(perRun)).not.toContain('work');
  });

  it('leave other functions alone when one grows, also where only shares are known', () => {
    const grown = { ...program, 'main;parse': 4.5e9 };
    for (const per of ['requests', 'total'] as const) {
      const spread = { 'main;a': 1e9, 'main;b': 1e9, 'main;c': 1e9 };
      const found = compare(runs('a', { ...program, ...spread }), runs('b', { ...grown, ...spread }), {
        per,
      });
      expect(Object.entries(states(found)).filter(([, state]) => state === 'regressed')).toEqual([
        ['parse', 'regressed'],
      ]);
      expect(Object.values(states(found))).not.toContain('improved');
      expect(row(found, 'parse')?.relative).toBeCloseTo(0.5, 1);
    }
  });

  it('count few heavy samples for few', () => {
    // The same cost in a hundredth of the samples says a tenth as much.
    const grown = { ...program, 'main;log': 1.25e9 };
    const light = compare(runs('a', program, { period: 1e6 }), runs('b', grown, { period: 1e6 }));
    const heavy = compare(runs('a', program, { period: 2e8 }), runs('b', grown, { period: 2e8 }));
    expect(states(light).log).toBe('regressed');
    expect(states(heavy).log).toBe('inconclusive');
    expect(heavy.pairs[0]?.functions.find((each) => each.function === 'log')?.high ?? 0).toBeGreaterThan(
      (row(light, 'log')?.high ?? 0) * 1.5,
    );
  });
});

describe('where a change is', () => {
  const deep = {
    'main;serve;parse': 3e9,
    'main;serve;render;escape': 2e9,
    'main;serve;render;format': 2e9,
    'main;idle_work': 3e9,
  };

  it('is the deepest frame that explains four fifths of it, with its callers', () => {
    const found = compare(runs('a', deep), runs('b', { ...deep, 'main;serve;render;escape': 4e9 }));
    const [place] = found.pairs[0]?.attribution ?? [];
    expect(place).toMatchObject({ function: 'escape', module: 'app' });
    expect(place?.callers).toEqual(['bench', 'main', 'serve', 'render']);
    expect(place?.explains).toBeGreaterThanOrEqual(0.8);
  });

  it('is their caller when two functions share it', () => {
    const found = compare(
      runs('a', deep),
      runs('b', { ...deep, 'main;serve;render;escape': 3e9, 'main;serve;render;format': 3e9 }),
    );
    expect(found.pairs[0]?.attribution[0]?.function).toBe('render');
  });

  it('is nowhere in particular when everything grows alike', () => {
    const slower = Object.fromEntries(Object.entries(deep).map(([path, cost]) => [path, cost * 1.3]));
    const found = compare(runs('a', deep), runs('b', slower));
    expect(found.pairs[0]?.attribution[0]?.function ?? 'main').toBe('main');
  });
});

describe('cost that only moved', () => {
  it('is not a regression when a function was renamed', () => {
    const renamed = { 'main;parse_v2': 3e9, 'main;hash': 4e9, 'main;write': 2e9, 'main;log': 1e9 };
    const found = compare(runs('a', program), runs('b', renamed));
    expect(found.gate.failures).toEqual([]);
    expect(row(found, 'parse_v2')?.moved).toMatchObject({ kind: 'renamed', with: ['parse'] });
    expect(row(found, 'parse_v2')?.presence).toBe('new');
    expect(row(found, 'parse')?.presence).toBe('vanished');
  });

  it('is a regression when the new name costs more than the old did', () => {
    const dearer = { 'main;parse_v2': 5e9, 'main;hash': 4e9, 'main;write': 2e9, 'main;log': 1e9 };
    const found = compare(runs('a', program), runs('b', dearer));
    expect(states(found).parse_v2).toBe('regressed');
    expect(found.gate.outcome).toBe('fail');
  });

  it('is not a rename when compilers and build paths named it otherwise', () => {
    const named = { 'main;parse.constprop.0': 3e9, 'main;hash': 4e9, 'main;write': 2e9, 'main;log': 1e9 };
    const found = compare(runs('a', program), runs('b', named));
    expect(row(found, 'parse')?.presence).toBe('both');
    expect(states(found).parse).toBe('unchanged');
  });
});

describe('builds whose files are named otherwise', () => {
  const build = (program: string, parse: number): Paths => ({
    [`main;${program}!parse`]: parse,
    [`main;${program}!hash`]: 4e9,
    [`main;${program}!write`]: 2e9,
    'main;libc.so!memcpy': 1e9,
  });
  const named = (name: string, comm: string, paths: Paths): SavedRun[] =>
    runs(name, paths, { host: { command: `/usr/bin/perf record -g -- ./${comm} 100` } }).map((run) => {
      const [profile] = run.profiles;
      if (profile === undefined) throw new Error('no profile');
      const names = profile.tree.functions.name.map((each) => (each === 'bench' ? comm : each));
      const tree = { ...profile.tree, functions: { ...profile.tree.functions, name: names } };
      return { ...run, profiles: [{ ...profile, tree }] };
    });

  it('are held against each other function by function, which is said', () => {
    const found = compare(
      named('a', 'shop-main', build('shop-main', 3e9)),
      named('b', 'shop-new', build('shop-new', 4.5e9)),
    );
    expect(Object.entries(states(found)).filter(([, state]) => state !== 'unchanged')).toEqual([
      ['parse', 'regressed'],
    ]);
    expect(row(found, 'parse')).toMatchObject({ module: 'shop-main', presence: 'both' });
    expect(found.guards.find(({ id }) => id === 'renamed-programs')?.text).toContain(
      'shop-new for shop-main',
    );
    expect(guards(found)).not.toContain('environment/command');
  });

  it('are not when they are different programs', () => {
    const other = { 'main;db!plan': 3e9, 'main;db!scan': 5e9, 'main;libc.so!memcpy': 1e9 };
    const found = compare(named('a', 'shop', build('shop', 3e9)), named('b', 'db', other));
    expect(guards(found)).not.toContain('renamed-programs');
    expect(guards(found)).toContain('environment/command');
    expect(row(found, 'plan')?.presence).toBe('new');
  });
});

describe('what disturbs a comparison', () => {
  const host = { cpuModel: 'EPYC 7763', kernel: '6.1.0', governor: 'performance' };
  const metric = (id: string, value: number, labels: Record<string, string> = {}) =>
    ({ id, labels, value, unit: 'share', better: 'lower', n: 1 }) as const;

  it.each([
    ['cpuModel', { cpuModel: 'Xeon 8375C' }],
    ['kernel', { kernel: '6.8.0' }],
    ['governor', { governor: 'powersave' }],
  ])('is a different %s', (key, other) => {
    const found = compare(runs('a', program, { host }), runs('b', program, { host: { ...host, ...other } }));
    expect(guards(found)).toContain(`environment/${key}`);
    expect(found.verdict.lines.join('\n')).toContain(Object.values(other)[0]);
    expect(guards(compare(runs('a', program, { host }), runs('b', program, { host })))).toEqual([]);
  });

  it.each([
    [
      'CPU time stolen by the hypervisor',
      metric('host.cpu.share', 0.08, { state: 'steal' }),
      metric('host.cpu.share', 0, { state: 'steal' }),
    ],
    [
      'CPU pressure',
      metric('host.pressure.avg10', 0.6, { resource: 'cpu', tasks: 'some' }),
      metric('host.pressure.avg10', 0.02, { resource: 'cpu', tasks: 'some' }),
    ],
    [
      'stacks that could not be unwound',
      metric('stacks.broken.share', 0.4),
      metric('stacks.broken.share', 0.01),
    ],
  ])('is %s', (what, much, little) => {
    const found = compare(runs('a', program, { metrics: [little] }), runs('b', program, { metrics: [much] }));
    expect(guards(found)).toContain(`environment/${what}`);
  });

  it('is what a recorder lost, one order after the other, and a run on both sides', () => {
    expect(guards(compare(runs('a', program), runs('b', program, { lost: 0.05 })))).toContain(
      'environment/lost',
    );
    const on = (day: number) => ({ captured: `2026-03-0${day}T10:00:00Z` });
    expect(
      guards(compare(runs('a', program, { host: on(1) }), runs('b', program, { host: on(2) }))),
    ).toContain('order');
    const same = runs('a', program);
    expect(guards(compare(same, [...runs('b', program), ...same.slice(0, 1)]))).toContain('same-runs');
  });

  it('is a baseline that shakes in itself: what shakes fails no gate', () => {
    const first = runs('a', program, {}, 5);
    const second = runs('a2', { ...program, 'main;parse': 4.5e9 }, {}, 5);
    const found = compare([...first, ...second], runs('b', { ...program, 'main;parse': 5e9 }, {}, 10));
    expect(guards(found)).toContain('unstable');
    expect(states(found).parse).toBe('inconclusive');
    expect(found.gate.failures).toEqual([]);
  });
});

describe('headline metrics', () => {
  it('need ranks: with too few runs they say how many it takes', () => {
    const of = (values: readonly number[], name: string): SavedRun[] =>
      values.map((wall_s, i) => savedRun({ name: `${name}${i}`, results: { wall_s } }));
    const few = compare(of([1, 1.01, 1.02], 'a'), of([1.5, 1.51, 1.52], 'b'));
    const [change] = few.metrics[0]?.changes ?? [];
    expect(change).toMatchObject({ state: 'inconclusive', moreRuns: 1 });
    expect(change?.why).toContain('it takes 4');
    const enough = compare(of([1, 1.01, 1.02, 1], 'a'), of([1.5, 1.51, 1.52, 1.5], 'b'));
    expect(enough.metrics[0]?.changes[0]?.state).toBe('regressed');
    expect(enough.gate.outcome).toBe('fail');
  });

  it('have no relation to nothing: from zero a change has no interval, but a direction', () => {
    const of = (values: readonly number[], name: string): SavedRun[] =>
      values.map((errors, i) => savedRun({ name: `${name}${i}`, results: { errors } }));
    const found = compare(of([0, 0, 0, 0, 0], 'a'), of([3, 4, 5, 4, 3], 'b'), {
      metrics: ['run.result{errors}'],
    });
    const [change] = found.metrics[0]?.changes ?? [];
    expect(change?.relative).toBe(Number.POSITIVE_INFINITY);
    expect(change?.low).toBe(Number.POSITIVE_INFINITY);
  });

  it('lose no more than all of themselves', () => {
    const of = (values: readonly number[], name: string): SavedRun[] =>
      values.map((errors, i) => savedRun({ name: `${name}${i}`, results: { errors } }));
    const found = compare(of([9, 0, 30, 2, 4], 'a'), of([0, 0, 1, 0, 0], 'b'), {
      metrics: ['run.result{errors}'],
    });
    expect(found.metrics[0]?.changes[0]?.low).toBeGreaterThanOrEqual(-1);
  });

  it('keep a p99 only of a thousand events a run', () => {
    const of = (n: number, name: string): SavedRun[] =>
      Array.from({ length: 5 }, (_, i) =>
        savedRun({
          name: `${name}${i}`,
          metrics: [{ id: 'io.latency.p99', labels: {}, value: 5e6 + i, unit: 'ns', better: 'lower', n }],
        }),
      );
    const asked = { metrics: ['io.latency.p99'] };
    expect(() => compare(of(900, 'a'), of(900, 'b'), asked)).toThrow(/a p99 takes 1000 events a run/);
    expect(compare(of(1500, 'a'), of(1500, 'b'), asked).metrics).toHaveLength(1);
  });
});
