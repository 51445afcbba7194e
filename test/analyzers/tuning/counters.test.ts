import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { increaseOf, rateOf, stepsOf } from '../../../analyzers/derived/counters/increase.ts';
import type { Readings } from '../../../analyzers/derived/counters/readings.ts';

/** A count read once a second. */
function counted(values: readonly number[], unit = 'count', times = values.map((_, i) => i * 1e9)): Readings {
  return {
    name: 'x',
    unit,
    kind: 'cumulative',
    entity: 'host',
    entityName: '',
    times: Float64Array.from(times),
    values: Float64Array.from(values),
    sources: new Uint16Array(values.length),
  };
}

describe('counts that only grow', () => {
  it('a count that began anew is left out, and is no spike', () => {
    const gained = increaseOf(counted([100, 110, 120, 5, 15]));
    expect(gained).toMatchObject({ value: 30, n: 3, resets: 1, wraps: 0, duration: 3e9 });
    expect(rateOf(counted([100, 110, 120, 5, 15]))?.value).toBe(10);
  });

  it('a process id that became another process breaks the series even when the count grew', () => {
    expect(increaseOf(counted([10, 20, 500, 510]), [2e9])).toMatchObject({ value: 20, resets: 1 });
  });

  it('a count of 32 bits passes its end and goes on', () => {
    const end = 2 ** 32;
    expect(increaseOf(counted([end - 300, end - 200, end - 100, 10, 110]))).toMatchObject({
      value: 100 + 100 + 110 + 100,
      wraps: 1,
      resets: 0,
    });
    // The same fall where it would mean a spike is a reset.
    expect(increaseOf(counted([2 ** 31, 2 ** 31 + 10, 0, 10]))).toMatchObject({
      wraps: 0,
      resets: 1,
      value: 20,
    });
  });

  it('missing readings are counted, and the rate over them is a mean', () => {
    const times = [0, 1, 2, 12, 13].map((second) => second * 1e9);
    const steps = stepsOf(counted([0, 10, 20, 120, 130], 'count', times));
    expect(steps.gaps).toBe(1);
    expect(rateOf(counted([0, 10, 20, 120, 130], 'count', times))?.value).toBe(10);
  });

  it('a rate of ticks carries what ticks leave open: two of them over the window', () => {
    const rate = rateOf(counted([100, 150], 'ticks'));
    expect(rate).toMatchObject({ value: 50, low: 48, high: 52 });
    expect(rateOf(counted([100, 150], 'ns'))).toMatchObject({ low: 50, high: 50 });
  });

  it('one reading says nothing, and copies without times have an increase but no rate', () => {
    expect(increaseOf(counted([7]))).toBeUndefined();
    const unknown = counted([7, 9], 'count', [Number.NaN, Number.NaN]);
    expect(increaseOf(unknown)?.value).toBe(2);
    expect(rateOf(unknown)).toBeUndefined();
  });

  it('conserves: increases between resets add up to what was really counted', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ step: fc.nat(1000), reset: fc.boolean() }), { minLength: 2, maxLength: 40 }),
        (moves) => {
          const values = [1000];
          let expected = 0;
          for (const { step, reset } of moves) {
            const last = values.at(-1) as number;
            // A reset that is seen falls below what was read before.
            if (reset && last > 0) values.push(Math.min(step, last - 1));
            else {
              values.push(last + step);
              expected += step;
            }
          }
          const falls = values.filter((value, i) => i > 0 && value < (values[i - 1] as number)).length;
          const gained = increaseOf(counted(values));
          expect(gained?.value ?? 0).toBe(expected);
          if (gained !== undefined) expect(gained.resets).toBe(falls);
        },
      ),
    );
  });
});
