import { incompleteBeta } from './special.ts';

/** Half of what a 95 % interval leaves out. */
const TAIL = 0.025;

/**
 * Distribution-free 95 % interval of a quantile from ascending, independent values: the two order
 * statistics between which it lies with at least that probability, by the binomial distribution of the
 * number of values below it (David and Nagaraja, Order Statistics, 3rd ed., section 7.1). A side no
 * value can bound is NaN: of fewer than 368 values nothing bounds the p99 from above.
 */
export function orderInterval(sorted: ArrayLike<number>, q: number): { low: number; high: number } {
  const n = sorted.length;
  // The largest rank with P(B < rank) ≤ TAIL, and the smallest with P(B ≥ rank) ≤ TAIL, B binomial (n, q).
  const low = firstRank(n, (rank) => 1 - atLeast(n, q, rank) > TAIL) - 1;
  const high = firstRank(n, (rank) => atLeast(n, q, rank) <= TAIL);
  return {
    low: low < 1 ? Number.NaN : (sorted[low - 1] as number),
    high: high > n ? Number.NaN : (sorted[high - 1] as number),
  };
}

/** P(B ≥ rank), B binomial (n, q). */
function atLeast(n: number, q: number, rank: number): number {
  return rank <= 0 ? 1 : rank > n ? 0 : incompleteBeta(q, rank, n - rank + 1);
}

/** The first rank of 1 … n for which a condition that stays true once it is holds; n + 1 when none. */
function firstRank(n: number, holds: (rank: number) => boolean): number {
  let low = 1;
  let high = n + 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
