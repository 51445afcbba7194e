import { describe, expect, it } from 'vitest';
import { pearsonThreeUpper } from '../../analyzers/stats/pearson-three.ts';
import { devianceCumulants, poissonDeviance } from '../../analyzers/stats/poisson-deviance.ts';
import { Random } from '../../analyzers/stats/random.ts';

describe('deviance of a Poisson count', () => {
  it('is 0 where the count is its mean, 2μ where there is none', () => {
    expect(poissonDeviance(4, 4)).toBe(0);
    expect(poissonDeviance(0, 1.5)).toBe(3);
    expect(poissonDeviance(2, 1)).toBeCloseTo(2 * (2 * Math.log(2) - 1), 12);
  });

  it.each([0.02, 0.3, 1, 4, 25, 300])('has the cumulants that draws have, mean %d', (mean) => {
    const random = new Random(11);
    const n = 60_000;
    const draws = Float64Array.from({ length: n }, () => poissonDeviance(poisson(random, mean), mean));
    const average = draws.reduce((a, b) => a + b, 0) / n;
    const variance = draws.reduce((a, b) => a + (b - average) ** 2, 0) / n;
    const known = devianceCumulants(mean);
    // Four standard errors of the simulation.
    expect(Math.abs(average - known.mean)).toBeLessThan(
      4 * Math.sqrt(known.variance / n) + 0.003 * known.mean,
    );
    expect(variance / known.variance).toBeGreaterThan(0.85);
    expect(variance / known.variance).toBeLessThan(1.15);
  });

  it('is χ² with one degree of freedom for large means, and nothing for none', () => {
    const { mean, variance, third } = devianceCumulants(5000);
    expect([mean, variance, third].map((value) => Math.round(value * 20) / 20)).toEqual([1, 2, 8]);
    expect(devianceCumulants(0)).toEqual({ mean: 0, variance: 0, third: 0 });
    // A cell that is 0 but once in a while: mean ≈ 2μ(1 − ln μ) − …, which goes to 0 with μ.
    expect(devianceCumulants(1e-7).mean).toBeLessThan(1e-5);
  });
});

describe('tail of a standardised gamma distribution', () => {
  // The density integrated by Simpson's rule; as R's pgamma(4/s^2 + z*2/s, 4/s^2, lower = FALSE).
  it.each([
    [0, 0.5, 0.4667],
    [2, 0.5, 0.0344],
    [3, 1, 0.01034],
    [2, 2, 0.04979],
  ])('z = %d, skewness %d is %d', (z, skewness, tail) => {
    expect(pearsonThreeUpper(z, skewness)).toBeCloseTo(tail, 3);
  });

  it('is normal without skewness', () => {
    expect(pearsonThreeUpper(1.959964, 0)).toBeCloseTo(0.025, 6);
    expect(pearsonThreeUpper(-1.959964, 0)).toBeCloseTo(0.975, 6);
  });
});

/** By Knuth's product for small means, as a sum of smaller ones for large. */
function poisson(random: Random, mean: number): number {
  if (mean > 20) return poisson(random, mean / 2) + poisson(random, mean / 2);
  const limit = Math.exp(-mean);
  let count = -1;
  for (let product = 1; product > limit; count++) product *= random.next();
  return count;
}
