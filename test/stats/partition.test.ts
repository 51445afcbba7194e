import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chiSquaredBound } from '../../analyzers/stats/chi-squared-bound.ts';
import { poolColumns, rowTotals, sumRows } from '../../analyzers/stats/count-matrix.ts';
import { chiSquaredUpper } from '../../analyzers/stats/distributions.ts';
import { hellingerBeyondChance, hellingerSquared } from '../../analyzers/stats/hellinger.ts';
import { byAppearance, kMeans } from '../../analyzers/stats/k-means.ts';
import { multinomialCost, multinomialCosts } from '../../analyzers/stats/multinomial-cost.ts';
import { optimalPartition } from '../../analyzers/stats/partition.ts';
import { Random } from '../../analyzers/stats/random.ts';
import { windowDispersion } from '../../analyzers/stats/window-dispersion.ts';
import { drawCounts, falling, scaled } from '../support/draw-counts.ts';

const matrices = fc
  .record({ rows: fc.integer({ min: 2, max: 8 }), columns: fc.integer({ min: 2, max: 4 }) })
  .chain(({ rows, columns }) =>
    fc
      .array(fc.integer({ min: 0, max: 9 }), { minLength: rows * columns, maxLength: rows * columns })
      .map((values) => ({ rows, columns, values: Uint32Array.from(values) })),
  );

