import { describe, expect, it } from 'vitest';
import { blockFigure, blockQuantiles, type Estimated } from '../../analyzers/stats/block-bootstrap.ts';
import { quantile } from '../../analyzers/stats/quantiles.ts';
import { Random } from '../../analyzers/stats/random.ts';

/** Exponential values whose neighbours share their level: an AR(1) in the exponent. */
function correlated(n: number, seed: number): Float64Array {
  const random = new Random(seed);
  let level = 0;
  return Float64Array.from({ length: n }, () => {
    level = 0.8 * level + 0.6 * (random.next() + random.next() + random.next() - 1.5);
    return -Math.log(1 - random.next()) * Math.exp(level);
  });
}

const blockQuantile = (values: Float64Array, q: number, seed: number): Estimated =>
  blockQuantiles(values, [q], seed)[0] as Estimated;

describe('blockQuantiles', () => {
  it('covers the median of correlated values about as often as it says', () => {
    const truth = quantile(correlated(400_000, 99).sort(), 0.5);
    let covered = 0;
    for (let run = 0; run < 100; run++) {
      const { low, high } = blockQuantile(correlated(1000, run + 1), 0.5, 1);
      if (low <= truth && truth <= high) covered++;
    }
    // 95 of 100 asked for; twenty blocks give some less.
    expect(covered).toBeGreaterThanOrEqual(86);
  });

  it('gives no interval for few values, and no upper bound for a p99 that few values lie beyond', () => {
    const few = blockQuantile(correlated(99, 1), 0.5, 1);
    expect(few.low).toBeNaN();
    const p99 = blockQuantile(correlated(299, 1), 0.99, 1);
    expect(p99.high).toBeNaN();
    expect(p99.low).toBeLessThanOrEqual(p99.value);
    expect(blockQuantile(correlated(300, 1), 0.99, 1).high).toBeGreaterThan(0);
  });

  it('is the same for the same seed, and leaves the values in their order', () => {
    const values = correlated(500, 3);
    const before = [...values];
    expect(blockQuantile(values, 0.9, 7)).toEqual(blockQuantile(values, 0.9, 7));
    expect([...values]).toEqual(before);
  });
});

describe('blockFigure', () => {
  it('covers a ratio of sums, and has no interval for fewer than 8 blocks', () => {
    const random = new Random(5);
    let covered = 0;
    for (let run = 0; run < 100; run++) {
      const tops = Float64Array.from({ length: 20 }, () => 2 + random.next());
      const ratio = (times: ArrayLike<number>): number => {
        let [top, count] = [0, 0];
        for (let i = 0; i < times.length; i++) {
          top += (tops[i] as number) * (times[i] as number);
          count += times[i] as number;
        }
        return top / count;
      };
      const { low, high } = blockFigure(20, ratio, run);
      if (low <= 2.5 && 2.5 <= high) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(86);
    expect(blockFigure(7, () => 1, 1).low).toBeNaN();
  });
});

describe('blockQuantiles of many values', () => {
  it('takes neighbours in rank together, and says the same as all of them would', () => {
    const values = correlated(60_000, 11);
    const { value, low, high } = blockQuantile(values, 0.99, 1);
    const sorted = values.slice().sort();
    expect(value).toBe(quantile(sorted, 0.99));
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
    // Its ends are values that were measured, within a percent of all ranks of the quantile.
    for (const end of [low, high]) {
      const rank = sorted.findIndex((each) => each >= end) / sorted.length;
      expect(Math.abs(rank - 0.99)).toBeLessThan(0.01);
    }
  });

  it('is the value itself when all are the same', () => {
    expect(blockQuantile(new Float64Array(500).fill(3), 0.99, 1)).toEqual({ value: 3, low: 3, high: 3 });
  });
});
