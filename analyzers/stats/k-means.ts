import type { Random } from './random.ts';

/** Points with weights of their own in every coordinate: a coordinate nothing is known of weighs 0. */
export interface WeightedPoints {
  readonly points: readonly Float64Array[];
  readonly weights: readonly Float64Array[];
}

export interface Clustering {
  /** Cluster of each point, 0 ≤ cluster < k, numbered by first appearance. */
  readonly clusterOf: readonly number[];
  /** Σ weight · (coordinate − centre)². */
  readonly cost: number;
}

const MOST_ROUNDS = 100;

/**
 * Weighted k-means (Lloyd) from k-means++ starts (Arthur & Vassilvitskii, SODA 2007): the best of
 * `starts` tries. Random choices are of points, never of coordinates, so the order of coordinates
 * does not matter. Fewer clusters come back where points coincide.
 */
export function kMeans(
  { points, weights }: WeightedPoints,
  k: number,
  random: Random,
  starts = 10,
): Clustering {
  let best: Clustering | undefined;
  for (let start = 0; start < starts; start++) {
    const found = lloyd({ points, weights }, firstCentres({ points, weights }, k, random));
    if (best === undefined || found.cost < best.cost) best = found;
  }
  return best ?? { clusterOf: [], cost: 0 };
}

function firstCentres({ points, weights }: WeightedPoints, k: number, random: Random): Float64Array[] {
  const centres = [points[random.below(points.length)] as Float64Array];
  const nearest = points.map((point, i) =>
    distance(point, weights[i] as Float64Array, centres[0] as Float64Array),
  );
  while (centres.length < k) {
    const sum = nearest.reduce((a, b) => a + b, 0);
    if (!(sum > 0)) break;
    let at = random.next() * sum;
    let chosen = nearest.length - 1;
    for (let i = 0; i < nearest.length; i++) {
      at -= nearest[i] as number;
      if (at < 0) {
        chosen = i;
        break;
      }
    }
    const centre = points[chosen] as Float64Array;
    centres.push(centre);
    points.forEach((point, i) => {
      nearest[i] = Math.min(nearest[i] as number, distance(point, weights[i] as Float64Array, centre));
    });
  }
  return centres;
}

function lloyd({ points, weights }: WeightedPoints, start: readonly Float64Array[]): Clustering {
  let centres = start;
  let clusterOf = new Array<number>(points.length).fill(-1);
  let cost = 0;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    cost = 0;
    const next = points.map((point, i) => {
      const distances = centres.map((centre) => distance(point, weights[i] as Float64Array, centre));
      const least = Math.min(...distances);
      cost += least;
      return distances.indexOf(least);
    });
    const settled = next.every((cluster, i) => cluster === clusterOf[i]);
    clusterOf = next;
    if (settled) break;
    centres = centres.map((centre, cluster) => meanOf({ points, weights }, clusterOf, cluster) ?? centre);
  }
  return { clusterOf: byAppearance(clusterOf), cost };
}

function meanOf(
  { points, weights }: WeightedPoints,
  clusterOf: readonly number[],
  cluster: number,
): Float64Array | undefined {
  const width = points[0]?.length ?? 0;
  const sum = new Float64Array(width);
  const weight = new Float64Array(width);
  let members = 0;
  points.forEach((point, i) => {
    if (clusterOf[i] !== cluster) return;
    members++;
    for (let c = 0; c < width; c++) {
      const w = weights[i]?.[c] as number;
      sum[c] = (sum[c] as number) + w * (point[c] as number);
      weight[c] = (weight[c] as number) + w;
    }
  });
  return members === 0
    ? undefined
    : sum.map((value, c) => (weight[c] === 0 ? 0 : value / (weight[c] as number)));
}

function distance(point: Float64Array, weight: Float64Array, centre: Float64Array): number {
  let sum = 0;
  for (let c = 0; c < point.length; c++)
    sum += (weight[c] as number) * ((point[c] as number) - (centre[c] as number)) ** 2;
  return sum;
}

/** Clusters numbered in the order in which their first members stand. */
export function byAppearance(clusterOf: readonly number[]): number[] {
  const numbers = new Map<number, number>();
  return clusterOf.map((cluster) => {
    const number = numbers.get(cluster) ?? numbers.size;
    numbers.set(cluster, number);
    return number;
  });
}
