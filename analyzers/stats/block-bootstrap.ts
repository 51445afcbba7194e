import { quantile } from './quantiles.ts';
import { Random } from './random.ts';

const BLOCKS = 20;
/** Fewest values a block. */
const FEWEST = 5;
const RESAMPLES = 400;
/** Steps of rank a quantile is told in: of more values neighbours in rank are taken together, so that time does not grow with them. */
const MOST_BINS = 8192;

/** A figure with its 95 % interval; NaN where too little is known. */
export interface Estimated {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Quantiles of values in the order in which they arose, each with a 95 % interval by a bootstrap of 20
 * consecutive blocks: what resembles its neighbours is drawn with them (Künsch, Ann. Statist. 17 (1989)
 * 1217). NaN with fewer than 100 values, and at the side that no value can bound: fewer than 1/(1−q)
 * values beyond the quantile cannot.
 */
export function blockQuantiles(values: Float64Array, qs: readonly number[], seed: number): Estimated[] {
  const sorted = values.slice().sort();
  if (values.length < BLOCKS * FEWEST)
    return qs.map((q) => ({ value: quantile(sorted, q), low: Number.NaN, high: Number.NaN }));
  const counts = countsByBlock(values, sorted);
  return qs.map((q) => resampled(sorted, counts, q, seed));
}

function resampled(sorted: Float64Array, counts: Uint32Array, q: number, seed: number): Estimated {
  const n = sorted.length;
  const value = quantile(sorted, q);
  const bins = counts.length / BLOCKS;
  const sizes = new Float64Array(BLOCKS);
  for (let i = 0; i < n; i++) {
    const block = Math.floor((i * BLOCKS) / n);
    sizes[block] = (sizes[block] as number) + 1;
  }
  const random = new Random(seed);
  const found = Float64Array.from({ length: RESAMPLES }, () => {
    const times = new Uint8Array(BLOCKS);
    for (let i = 0; i < BLOCKS; i++) {
      const at = random.below(BLOCKS);
      times[at] = (times[at] as number) + 1;
    }
    return sorted[Math.floor(((binOf(counts, sizes, times, q) + 0.5) * n) / bins)] as number;
  });
  found.sort();
  // A resample never holds more than the largest value: with few values beyond the quantile it bounds nothing.
  const bounded = n * (1 - q) >= 3;
  return {
    value,
    low: quantile(found, 0.025),
    high: bounded ? quantile(found, 0.975) : Number.NaN,
  };
}

/** By step of rank, then by block: how many values of the block have such a rank among all. */
function countsByBlock(values: Float64Array, sorted: Float64Array): Uint32Array {
  const n = values.length;
  const bins = Math.min(n, MOST_BINS);
  const counts = new Uint32Array(bins * BLOCKS);
  // Equal values share the lowest of their ranks. A value is in the bin behind the last edge below it.
  const edges = new Float64Array(bins - 1);
  for (let bin = 1; bin < bins; bin++) edges[bin - 1] = sorted[Math.ceil((bin * n) / bins) - 1] as number;
  for (let i = 0; i < n; i++) {
    const bin = edgesBelow(edges, values[i] as number);
    const at = bin * BLOCKS + Math.floor((i * BLOCKS) / n);
    counts[at] = (counts[at] as number) + 1;
  }
  return counts;
}

function edgesBelow(edges: Float64Array, value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Step of rank in which the quantile of a resample lies, its blocks drawn this often; counted from the nearer end. */
function binOf(counts: Uint32Array, sizes: Float64Array, times: Uint8Array, q: number): number {
  const bins = counts.length / BLOCKS;
  const total = sizes.reduce((sum, size, block) => sum + size * (times[block] as number), 0);
  const inBin = (bin: number): number => {
    let sum = 0;
    for (let block = 0; block < BLOCKS; block++)
      sum += (counts[bin * BLOCKS + block] as number) * (times[block] as number);
    return sum;
  };
  const rank = Math.max(1, Math.ceil(q * total));
  if (q < 0.5) {
    let seen = 0;
    for (let bin = 0; bin < bins; bin++) {
      seen += inBin(bin);
      if (seen >= rank) return bin;
    }
    return bins - 1;
  }
  let above = 0;
  for (let bin = bins - 1; bin >= 0; bin--) {
    above += inBin(bin);
    if (above > total - rank) return bin;
  }
  return 0;
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
