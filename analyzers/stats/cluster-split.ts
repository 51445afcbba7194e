import { normalTwoSided } from './distributions.ts';
import { symmetricEigenvalues } from './eigenvalues.ts';
import { kMeans } from './k-means.ts';
import type { Random } from './random.ts';

/** Draws of the null distribution. */
const DRAWS = 60;
const STARTS = 5;
/** Fewer points cannot be two clusters. */
const FEWEST_POINTS = 4;

export interface Split {
  /** 0 or 1 for each point. */
  readonly side: readonly number[];
  /** Chance of a split as clean as this when the points are one Gaussian cloud. */
  readonly p: number;
}

/**
 * Whether points are two clusters or one cloud: SigClust (Liu, Hayes, Nobel & Marron, J. Am. Stat.
 * Assoc. 103 (2008)). The 2-means index, sum of squares within over all, is held against that of
 * Gaussian clouds of the same shape: the same eigenvalues of the covariance, so that a long cloud,
 * which any cut shortens, is not taken for two.
 */
export function bestSplit(points: readonly Float64Array[], random: Random): Split {
  const n = points.length;
  if (n < FEWEST_POINTS) return { side: points.map(() => 0), p: 1 };
  const whole = aroundMean(points);
  const { clusterOf, cost } = twoMeans(points, random);
  const total = sumOfSquares(whole);
  if (!(total > 0)) return { side: clusterOf, p: 1 };
  const index = cost / total;
  const spreads = shapeOf(whole);
  const drawn = Array.from({ length: DRAWS }, () => {
    const cloud = Array.from({ length: n }, () => spreads.map((spread) => spread * gaussian(random)));
    return twoMeans(cloud, random).cost / sumOfSquares(aroundMean(cloud));
  });
  const mean = drawn.reduce((a, b) => a + b, 0) / DRAWS;
  const deviation = Math.sqrt(drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (DRAWS - 1));
  const z = (index - mean) / (deviation || Number.MIN_VALUE);
  return { side: clusterOf, p: z < 0 ? normalTwoSided(z) / 2 : 1 };
}

/** Standard deviations along the axes of the cloud, largest first; those of nothing left out. */
function shapeOf(whole: readonly Float64Array[]): Float64Array {
  const n = whole.length;
  // Eigenvalues of the covariance are those of the small matrix of inner products.
  const products = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      let sum = 0;
      const [a, b] = [whole[i] as Float64Array, whole[j] as Float64Array];
      for (let c = 0; c < a.length; c++) sum += (a[c] as number) * (b[c] as number);
      products[i * n + j] = sum;
      products[j * n + i] = sum;
    }
  }
  const values = symmetricEigenvalues(products, n);
  const least = (values[0] ?? 0) * 1e-6;
  return values.filter((value) => value > least).map((value) => Math.sqrt(value / Math.max(1, n - 1)));
}

function twoMeans(points: readonly Float64Array[], random: Random) {
  const ones = new Float64Array(points[0]?.length ?? 0).fill(1);
  return kMeans({ points, weights: points.map(() => ones) }, 2, random, STARTS);
}

function aroundMean(points: readonly Float64Array[]): Float64Array[] {
  const mean = new Float64Array(points[0]?.length ?? 0);
  for (const point of points)
    for (let c = 0; c < mean.length; c++)
      mean[c] = (mean[c] as number) + (point[c] as number) / points.length;
  return points.map((point) => point.map((value, c) => value - (mean[c] as number)));
}

function sumOfSquares(points: readonly Float64Array[]): number {
  return points.reduce((sum, point) => sum + point.reduce((own, value) => own + value * value, 0), 0);
}

/** Box and Muller's transform. */
function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}
