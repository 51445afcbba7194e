import { Random } from './random.ts';

/** A place where the values behind it are not distributed like those before it. */
export interface ChangePoint {
  /** Index of the first value of the new level. */
  readonly at: number;
  /** Permutation p; at most `level`. */
  readonly p: number;
}

export interface ChangePointOptions {
  readonly seed: number;
  /** Chance of a change point where there is none. */
  readonly level: number;
  /** Fewest values between two change points. */
  readonly least: number;
}

/** A segment of the series and the best place to divide it. */
interface Division {
  readonly start: number;
  readonly end: number;
  readonly at: number;
  readonly statistic: number;
}

/** Permutations for each unit of 1/level: p is known well enough near the level. */
const PERMUTATIONS_PER_LEVEL = 5;
const MOST_PERMUTATIONS = 20_000;

/**
 * Change points of a series by E-divisive means (Matteson & James, J. Am. Stat. Assoc. 109 (2014)
 * 334, as MongoDB has used it for its benchmarks: Daly et al., ICPE 2020): divide where the energy
 * distance between the values before and behind is largest, ask by permutation within the segments
 * whether chance divides as well, and go on in the parts until it does.
 *
 * Nothing is assumed of the distribution, only that values of one level could have come in any
 * order. The places are at last put right against their neighbours, as a division found early is
 * pulled towards changes found later. Deterministic by seed. O(n²) a permutation.
 */
export function eDivisive(
  values: ArrayLike<number>,
  { seed, level, least }: ChangePointOptions,
): ChangePoint[] {
  const n = values.length;
  if (n < 2 * least) return [];
  const sums = new DistanceSums(n);
  const random = new Random(seed);
  const order = Float64Array.from(values);
  const found: ChangePoint[] = [];
  let segments = [divide(sums, order, 0, n, least)];
  const permutations = Math.min(MOST_PERMUTATIONS, Math.ceil(PERMUTATIONS_PER_LEVEL / level)) - 1;
  for (;;) {
    const best = segments.reduce((a, b) => (b.statistic > a.statistic ? b : a));
    if (!(best.statistic > 0)) break;
    // Tested among all segments: one more division is one claim, however many places it could have been in.
    const p = permutationP(sums, values, segments, best.statistic, { random, permutations, level, least });
    if (p > level) break;
    found.push({ at: best.at, p });
    segments = segments.flatMap((each) =>
      each === best
        ? [divide(sums, order, best.start, best.at, least), divide(sums, order, best.at, best.end, least)]
        : [each],
    );
  }
  return settle(
    sums,
    values,
    found.sort((a, b) => a.at - b.at),
    least,
  );
}

/** The place that divides [start, end) best, and the part of the rest it is divided from. */
function divide(
  sums: DistanceSums,
  values: Float64Array,
  start: number,
  end: number,
  least: number,
): Division {
  const length = end - start;
  let [at, statistic] = [start, 0];
  if (length >= 2 * least) {
    sums.load(values, start, end);
    for (let left = least; left <= length - least; left++) {
      for (let stop = left + least; stop <= length; stop++) {
        const q = sums.energy(left, stop);
        if (q > statistic) [at, statistic] = [start + left, q];
      }
    }
  }
  return { start, end, at, statistic };
}

interface PermutationPlan {
  readonly random: Random;
  readonly permutations: number;
  readonly level: number;
  readonly least: number;
}

/** How often chance divides as well: values shuffled within their segments. Ends as soon as p must exceed the level. */
function permutationP(
  sums: DistanceSums,
  values: ArrayLike<number>,
  segments: readonly Division[],
  statistic: number,
  { random, permutations, level, least }: PermutationPlan,
): number {
  const shuffled = Float64Array.from(values);
  const enough = level * (permutations + 1);
  let above = 1;
  for (let i = 0; i < permutations; i++) {
    let largest = 0;
    for (const { start, end } of segments) {
      if (end - start < 2 * least) continue;
      random.shuffle(shuffled.subarray(start, end));
      largest = Math.max(largest, divide(sums, shuffled, start, end, least).statistic);
      if (largest >= statistic) break;
    }
    if (largest >= statistic && ++above > enough) return above / (i + 2);
  }
  return above / (permutations + 1);
}

/** Rounds after which the places are taken as they are. */
const MOST_ROUNDS = 5;

/** Puts each place where it divides the values between its neighbours best. */
function settle(
  sums: DistanceSums,
  values: ArrayLike<number>,
  found: readonly ChangePoint[],
  least: number,
): ChangePoint[] {
  const order = Float64Array.from(values);
  let points = [...found];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const before = points;
    points = points.map((point, i) => {
      const start = points[i - 1]?.at ?? 0;
      const end = points[i + 1]?.at ?? values.length;
      sums.load(order, start, end);
      let [at, statistic] = [point.at, sums.energy(point.at - start, end - start)];
      for (let left = least; left <= end - start - least; left++) {
        const q = sums.energy(left, end - start);
        if (q > statistic) [at, statistic] = [start + left, q];
      }
      return { ...point, at };
    });
    if (points.every(({ at }, i) => at === before[i]?.at)) break;
  }
  return points;
}

/** Sums of distances |x − y| over blocks of a series, each in constant time. */
class DistanceSums {
  /** `[i][j]`: sum over the first i values of their distances to the first j. */
  readonly #sums: Float64Array;
  readonly #width: number;

  constructor(most: number) {
    this.#width = most + 1;
    this.#sums = new Float64Array(this.#width * this.#width);
  }

  load(values: Float64Array, start: number, end: number): void {
    const sums = this.#sums;
    const width = this.#width;
    const length = end - start;
    for (let i = 1; i <= length; i++) {
      const x = values[start + i - 1] as number;
      let row = 0;
      const [above, here] = [(i - 1) * width, i * width];
      for (let j = 1; j <= length; j++) {
        row += Math.abs(x - (values[start + j - 1] as number));
        sums[here + j] = (sums[above + j] as number) + row;
      }
    }
  }

  /** The scaled energy distance, of exponent 1, between the first `left` values and those from there to `stop`. */
  energy(left: number, stop: number): number {
    const sums = this.#sums;
    const width = this.#width;
    const [n, m] = [left, stop - left];
    const whole = sums[stop * width + stop] as number;
    const first = sums[left * width + left] as number;
    const crossed = (sums[left * width + stop] as number) - first;
    const second = whole - first - 2 * crossed;
    const between = (2 * crossed) / (n * m);
    // Both sums count every pair twice: over n(n − 1) that is the mean of n choose 2.
    const within = (n > 1 ? first / (n * (n - 1)) : 0) + (m > 1 ? second / (m * (m - 1)) : 0);
    return ((n * m) / (n + m)) * (between - within);
  }
}
