import { bestSplit } from '../stats/cluster-split.ts';
import { type CountMatrix, rowTotals } from '../stats/count-matrix.ts';
import { tTwoSided } from '../stats/distributions.ts';
import { byAppearance } from '../stats/k-means.ts';
import { quantile } from '../stats/quantiles.ts';
import { Random } from '../stats/random.ts';

/** Fewer runs have no middle to be far from. */
export const FEWEST_RUNS = 5;
/** Chance that a set of runs that are all alike is said to hold an odd one. */
export const ODD_RUN_ALARM = 0.05;
const MOST_CLUSTERS = 6;
/** Chance at which one cloud of runs is split in two. */
const SPLIT_ALARM = 0.002;
/** A cluster of fewer runs than this share of all is no kind of its own: its runs are odd ones. */
const SMALLEST_CLUSTER = 0.2;
/** Turns the median absolute deviation into a standard deviation. */
const MAD_TO_SIGMA = 1.4826;
/** Distance² that is no difference whatever the runs' own spread: shares that move by a point or two. */
const SMALLEST_DISTANCE = 0.002;

export interface RunScore {
  readonly cluster: number;
  /** Σ(√share − √usual share)², what sampling makes of it taken off, 0 at least. */
  readonly distance: number;
  readonly chance: number;
  readonly odd: boolean;
  /** √ of the usual shares: the median of the others of its cluster, column by column. */
  readonly usual: Float64Array;
}

export interface RunScores {
  readonly scores: readonly RunScore[];
  readonly clusters: number;
  /** How much more runs differ than sampling makes them: the middle run. */
  readonly dispersion: number;
}

/**
 * Kinds of runs, and how far each run is from its kind. Runs are points √share (Hellinger), so that
 * large and small functions count by how surely they differ. Kinds are what 2-means splits more cleanly
 * than it splits a single cloud of that shape. Within a
 * kind distances are brought to a normal scale by their cube root (Wilson & Hilferty, PNAS 17 (1931))
 * and held against median and median deviation, which odd runs do not move.
 */
export function scoreRuns(counts: CountMatrix, seed: number): RunScores {
  const { rows, columns } = counts;
  const totals = rowTotals(counts);
  const points = Array.from({ length: rows }, (_, row) => pointOf(counts, row, totals[row] as number));
  const dispersion = dispersionOf(points, totals, columns);
  const clusterOf = clusterRuns(points, seed);
  const size = new Map<number, number>();
  for (const cluster of clusterOf) size.set(cluster, (size.get(cluster) ?? 0) + 1);
  const fewest = Math.max(2, SMALLEST_CLUSTER * rows);
  const large = [...size].filter(([, runs]) => runs >= fewest).map(([cluster]) => cluster);
  // A run of no large cluster is measured from the one it is nearest to.
  const homes = clusterOf.map((cluster, row) =>
    large.includes(cluster) ? cluster : nearest(points, clusterOf, row, large),
  );
  const measured = homes.map((home, row) => {
    const usual = middleOf(
      points.filter((_, other) => other !== row && homes[other] === home && clusterOf[other] === home),
    );
    const noise = columns / (4 * Math.max(1, totals[row] as number));
    const distance = Math.max(0, squared(points[row] as Float64Array, usual) - noise);
    return { home, usual, distance };
  });
  const scores = measured.map(({ home, usual, distance }, row): RunScore => {
    const others = measured.filter((each, other) => each.home === home && clusterOf[other] === home);
    const roots = others.map((each) => Math.cbrt(each.distance)).sort((a, b) => a - b);
    const middle = quantile(roots, 0.5);
    const spread =
      MAD_TO_SIGMA *
      quantile(
        roots.map((root) => Math.abs(root - middle)).sort((a, b) => a - b),
        0.5,
      );
    // A median deviation of few runs is itself uncertain, and a floor keeps equal runs from making any other odd.
    const floor = Math.cbrt(SMALLEST_DISTANCE) / 4;
    const z = (Math.cbrt(distance) - middle) / Math.max(spread, floor, 0.15 * middle);
    const own = z > 0 ? tTwoSided(z, Math.max(2, others.length - 2)) / 2 : 1;
    const chance = Math.min(1, own * rows);
    const apart = !large.includes(clusterOf[row] as number);
    return {
      cluster: home,
      distance,
      chance,
      odd: distance > SMALLEST_DISTANCE && (chance < ODD_RUN_ALARM || (apart && large.length > 0)),
      usual,
    };
  });
  const numbers = byAppearance([...scores.keys()].map((row) => scores[row]?.cluster ?? 0));
  return {
    scores: scores.map((score, row) => ({ ...score, cluster: numbers[row] as number })),
    clusters: new Set(numbers).size,
    dispersion,
  };
}

function pointOf({ columns, values }: CountMatrix, row: number, total: number): Float64Array {
  return Float64Array.from({ length: columns }, (_, column) =>
    total > 0 ? Math.sqrt((values[row * columns + column] as number) / total) : 0,
  );
}

/** Spread between runs over that of sampling: of each run and the nearer half of the others, the median. */
function dispersionOf(points: readonly Float64Array[], totals: Float64Array, columns: number): number {
  const ratios = points.map((point, row) => {
    const others = points
      .flatMap((other, at) => {
        if (at === row) return [];
        const sampling =
          (columns / 4) * (1 / Math.max(1, totals[row] as number) + 1 / Math.max(1, totals[at] as number));
        return [squared(point, other) / sampling];
      })
      .sort((a, b) => a - b);
    return quantile(others, 0.25);
  });
  return Math.max(
    1,
    quantile(
      ratios.sort((a, b) => a - b),
      0.5,
    ),
  );
}

/** Clusters by splitting in two what is no single cloud, the largest first, until nothing is left to split. */
function clusterRuns(points: readonly Float64Array[], seed: number): number[] {
  const random = new Random(seed);
  let clusterOf = points.map(() => 0);
  let clusters = 1;
  const whole = [0];
  for (let at = whole.shift(); at !== undefined && clusters < MOST_CLUSTERS; at = whole.shift()) {
    const own = clusterOf.flatMap((cluster, row) => (cluster === at ? [row] : []));
    const { side, p } = bestSplit(
      own.map((row) => points[row] as Float64Array),
      random,
    );
    if (p > SPLIT_ALARM) continue;
    const fresh = clusters++;
    const moved = new Set(own.filter((_, i) => side[i] === 1));
    clusterOf = clusterOf.map((cluster, row) => (moved.has(row) ? fresh : cluster));
    whole.push(at, fresh);
  }
  return clusterOf;
}

function nearest(
  points: readonly Float64Array[],
  clusterOf: readonly number[],
  row: number,
  among: readonly number[],
): number {
  const distances = among.map((cluster) =>
    squared(
      points[row] as Float64Array,
      middleOf(points.filter((_, other) => other !== row && clusterOf[other] === cluster)),
    ),
  );
  const at = distances.indexOf(Math.min(...distances));
  return among[at] ?? (clusterOf[row] as number);
}

/** Median of each coordinate. */
function middleOf(points: readonly Float64Array[]): Float64Array {
  const width = points[0]?.length ?? 0;
  return Float64Array.from({ length: width }, (_, column) =>
    quantile(
      points.map((point) => point[column] as number).sort((a, b) => a - b),
      0.5,
    ),
  );
}

function squared(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - ((b[i] as number | undefined) ?? 0)) ** 2;
  return sum;
}
