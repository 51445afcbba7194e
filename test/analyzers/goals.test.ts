import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareRuns } from '../../analyzers/compare/compare.ts';
import { compareGoals } from '../../analyzers/compare/goals/goals.ts';
import { tradeOffs } from '../../analyzers/compare/goals/trade-offs.ts';
import { defaultCompareOptions } from '../../analyzers/compare/options.ts';
import type { ComparedGoal } from '../../model/comparison.ts';
import type { Metric } from '../../model/metric.ts';
import type { SavedRun } from '../../model/saved-run.ts';
import { renderComparison } from '../../viz/html/comparison.ts';
import { renderComparisonText } from '../../viz/text/console.ts';
import { renderMarkdown } from '../../viz/text/markdown.ts';
import { savedRun } from '../support/saved-run.ts';

interface Figures {
  /** ms: p99 of reads, and half the width of its interval. */
  readonly p99?: number;
  readonly half?: number;
  readonly bounded?: boolean;
  /** Bytes a second of reads and of writes. */
  readonly reads?: number;
  readonly writes?: number;
  readonly stream?: string;
  /** Longest gap of that stream, s. */
  readonly gap?: number;
  readonly rt?: number;
}

const device = '8,0';

function run(name: string, figures: Figures = {}): SavedRun {
  const { p99 = 100, half = 5, bounded = true, reads = 1e6, writes = 1e6, gap = 0.1, rt } = figures;
  const { stream = 'fio read be,4 up to 4 KiB' } = figures;
  const metric = (id: string, who: string, value: number, width: number): Metric => ({
    id: `io.service.${id}`,
    labels: { device, who },
    value,
    unit: id.startsWith('latency') || id === 'gap' ? 'ns' : 'bytes/s',
    better: id === 'throughput' ? 'higher' : 'lower',
    n: 1000,
    ...(bounded ? { low: value - width, high: value + width } : {}),
  });
  return savedRun({
    name,
    metrics: [
      metric('rate', 'all', 100, 1),
      metric('rate', stream, 100, 1),
      metric('gap', stream, gap * 1e9, 0),
      metric('latency.p99', 'reads', p99 * 1e6, half * 1e6),
      metric('throughput', 'all', reads + writes, (reads + writes) * 0.02),
      metric('throughput', 'reads', reads, reads * 0.02),
      metric('throughput', 'writes', writes, writes * 0.02),
      ...(rt === undefined ? [] : [metric('latency.p99', 'class rt', rt * 1e6, 1e6)]),
    ],
  });
}

function goalsOf(sides: Readonly<Record<string, readonly Figures[]>>): Map<string, ComparedGoal> {
  const groups = Object.entries(sides).map(([name, own]) => ({
    name,
    runs: own.map((each, i) => run(`${name}-${i}`, each)),
  }));
  return new Map(compareGoals(groups, 1).map((goal) => [goal.goal, goal]));
}

