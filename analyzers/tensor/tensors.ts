import type { CountMatrix } from '../stats/count-matrix.ts';

/** What counts are made of: `loadings · components`, both without negative numbers. */
export interface Factors {
  readonly rank: number;
  /** Rows × rank, row by row: how much of each component a row holds, in counts. */
  readonly loadings: Float64Array;
  /** Rank × columns, row by row; every component sums to 1. */
  readonly components: Float64Array;
}

/** What may be asked for; `auto`: native where it is installed, else wasm, else plain. */
export type TensorChoice = 'auto' | 'native' | 'wasm' | 'plain';

/** Which backend computes: what the report says of it. */
export type BackendName = 'plain TypeScript' | 'tfjs wasm' | 'tfjs native';

/**
 * The dense algebra that TensorFlow.js does where it is there. Every backend runs the same updates
 * in the same order; they agree to 1e-4 (tfjs computes in 32 bits, plain TypeScript in 64).
 */
export interface Tensors {
  readonly backend: BackendName;
  /**
   * Non-negative matrix factorisation by `rounds` multiplicative updates for the Kullback–Leibler
   * divergence (Lee & Seung, NIPS 13 (2000)): maximum likelihood of counts that are Poisson around
   * `loadings · components`. `start` must be positive where the factors may be.
   */
  factorise(counts: CountMatrix, start: Factors, rounds: number): Factors;
}

/** Keeps divisions by what rounding made 0 finite; far below any count. */
export const TINY = 1e-12;

/** Components scaled to sum to 1, loadings to make up for it. */
export function normalised({ rank, loadings, components }: Factors): Factors {
  const columns = components.length / rank;
  const [scaledLoadings, scaledComponents] = [loadings.slice(), components.slice()];
  for (let k = 0; k < rank; k++) {
    const own = scaledComponents.subarray(k * columns, (k + 1) * columns);
    const sum = own.reduce((a, b) => a + b, 0) || 1;
    for (let c = 0; c < columns; c++) own[c] = (own[c] as number) / sum;
    for (let at = k; at < scaledLoadings.length; at += rank)
      scaledLoadings[at] = (scaledLoadings[at] as number) * sum;
  }
  return { rank, loadings: scaledLoadings, components: scaledComponents };
}
