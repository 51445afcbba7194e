import { quantile } from './quantiles.ts';
import type { Random } from './random.ts';

/** median(b) / median(a), with its interval. */
export interface MedianRatio {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 2000;

/** Percentile bootstrap over runs, 95 %. Undefined where a median is not positive: then there is no ratio. */
export function medianRatio(
  a: readonly number[],
  b: readonly number[],
  random: Random,
  resamples = RESAMPLES,
): MedianRatio | undefined {
  const [from, to] = [medianOf(a), medianOf(b)];
  if (!(from > 0) || !(to > 0)) return undefined;
  const ratios = new Float64Array(resamples);
  for (let i = 0; i < resamples; i++) {
    const [x, y] = [medianOf(resample(a, random)), medianOf(resample(b, random))];
    if (!(x > 0)) return undefined;
    ratios[i] = y / x;
  }
  ratios.sort();
  return { ratio: to / from, low: quantile(ratios, 0.025), high: quantile(ratios, 0.975) };
}

function resample(values: readonly number[], random: Random): Float64Array {
  return Float64Array.from(values, () => values[random.below(values.length)] as number);
}

function medianOf(values: ArrayLike<number>): number {
  return quantile(Float64Array.from(values).sort(), 0.5);
}