describe('optimal partition', () => {
  it('is the cheapest of all partitions', () => {
    fc.assert(
      fc.property(
        matrices,
        fc.double({ min: 0.1, max: 20, noNaN: true }),
        fc.integer({ min: 1, max: 3 }),
        (matrix, penalty, shortest) => {
          const starts = optimalPartition(
            matrix.rows,
            multinomialCosts(matrix, 1),
            penalty,
            Math.min(shortest, matrix.rows),
          );
          const costOf = (cuts: readonly number[]): number =>
            cuts.reduce(
              (sum, start, i) =>
                sum + penalty + multinomialCost(sumRows(matrix, start, cuts[i + 1] ?? matrix.rows)),
              0,
            );
          // Every subset of the places between windows is a partition.
          const all = Array.from({ length: 2 ** (matrix.rows - 1) }, (_, bits) => [
            0,
            ...Array.from({ length: matrix.rows - 1 }, (_, i) => i + 1).filter((i) => (bits >> (i - 1)) & 1),
          ]).filter((cuts) =>
            cuts.every((start, i) => (cuts[i + 1] ?? matrix.rows) - start >= Math.min(shortest, matrix.rows)),
          );
          expect(costOf(starts)).toBeCloseTo(Math.min(...all.map(costOf)), 8);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('finds nothing in nothing', () => {
    expect(optimalPartition(0, () => undefined, 1)).toEqual([]);
    expect(optimalPartition(1, (_, out) => out.fill(0), 1, 2)).toEqual([0]);
  });
});

describe('multinomial costs', () => {
  it('of a segment are those of its sum, over the dispersion', () => {
    fc.assert(
      fc.property(matrices, (matrix) => {
        const out = new Float64Array(matrix.rows + 1);
        for (let start = 0; start < matrix.rows; start++) {
          multinomialCosts(matrix, 2)(start, out);
          for (let end = start + 1; end <= matrix.rows; end++)
            expect(out[end]).toBeCloseTo(multinomialCost(sumRows(matrix, start, end)) / 2, 8);
        }
      }),
    );
  });

  it('are −2 log likelihood: 3 and 1 of 4 give −2(3 ln ¾ + ln ¼)', () => {
    expect(multinomialCost([3, 1])).toBeCloseTo(-2 * (3 * Math.log(0.75) + Math.log(0.25)), 12);
    expect(multinomialCost([7, 0])).toBe(0);
    expect(multinomialCost([])).toBe(0);
  });
});

describe('count matrices', () => {
  it('keep every count when columns are pooled', () => {
    fc.assert(
      fc.property(matrices, (matrix) => {
        const pooled = poolColumns(matrix, [matrix.columns - 1]);
        expect(pooled.columns).toBe(2);
        expect([...rowTotals(pooled)]).toEqual([...rowTotals(matrix)]);
      }),
    );
  });
});

describe('the bound of χ²', () => {
  it.each([1, 5, 39, 200])('with %i degrees of freedom is beyond the quantile, and not by much', (df) => {
    for (const tail of [0.05, 1e-3, 1e-5]) {
      const bound = chiSquaredBound(df, tail);
      expect(chiSquaredUpper(bound, df)).toBeLessThan(tail);
      // No further than the quantile of a tail of tail^2.5.
      expect(chiSquaredUpper(bound, df)).toBeGreaterThan(tail ** 2.5);
    }
  });
});

describe('dispersion between windows', () => {
  it('is about 1 for counts that vary by sampling alone', () => {
    const values = [1, 2, 3, 4, 5].map((seed) =>
      windowDispersion(drawCounts(seed, 200, 100, () => falling(30))),
    );
    for (const value of values) expect(value).toBeLessThan(1.1);
  });

  it('is 3 when every count stands for three', () => {
    const counts = drawCounts(7, 300, 100, () => falling(20));
    const tripled = { ...counts, values: counts.values.map((count) => 3 * count) };
    expect(windowDispersion(tripled) / windowDispersion(counts)).toBeCloseTo(3, 1);
  });

  it('is blind to a change of level', () => {
    const changed = drawCounts(3, 200, 100, (row) => falling(30, row < 100 ? 0 : 12));
    expect(windowDispersion(changed)).toBeLessThan(1.1);
  });
});

describe('Hellinger distance', () => {
  it('of shares ½, ½ and 1, 0 is (√½ − 1)² + ½', () => {
    expect(hellingerSquared([5, 5], [3, 0])).toBeCloseTo((Math.SQRT1_2 - 1) ** 2 + 0.5, 12);
    expect(hellingerSquared([1, 0], [0, 4])).toBeCloseTo(2, 12);
    expect(hellingerSquared([0, 0], [0, 4])).toBe(0);
  });

  it('beyond chance is about 0 on average for two draws from one distribution', () => {
    const shares = falling(10);
    const sum = Array.from({ length: 200 }, (_, seed) => {
      const { values } = drawCounts(seed, 2, 400, () => shares);
      return hellingerBeyondChance(values.subarray(0, 10), values.subarray(10), 9, 1);
    }).reduce((a, b) => a + b, 0);
    expect(Math.abs(sum / 200)).toBeLessThan(0.002);
  });
});

describe('k-means', () => {
  const point = (...at: number[]) => Float64Array.from(at);

  it('finds three groups, whatever the seed', () => {
    const points = [0, 0.1, 5, 5.1, 9, 9.2].map((x) => point(x, -x));
    const weights = points.map(() => point(1, 1));
    for (let seed = 1; seed <= 10; seed++) {
      expect(kMeans({ points, weights }, 3, new Random(seed)).clusterOf).toEqual([0, 0, 1, 1, 2, 2]);
    }
  });

  it('does not look at what weighs nothing', () => {
    const points = [point(0, 100), point(0.1, -100), point(5, 100), point(5.1, -100)];
    const weights = points.map(() => point(1, 0));
    expect(kMeans({ points, weights }, 2, new Random(1)).clusterOf).toEqual([0, 0, 1, 1]);
  });

  it('numbers clusters by first appearance, and costs nothing where points coincide', () => {
    expect(byAppearance([7, 7, 2, 7, 0])).toEqual([0, 0, 1, 0, 2]);
    const same = [point(1), point(1), point(1)];
    expect(kMeans({ points: same, weights: same }, 2, new Random(1))).toEqual({
      clusterOf: [0, 0, 0],
      cost: 0,
    });
  });

  it('gives one result for one seed', () => {
    const shares = Array.from({ length: 12 }, (_, i) => scaled(Float64Array.from([1 + i, 3, 12 - i])));
    const weights = shares.map(() => point(1, 1, 1));
    const run = () => kMeans({ points: shares, weights }, 4, new Random(5));
    expect(run()).toEqual(run());
  });
});
