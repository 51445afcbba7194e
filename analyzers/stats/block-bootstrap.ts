import { quantile } from './quantiles.ts';
import { Random } from './random.ts';

const BLOCKS = 20;
/** Fewest values a block. */
const FEWEST = 5;
const RESAMPLES = 400;

/** A figure with its 95 % interval; NaN where too little is known. */
export interface Estimated {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * A quantile of values in the order in which they arose, with a 95 % interval by a bootstrap of 20
 * consecutive blocks: what resembles its neighbours is drawn with them (Künsch, Ann. Statist. 17 (1989)
 * 1217). NaN with fewer than 100 values, and at the side that no value can bound: fewer than 1/(1−q)
 * values beyond the quantile cannot.
 */
export function blockQuantile(values: Float64Array, q: number, seed: number): Estimated {
  const n = values.length;
  const value = quantile(values.slice().sort(), q);
  if (n < BLOCKS * FEWEST) return { value, low: Number.NaN, high: Number.NaN };
  const block = (i: number): Float64Array =>
    values.subarray(Math.floor((i * n) / BLOCKS), Math.floor(((i + 1) * n) / BLOCKS));
  const random = new Random(seed);
  const found = new Float64Array(RESAMPLES);
  for (let i = 0; i < RESAMPLES; i++) {
    const parts = Array.from({ length: BLOCKS }, () => block(random.below(BLOCKS)));
    const drawn = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      drawn.set(part, at);
      at += part.length;
    }
    found[i] = quantile(drawn.sort(), q);
  }
  found.sort();
  // A resample never holds more than the largest value: with few values beyond the quantile it bounds nothing.
  const bounded = n * (1 - q) >= 3;
  return {
    value,
    low: quantile(found, 0.025),
    high: bounded ? quantile(found, 0.975) : Number.NaN,
  };
}

/** The same for any figure of blocks of time: `figureOf` is given how often each block is drawn. */
export function blockFigure(
  blocks: number,
  figureOf: (times: ArrayLike<number>) => number,
  seed: number,
): Estimated {
  const value = figureOf(new Float64Array(blocks).fill(1));
  if (blocks < 8) return { value, low: Number.NaN, high: Number.NaN };
  const random = new Random(seed);
  const found = Float64Array.from({ length: RESAMPLES }, () => {
    const times = new Float64Array(blocks);
    for (let i = 0; i < blocks; i++) {
      const at = random.below(blocks);
      times[at] = (times[at] as number) + 1;
    }
    return figureOf(times);
  })
    .filter((each) => !Number.isNaN(each))
    .sort();
  return { value, low: quantile(found, 0.025), high: quantile(found, 0.975) };
}
