import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../analyzers/stats/random.ts';
import { ratioInterval } from '../../analyzers/stats/ratio-interval.ts';

/** Share of simulated recordings whose interval holds the true mean, 10. */
function coverage(n: number, memory: number): number {
  const random = new Random(7);
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  let held = 0;
  const rounds = 600;
  for (let round = 0; round < rounds; round++) {
    let deviation = normal() / Math.sqrt(1 - memory ** 2);
    const values = Array.from({ length: n }, () => {
      deviation = memory * deviation + normal();
      return 10 + deviation;
    });
    const { low, high } = ratioInterval(
      values,
      values.map(() => 1),
    );
    if (low <= 10 && 10 <= high) held++;
  }
  return held / rounds;
}

describe('a ratio over consecutive intervals', () => {
  it('is the sum of amounts over the sum of weights', () => {
    // 100 requests of 2 ms and 300 of 6 ms: (200 + 1800) / 400.
    expect(ratioInterval([200, 1800], [100, 300])).toMatchObject({ value: 5, n: 2, low: Number.NaN });
    expect(ratioInterval([], []).value).toBeNaN();
  });

  it('leaves out what has no weight or no amount', () => {
    expect(ratioInterval([1, Number.NaN, 7, 3], [1, 1, 0, 1])).toMatchObject({ value: 2, n: 2 });
  });

  it('is Student’s interval of the mean when neighbours do not resemble each other', () => {
    // 1, 2, 3, 4, 5 in an order without correlation that adds: sd 1.581, t(4) = 2.776, half 1.963.
    const { value, low, high } = ratioInterval([3, 1, 5, 2, 4], [1, 1, 1, 1, 1]);
    expect(value).toBe(3);
    expect(high - value).toBeCloseTo(1.963, 2);
    expect(value - low).toBeCloseTo(1.963, 2);
  });

  it('holds the truth about as often as it says, less when neighbours are much alike', () => {
    expect(coverage(60, 0)).toBeGreaterThan(0.93);
    expect(coverage(60, 0.3)).toBeGreaterThan(0.9);
    // A plain interval of the mean holds it in 3 of 4 at a correlation of one half.
    expect(coverage(60, 0.5)).toBeGreaterThan(0.86);
  });

  it('scales with the amounts and does not change with the scale of the weights', () => {
    const rows = fc.array(
      fc.tuple(fc.double({ min: 0, max: 1e3, noNaN: true }), fc.double({ min: 0.1, max: 10, noNaN: true })),
      {
        minLength: 3,
        maxLength: 30,
      },
    );
    fc.assert(
      fc.property(rows, fc.double({ min: 0.5, max: 4, noNaN: true }), (drawn, factor) => {
        const amounts = drawn.map(([amount]) => amount);
        const weights = drawn.map(([, weight]) => weight);
        const plain = ratioInterval(amounts, weights);
        const scaled = ratioInterval(
          amounts.map((each) => each * factor),
          weights,
        );
        expect(scaled.value).toBeCloseTo(plain.value * factor, 6);
        expect(scaled.high - scaled.low).toBeCloseTo((plain.high - plain.low) * factor, 6);
        expect(plain.low).toBeLessThanOrEqual(plain.value);
      }),
      { seed: 5 },
    );
  });
});
