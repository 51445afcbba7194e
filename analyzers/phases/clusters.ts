import { sumRows } from '../stats/count-matrix.ts';
import { hellingerBeyondChance } from '../stats/hellinger.ts';
import { byAppearance, kMeans } from '../stats/k-means.ts';
import { multinomialCost } from '../stats/multinomial-cost.ts';
import { Random } from '../stats/random.ts';
import type { Channel } from './channel.ts';
import { segmentPenalty } from './segments.ts';

/** More kinds of phases than this are no explanation of a run. */
const MOST_PHASES = 12;
/** Two stretches that differ by less are one phase come again, however surely they differ: Σ(√p − √q)² beyond chance. */
const SAME_AGAIN = 0.005;

/**
 * Which stretches, windows [first, end), are one phase that came again: k-means on Hellinger vectors of the stretches,
 * each weighted by what is known of it, for every k; the k with the least −2 log likelihood plus
 * penalty, the penalty of the segmentation. Neighbours are never one phase: something changed
 * between them. Phases are numbered in the order in which they first appear.
 */
export function clusterSegments(
  channels: readonly Channel[],
  windows: number,
  ranges: readonly (readonly [number, number])[],
  seed: number,
): number[] {
  const stretches = ranges.map(([first, end]) => channels.map(({ counts }) => sumRows(counts, first, end)));
  if (stretches.length < 3) return stretches.map((_, i) => i);
  const points = stretches.map(pointOf);
  const weights = stretches.map((sums) => weightOf(channels, sums));
  const random = new Random(seed);
  const penalty = segmentPenalty(channels, windows);
  let best = stretches.map((_, i) => i);
  let least = costOf(channels, stretches, best) + stretches.length * penalty;
  for (let k = 2; k < Math.min(stretches.length, MOST_PHASES + 1); k++) {
    const { clusterOf } = kMeans({ points, weights }, k, random);
    if (clusterOf.some((cluster, i) => i > 0 && cluster === clusterOf[i - 1])) continue;
    const cost = costOf(channels, stretches, clusterOf) + new Set(clusterOf).size * penalty;
    if (cost < least) [best, least] = [[...clusterOf], cost];
  }
  return joinLikeOnes(channels, stretches, best);
}

/** √ of the shares, channel after channel. */
function pointOf(sums: readonly Float64Array[]): Float64Array {
  return Float64Array.from(
    sums.flatMap((counts) => {
      const total = counts.reduce((a, b) => a + b, 0);
      return [...counts].map((count) => (total > 0 ? Math.sqrt(count / total) : 0));
    }),
  );
}

/** 1 / variance of √p̂: 4n over the dispersion. */
function weightOf(channels: readonly Channel[], sums: readonly Float64Array[]): Float64Array {
  return Float64Array.from(
    sums.flatMap((counts, i) => {
      const total = counts.reduce((a, b) => a + b, 0);
      return new Array<number>(counts.length).fill((4 * total) / (channels[i]?.dispersion ?? 1));
    }),
  );
}

/** −2 log likelihood when all stretches of a cluster share one distribution. */
function costOf(
  channels: readonly Channel[],
  stretches: readonly (readonly Float64Array[])[],
  clusterOf: readonly number[],
): number {
  let cost = 0;
  for (const cluster of new Set(clusterOf)) {
    channels.forEach(({ dispersion }, channel) => {
      cost += multinomialCost(pooled(stretches, clusterOf, cluster, channel)) / dispersion;
    });
  }
  return cost;
}

/** Joins the two clusters that are most alike while they are too alike to be told apart, unless neighbours would meet. */
function joinLikeOnes(
  channels: readonly Channel[],
  stretches: readonly (readonly Float64Array[])[],
  clusterOf: readonly number[],
): number[] {
  let joined = [...clusterOf];
  for (;;) {
    const clusters = [...new Set(joined)].sort((a, b) => a - b);
    const touching = new Set(joined.slice(1).flatMap((b, i) => [`${joined[i]} ${b}`, `${b} ${joined[i]}`]));
    let [least, pair] = [SAME_AGAIN, [-1, -1] as [number, number]];
    for (const a of clusters) {
      for (const b of clusters) {
        if (b <= a || touching.has(`${a} ${b}`)) continue;
        const change = Math.max(
          ...channels.map(({ df, dispersion }, i) =>
            hellingerBeyondChance(
              pooled(stretches, joined, a, i),
              pooled(stretches, joined, b, i),
              df,
              dispersion,
            ),
          ),
        );
        if (change < least) [least, pair] = [change, [a, b]];
      }
    }
    if (pair[0] < 0) return byAppearance(joined);
    joined = joined.map((cluster) => (cluster === pair[1] ? pair[0] : cluster));
  }
}

/** Counts of one channel in all stretches of a cluster. */
function pooled(
  stretches: readonly (readonly Float64Array[])[],
  clusterOf: readonly number[],
  cluster: number,
  channel: number,
): Float64Array {
  const sum = new Float64Array(stretches[0]?.[channel]?.length ?? 0);
  stretches.forEach((sums, i) => {
    if (clusterOf[i] !== cluster) return;
    sums[channel]?.forEach((count, column) => {
      sum[column] = (sum[column] as number) + count;
    });
  });
  return sum;
}
