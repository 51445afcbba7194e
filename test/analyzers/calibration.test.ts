import { describe, expect, it } from 'vitest';
import { compareRuns } from '../../analyzers/compare/compare.ts';
import { defaultCompareOptions } from '../../analyzers/compare/options.ts';
import { bootstrapChange } from '../../analyzers/stats/bootstrap.ts';
import { fitDispersion, shrink } from '../../analyzers/stats/dispersion.ts';
import { benjaminiHochberg } from '../../analyzers/stats/multiplicity.ts';
import { Random } from '../../analyzers/stats/random.ts';
import { rateChange, spreadOf } from '../../analyzers/stats/rate-test.ts';
import { runsOfCounts } from '../support/saved-run.ts';
import { type Noise, normal, simulateCounts } from '../support/simulated-runs.ts';

/** The known answers: 500 functions by Zipf's law, 10 000 samples a run, +30 % on those of rank 3, 10 and 30. */
const FUNCTIONS = 500;
const SAMPLES = 10_000;
const planted = { 2: 1.3, 9: 1.3, 29: 1.3 } as const;
const SIMULATIONS = 60;
const Q = 0.1;

type Kind = 'poisson' | 'binomial';

/** q value of every function in one simulated comparison. */
function qValues(
  kind: Kind,
  noise: Noise,
  runs: number,
  seed: number,
  plant: Readonly<Record<number, number>> = {},
): number[] {
  const counts = simulateCounts(
    { functions: FUNCTIONS, samples: SAMPLES, runs: [runs, runs], noise, planted: plant },
    seed,
  );
  const exposure = counts.map((group) =>
    group.map((run) => (kind === 'binomial' ? run.reduce((sum, each) => sum + each, 0) : 1)),
  );
  const groupsOf = (fn: number) =>
    counts.map((group, side) => ({
      counts: group.map((run) => run[fn] as number),
      exposure: exposure[side] as number[],
    }));
  const all = Array.from({ length: FUNCTIONS }, (_, fn) => groupsOf(fn));
  const spreads = all.map((groups) => spreadOf(kind, groups));
  const prior = fitDispersion(spreads);
  return benjaminiHochberg(
    all.map(([a, b], fn) => {
      const spread = spreads[fn] as (typeof spreads)[number];
      if (a === undefined || b === undefined || spread.mean * 2 * runs < 10) return Number.NaN;
      return rateChange(kind, a, b, shrink(spread, prior)).p;
    }),
  );
}

const share = (hits: number): number => hits / SIMULATIONS;

describe.each(['poisson', 'binomial'] as const)('the %s test of functions', (kind) => {
  const cells = [1, 4].flatMap((phi) => [3, 5, 10].map((runs) => ({ phi, runs })));

  it.each(cells)(
    'raises a false flag in at most a tenth of comparisons at φ = $phi with $runs runs a side',
    ({ phi, runs }) => {
      let flagged = 0;
      for (let seed = 0; seed < SIMULATIONS; seed++) {
        if (qValues(kind, { kind: 'phi', phi }, runs, 1000 + seed).some((q) => q <= Q)) flagged++;
      }
      expect(share(flagged)).toBeLessThanOrEqual(0.1);
    },
  );

  it('finds at least six tenths of planted changes at φ = 1 with 5 runs a side', () => {
    let found = 0;
    for (let seed = 0; seed < SIMULATIONS; seed++) {
      const q = qValues(kind, { kind: 'phi', phi: 1 }, 5, 5000 + seed, planted);
      found += Object.keys(planted).filter((fn) => (q[Number(fn)] as number) <= Q).length;
    }
    expect(found / (3 * SIMULATIONS)).toBeGreaterThanOrEqual(0.6);
  });
});

describe('noise as machines make it', () => {
  const kinds: readonly Noise[] = [
    { kind: 'cv', cv: 0.05 },
    { kind: 'machine', cv: 0.03 },
    { kind: 'moody', cv: 0.3 },
  ];

  it.each(kinds)('raises no more false verdicts: %o', (noise) => {
    let flagged = 0;
    for (let seed = 0; seed < SIMULATIONS; seed++) {
      const [a = [], b = []] = simulateCounts(
        { functions: 100, samples: SAMPLES, runs: [5, 5], noise },
        300 + seed,
      );
      const { pairs } = compareRuns(
        [
          { name: 'a', runs: runsOfCounts('a', a) },
          { name: 'b', runs: runsOfCounts('b', b) },
        ],
        defaultCompareOptions,
        'test',
      );
      if (pairs[0]?.functions.some(({ state }) => state === 'regressed' || state === 'improved')) flagged++;
    }
    expect(share(flagged)).toBeLessThanOrEqual(0.05);
  });

  it('would raise them if samples were counted instead of runs', () => {
    let flagged = 0;
    for (let seed = 0; seed < 20; seed++) {
      const counts = simulateCounts(
        { functions: FUNCTIONS, samples: SAMPLES, runs: [5, 5], noise: { kind: 'phi', phi: 4 } },
        seed,
      );
      const pooled = counts.map((group) => ({
        of: (fn: number) => ({
          counts: [group.reduce((sum, run) => sum + (run[fn] as number), 0)],
          exposure: [5],
        }),
      }));
      const p = Array.from(
        { length: FUNCTIONS },
        (_, fn) =>
          rateChange(
            'poisson',
            (pooled[0] as (typeof pooled)[number]).of(fn),
            (pooled[1] as (typeof pooled)[number]).of(fn),
            { phi: 1, df: Number.POSITIVE_INFINITY },
          ).p,
      );
      if (benjaminiHochberg(p).some((q) => q <= Q)) flagged++;
    }
    expect(flagged).toBe(20);
  });
});

describe('the bootstrap over runs', () => {
  it.each([3, 5, 10, 20])('covers the truth in at least 92 of 100 comparisons of %i runs a side', (runs) => {
    const random = new Random(7);
    const draw = (): number[] => Array.from({ length: runs }, () => 100 * Math.exp(0.15 * normal(random)));
    let covered = 0;
    const simulations = 400;
    for (let i = 0; i < simulations; i++) {
      const { low, high } = bootstrapChange(draw(), draw(), random, 500);
      if (low <= 0 && high >= 0) covered++;
    }
    expect(covered / simulations).toBeGreaterThanOrEqual(0.92);
  });
});
