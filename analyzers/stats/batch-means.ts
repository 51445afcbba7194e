import { tCritical } from './distributions.ts';

const BATCHES = 20;
/** Fewest values a batch. */
const FEWEST = 5;

/**
 * Mean of `values` in the order in which they arose, weighted by `weights` where given (the ratio
 * Σ values / Σ weights), with its 95 % interval by batch means: neighbours resemble each other, means
 * of 20 consecutive batches much less (Law, Simulation Modeling and Analysis, 5th ed., section 9.5.3).
 * The interval is NaN with fewer than 100 values.
 */
export function batchMean(
  values: ArrayLike<number>,
  weights?: ArrayLike<number>,
): { readonly mean: number; readonly low: number; readonly high: number } {
  const n = values.length;
  let sum = 0;
  let base = 0;
  const parts = new Float64Array(BATCHES);
  const bases = new Float64Array(BATCHES);
  for (let i = 0; i < n; i++) {
    const batch = Math.floor((i * BATCHES) / n);
    const weight = weights === undefined ? 1 : (weights[i] as number);
    sum += values[i] as number;
    base += weight;
    parts[batch] = (parts[batch] as number) + (values[i] as number);
    bases[batch] = (bases[batch] as number) + weight;
  }
  const mean = sum / base;
  if (n < BATCHES * FEWEST || !(base > 0)) return { mean, low: Number.NaN, high: Number.NaN };
  // Variance of a ratio: of what each batch differs from what its base makes expected.
  let squares = 0;
  for (let batch = 0; batch < BATCHES; batch++)
    squares += ((parts[batch] as number) - mean * (bases[batch] as number)) ** 2;
  const error = Math.sqrt((squares * BATCHES) / (BATCHES - 1)) / base;
  const half = tCritical(0.05, BATCHES - 1) * error;
  return { mean, low: mean - half, high: mean + half };
}
