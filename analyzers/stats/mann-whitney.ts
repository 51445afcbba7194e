import { normalTwoSided } from './distributions.ts';
import { midranks } from './ranks.ts';

export interface MannWhitney {
  /** Two-sided p: exact for up to 40 values, ties included; else the normal approximation with ties and continuity. */
  readonly p: number;
  /** The smallest p these numbers of values could give: above 0.05, no difference can be shown. */
  readonly smallest: number;
  /** Cliff's δ: P(b > a) − P(b < a), −1..1. */
  readonly delta: number;
}

const MOST_EXACT = 40;

/** Whether values of `b` tend to be larger than those of `a` (Mann & Whitney, Ann. Math. Stat. 18 (1947) 50). */
export function mannWhitney(a: readonly number[], b: readonly number[]): MannWhitney {
  const [n, m] = [a.length, b.length];
  if (n === 0 || m === 0) return { p: Number.NaN, smallest: Number.NaN, delta: Number.NaN };
  const { rank, ties } = midranks([...a, ...b]);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += rank[i] as number;
  const u = sum - (n * (n + 1)) / 2;
  const delta = 1 - (2 * u) / (n * m);
  const smallest = Math.min(1, 2 / choose(n + m, n));
  if (n + m <= MOST_EXACT) return { p: exact(rank, n, sum), smallest, delta };
  const variance = ((n * m) / 12) * (n + m + 1 - ties / ((n + m) * (n + m - 1)));
  const away = Math.max(0, Math.abs(u - (n * m) / 2) - 0.5);
  return { p: variance > 0 ? normalTwoSided(away / Math.sqrt(variance)) : 1, smallest, delta };
}

/** Share of all ways to choose n of the ranks whose sum is as far from its mean as `sum`: counted, not sampled. */
function exact(rank: Float64Array, n: number, sum: number): number {
  // Midranks are halves: doubled, sums are whole numbers.
  const doubled = Array.from(rank, (value) => Math.round(value * 2));
  const largest = doubled.reduce((total, value) => total + value, 0);
  const ways = Array.from({ length: n + 1 }, () => new Float64Array(largest + 1));
  (ways[0] as Float64Array)[0] = 1;
  for (const value of doubled) {
    for (let chosen = n; chosen > 0; chosen--) {
      const [into, from] = [ways[chosen] as Float64Array, ways[chosen - 1] as Float64Array];
      for (let total = largest; total >= value; total--) {
        into[total] = (into[total] as number) + (from[total - value] as number);
      }
    }
  }
  const counts = ways[n] as Float64Array;
  const mean = (n * (rank.length + 1)) / 2;
  const away = Math.abs(sum - mean);
  let [extreme, all] = [0, 0];
  counts.forEach((count, total) => {
    all += count;
    if (Math.abs(total / 2 - mean) >= away - 1e-9) extreme += count;
  });
  return extreme / all;
}

/** Fewest values a side whose ranks, wholly apart, give a p that is still at most `level` after Holm over `tests`. */
export function runsForRanks(tests: number, level: number): number {
  let runs = 2;
  while ((2 / choose(2 * runs, runs)) * tests > level) runs++;
  return runs;
}

function choose(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i;
  return ways;
}