describe('goals', () => {
  it('rank what stands clear, by the arithmetic of independent intervals, and say it is indicative', () => {
    const latency = goalsOf({ a: [{ p99: 100 }], b: [{ p99: 200, half: 10 }] }).get('latency');
    expect(latency).toMatchObject({ state: 'ranked', winners: ['a'], indicative: true });
    const [ratio] = latency?.ratios ?? [];
    expect(ratio?.ratio).toBeCloseTo(2, 10);
    // Both intervals are log(1.05/0.95), or about a tenth, wide: their halves add as squares.
    const half = Math.hypot(Math.log(105 / 95), Math.log(210 / 190)) / 2;
    expect(ratio?.low).toBeCloseTo(2 * Math.exp(-half), 9);
    expect(ratio?.high).toBeCloseTo(2 * Math.exp(half), 9);
  });

  it('refuse to rank groups whose intervals overlap, also through one between them', () => {
    const two = goalsOf({ a: [{ p99: 100, half: 20 }], b: [{ p99: 130, half: 20 }] }).get('latency');
    expect(two).toMatchObject({ state: 'inconclusive', winners: [], why: 'inconclusive: intervals overlap' });
    const chain = { a: [{ p99: 100 }], b: [{ p99: 109 }], c: [{ p99: 118 }], d: [{ p99: 400 }] };
    expect(goalsOf(chain).get('latency')).toMatchObject({
      ranking: [['a', 'b', 'c'], ['d']],
      winners: ['a', 'b', 'c'],
    });
  });

  it('take a wide interval that touches two for the one rank it makes of them, whoever is named first', () => {
    const sides = { a: [{ p99: 382, half: 1 }], b: [{ p99: 382, half: 2 }], c: [{ p99: 376, half: 4 }] };
    for (const names of ['a', 'b', 'c'].flatMap((name, i, all) => [all, [name, ...all.toSpliced(i, 1)]])) {
      const open = goalsOf(
        Object.fromEntries(Object.entries(sides).sort(([x], [y]) => names.indexOf(x) - names.indexOf(y))),
      );
      expect(open.get('latency')?.ranking).toHaveLength(1);
    }
  });

  it('put a setting that starves a reader behind those that do not, whatever its figure over all reads', () => {
    const starves = { p99: 90, gap: 10 };
    const stream = 'fio read be,4 up to 4 KiB';
    const open = goalsOf({
      a: [{ p99: 100, half: 20 }],
      b: [{ p99: 110, half: 20 }],
      c: [{ ...starves, half: 20 }],
    });
    expect(open.get('latency')).toMatchObject({
      state: 'ranked',
      ranking: [['a', 'b'], ['c']],
      winners: ['a', 'b'],
      ratios: [],
      why: `a and b cannot be told apart; with c, ${stream} went 10 s without service, and so it comes last`,
    });
    // It would have won; the next takes its place, and how far behind the others are is not known from it.
    const first = goalsOf({ a: [{ p99: 100 }], b: [{ p99: 200 }], c: [{ ...starves, p99: 50 }] }).get(
      'latency',
    );
    expect(first).toMatchObject({ ranking: [['a'], ['b'], ['c']], winners: ['a'] });
    expect(first?.ratios.map(({ name, ratio }) => [name, Math.round(ratio * 10) / 10])).toEqual([['b', 2]]);
    // Where every setting has long gaps, the disk does, and figures decide.
    const all = goalsOf({ a: [{ p99: 100, gap: 9 }], b: [{ p99: 200, gap: 10 }] }).get('latency');
    expect(all).toMatchObject({ ranking: [['a'], ['b']] });
    const median = goalsOf({
      a: [{ p99: 100 }, { p99: 101 }, { p99: 102 }],
      b: [{ p99: 50, gap: 10 }, { p99: 51 }, { p99: 52 }],
    });
    expect(median.get('latency')).toMatchObject({ winners: ['b'] });
  });

  it('go by the spread between runs where there are several, whatever the runs say of themselves', () => {
    const noisy = goalsOf({
      a: [
        { p99: 100, half: 1 },
        { p99: 180, half: 1 },
      ],
      b: [
        { p99: 200, half: 1 },
        { p99: 120, half: 1 },
      ],
    });
    expect(noisy.get('latency')).toMatchObject({ state: 'inconclusive', indicative: false });
    const calm = goalsOf({
      a: [{ p99: 100 }, { p99: 101 }, { p99: 99 }],
      b: [{ p99: 200 }, { p99: 202 }, { p99: 198 }],
    });
    expect(calm.get('latency')).toMatchObject({ state: 'ranked', winners: ['a'], indicative: false });
  });

  it('say what is missing instead of guessing', () => {
    const goal = goalsOf({ a: [{ bounded: false }], b: [{}] }).get('latency');
    expect(goal?.state).toBe('not enough data');
    expect(goal?.why).toContain('a (n = 1000)');
  });

  it('do not compare different workloads', () => {
    const goals = goalsOf({ a: [{}], b: [{ stream: 'postgres read be,4 up to 16 KiB' }] });
    for (const goal of goals.values()) {
      expect(goal.state).toBe('not comparable');
      expect(goal.why).toMatch(
        /different workloads: among the readers, a has “fio read be,4 up to 4 KiB” and b/,
      );
    }
  });

  it('judge real time only where there are RT requests in every run', () => {
    expect(goalsOf({ a: [{}], b: [{}] }).has('real time')).toBe(false);
    expect(goalsOf({ a: [{ rt: 10 }], b: [{}] }).has('real time')).toBe(false);
    const rt = goalsOf({ a: [{ rt: 10 }], b: [{ rt: 100 }] }).get('real time');
    expect(rt).toMatchObject({ state: 'ranked', winners: ['a'] });
  });

  it('name a starved reader beside a figure over all readers', () => {
    const goal = goalsOf({ a: [{ p99: 50, gap: 10.1 }], b: [{ p99: 100 }] }).get('latency');
    expect(goal?.why).toContain('with a, fio read be,4 up to 4 KiB went 10.1 s without service');
  });

  it('obey the laws of a ranking: no order of groups, no unit, no overlap in different ranks', () => {
    const figure = fc.record({
      p99: fc.integer({ min: 10, max: 400 }),
      half: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(
        fc.array(figure, { minLength: 2, maxLength: 5 }),
        fc.integer({ min: 1, max: 50 }),
        (own, scale) => {
          const named = own.map((each, i) => [`g${i}`, [each]] as const);
          const latency = goalsOf(Object.fromEntries(named)).get('latency');
          const reversed = goalsOf(Object.fromEntries([...named].reverse())).get('latency');
          const sets = (goal: ComparedGoal | undefined): string[] =>
            (goal?.ranking ?? []).map((names) => [...names].sort().join());
          expect(sets(reversed)).toEqual(sets(latency));
          const scaled = own.map(
            ({ p99, half }, i) => [`g${i}`, [{ p99: p99 * scale, half: half * scale }]] as const,
          );
          expect(goalsOf(Object.fromEntries(scaled)).get('latency')?.winners).toEqual(latency?.winners);
          const rankOf = (i: number): number =>
            latency?.ranking.findIndex((names) => names.includes(`g${i}`)) ?? -1;
          own.forEach((a, i) => {
            own.forEach((b, j) => {
              if (Math.abs(a.p99 - b.p99) <= a.half + b.half) expect(rankOf(i)).toBe(rankOf(j));
            });
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('put the trade-off into words with its ratios', () => {
    const groups = [
      { name: 'none', runs: [run('none')] },
      { name: 'mq-deadline', runs: [run('mq', { writes: 4.4e6, reads: 1e6 / 2.4 })] },
      { name: 'same', runs: [run('same', { writes: 1.1e6 })] },
    ];
    expect(tradeOffs(groups, 1)).toEqual([
      'mq-deadline gives writes 4.4× the bytes (95 % CI 4.3× to 4.5×), and reads 2.4× less (95 % CI 2.3× to 2.5×), than none.',
    ]);
  });

  it('are in every output, and hostile names of groups are text', () => {
    const groups = [
      { name: '<b>x</b>|y', runs: [run('a', { p99: 50, gap: 3 })] },
      { name: 'other', runs: [run('b', { p99: 100, writes: 9e6, reads: 1e5, gap: 0.5 })] },
    ];
    const comparison = compareRuns(groups, { ...defaultCompareOptions, mode: 'groups' }, 'test');
    expect(comparison.verdict.headline).toMatch(/^Indicative, one run a side: best for latency/);
    const text = renderComparisonText(comparison, { colour: false, width: 100 });
    expect(text).toMatch(/✔ Latency \(p99 latency of reads on 8,0\): <b>x<\/b>\|y 50 ms/);
    expect(text.replace(/\s+/g, ' ')).toMatch(
      /± other gives writes 9\.0× the bytes \(95 % CI .*\), and reads 10× less/,
    );
    const markdown = renderMarkdown(comparison);
    expect(markdown).toContain('| latency | p99 latency of reads on 8,0 |');
    expect(markdown).not.toContain('<b>x');
    const html = renderComparison(comparison);
    expect(html).toContain('Which setting serves which goal');
    expect(html).not.toContain('<b>x');
  });

  it('are absent from comparisons of runs without block requests', () => {
    const plain = [savedRun({ name: 'p', results: { wall_s: 1 } })];
    const groups = [
      { name: 'a', runs: plain },
      { name: 'b', runs: plain },
    ];
    const found = compareRuns(groups, { ...defaultCompareOptions, mode: 'groups' }, 'test');
    expect('goals' in found).toBe(false);
  });
});
