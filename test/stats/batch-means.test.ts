import { describe, expect, it } from 'vitest';
import { batchMean } from '../../analyzers/stats/batch-means.ts';
import { jain } from '../../analyzers/stats/jain.ts';
import { orderInterval } from '../../analyzers/stats/order-statistics.ts';
import { random } from '../support/report-fixture.ts';

/** An autoregressive series with mean 10: x' = 10 + r (x − 10) + noise. */
function series(length: number, r: number, seed: number): Float64Array {
  const next = random(seed);
  let x = 10;
  return Float64Array.from({ length }, () => {
    // The sum of twelve uniform numbers less six is close to normal.
    let noise = -6;
    for (let i = 0; i < 12; i++) noise += next();
    x = 10 + r * (x - 10) + noise;
    return x;
  });
}

function coverage(r: number): number {
  const runs = 400;
  let covered = 0;
  for (let seed = 1; seed <= runs; seed++) {
    const { low, high } = batchMean(series(4000, r, seed));
    if (low <= 10 && 10 <= high) covered++;
  }
  return covered / runs;
}

describe('batch means', () => {
  it('cover the mean of independent values 95 times in a hundred', () => {
    expect(Math.abs(coverage(0) - 0.95)).toBeLessThan(0.035);
  });

  it('cover nearly as often where neighbours resemble each other', () => {
    // Taken for independent, these would cover one time in two.
    expect(coverage(0.8)).toBeGreaterThan(0.9);
  });

  it('give the ratio of sums, and no interval of few values', () => {
    expect(batchMean([1, 2, 3], [2, 2, 8])).toEqual({ mean: 0.5, low: Number.NaN, high: Number.NaN });
    const values = Float64Array.from({ length: 200 }, (_, i) => i % 7);
    const weights = values.map((value) => value * 4);
    const { mean, low, high } = batchMean(values, weights);
    expect([mean, low, high].map((each) => Math.round(each * 1e9) / 1e9)).toEqual([0.25, 0.25, 0.25]);
  });
});

describe('Jain’s index', () => {
  it('is 1 for equal shares and 1/n for one that has all', () => {
    expect(jain([3, 3, 3])).toBe(1);
    expect(jain([5, 0, 0, 0])).toBe(0.25);
    // (1 + 2 + 3)² / (3 · 14) = 36 / 42.
    expect(jain([1, 2, 3])).toBeCloseTo(36 / 42, 12);
  });
});

describe('order-statistic intervals', () => {
  const ranks = (n: number, q: number): number[] => {
    const { low, high } = orderInterval(
      Array.from({ length: n }, (_, i) => i + 1),
      q,
    );
    return [low, high];
  };

  it('are the ranks of printed tables (Conover, Practical Nonparametric Statistics, A3)', () => {
    // Medians: P(2 ≤ B ≤ 8) = 0.979 of ten, P(40 ≤ B ≤ 60) = 0.965 of a hundred.
    expect(ranks(10, 0.5)).toEqual([2, 9]);
    expect(ranks(100, 0.5)).toEqual([40, 61]);
    expect(ranks(5, 0.5)).toEqual([Number.NaN, Number.NaN]);
    expect(ranks(6, 0.5)).toEqual([1, 6]);
  });

  it('do not bound what no value bounds: 0.99³⁶⁷ > 2.5 % ≥ 0.99³⁶⁸', () => {
    expect(ranks(367, 0.99)[1]).toBeNaN();
    expect(ranks(368, 0.99)[1]).toBe(368);
    // One value lies above the p99 one time in a hundred only.
    expect(ranks(1, 0.99)).toEqual([1, Number.NaN]);
    expect(ranks(0, 0.99)).toEqual([Number.NaN, Number.NaN]);
  });

  it('cover the quantile at least 95 times in a hundred', () => {
    let covered = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const next = random(seed);
      const values = Float64Array.from({ length: 600 }, () => -Math.log(1 - next())).sort();
      const { low, high } = orderInterval(values, 0.99);
      if (low <= -Math.log(0.01) && -Math.log(0.01) <= high) covered++;
    }
    expect(covered / 400).toBeGreaterThan(0.93);
  });
});
