import { describe, expect, it } from 'vitest';
import { batchMean } from '../../analyzers/stats/batch-means.ts';
import { jain } from '../../analyzers/stats/jain.ts';
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
