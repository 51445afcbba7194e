import { describe, expect, it } from 'vitest';
import { Random } from '../../analyzers/stats/random.ts';
import { rankCorrelationWithin } from '../../analyzers/stats/rank-correlation.ts';

type Pairs = (readonly [number, number])[];

/** Share of shuffles within groups whose correlation is at least as far from none. */
function permuted(groups: readonly Pairs[], times: number): number {
  const random = new Random(7);
  const own = Math.abs(rankCorrelationWithin(groups).rho);
  let extreme = 0;
  for (let i = 0; i < times; i++) {
    const shuffled = groups.map((pairs) => {
      const ys = Float64Array.from(pairs, ([, y]) => y);
      random.shuffle(ys);
      return pairs.map(([x], at): readonly [number, number] => [x, ys[at] as number]);
    });
    if (Math.abs(rankCorrelationWithin(shuffled).rho) >= own - 1e-12) extreme++;
  }
  return extreme / times;
}

describe('rank correlation within groups', () => {
  it('of one group is that of Spearman, by hand', () => {
    // d = 1, 1, 2, 1, 1: 1 − 6·8 / (5·24) = 0.6
    const pairs: Pairs = [
      [1, 2],
      [2, 1],
      [3, 5],
      [4, 3],
      [5, 4],
    ];
    expect(rankCorrelationWithin([pairs])).toMatchObject({ n: 5 });
    expect(rankCorrelationWithin([pairs]).rho).toBeCloseTo(0.6, 12);
  });

  it('what only differs between groups is no connection', () => {
    const low: Pairs = [
      [1, 11],
      [2, 13],
      [3, 13],
      [4, 11],
    ];
    const high = low.map(([x, y]): readonly [number, number] => [x + 100, y + 100]);
    expect(rankCorrelationWithin([low, high]).rho).toBeCloseTo(0, 12);
    expect(rankCorrelationWithin([[...low, ...high]]).rho).toBeGreaterThan(0.7);
  });

  it('its p is near that of permutations within groups', () => {
    const random = new Random(3);
    const next = (): number => random.below(1000);
    for (const strength of [0, 0.4, 0.8]) {
      const groups = [6, 6].map((n) =>
        Array.from({ length: n }, (): readonly [number, number] => {
          const x = next();
          return [x, strength * x + (1 - strength) * next()];
        }),
      );
      expect(Math.abs(rankCorrelationWithin(groups).p - permuted(groups, 4000))).toBeLessThan(0.04);
    }
  });

  it('without variation there is nothing to tell', () => {
    expect(
      rankCorrelationWithin([
        [
          [1, 1],
          [1, 2],
        ],
      ]).rho,
    ).toBeNaN();
  });
});
