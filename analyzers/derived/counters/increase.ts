import type { Readings } from './readings.ts';

/** Why the difference of two readings of a count says nothing. */
export type Break = 'reset' | 'restart';

/** What a count that only grows gained between consecutive readings. */
export interface Steps {
  /** ns, start and end of each interval; NaN where the readings have no times. */
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  /** Increase in the unit of the series; NaN = the count began anew within the interval. */
  readonly increases: Float64Array;
  /** Counts that began anew: their interval is left out, it never becomes a spike. */
  readonly resets: number;
  /** Counts of 32 bits that passed their end and went on. */
  readonly wraps: number;
  /** Intervals at least 2.5 times as long as the median one: readings are missing. */
  readonly gaps: number;
}

/** The sum over the intervals in which it is known. */
export interface Increase {
  readonly value: number;
  /** Error of the value: a count is read between two of its steps, at both ends. In the unit of the series. */
  readonly error: number;
  /** ns over which it was gained; NaN when the readings have no times. */
  readonly duration: number;
  /** Intervals it is the sum of. */
  readonly n: number;
  readonly resets: number;
  readonly wraps: number;
  readonly gaps: number;
}

/** A rate with the interval it must lie in because counts are whole. */
export interface Rate {
  /** Per second. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

const BITS_32 = 2 ** 32;
/** An interval this many times the median one lacks readings. */
const GAP = 2.5;

/**
 * Differences of consecutive readings. A value below the one before is a count that began anew (a cgroup created
 * again, a process whose id was reused, a reboot), unless it can be a count of 32 bits that passed its end: the
 * series stays within 32 bits, and the increase this implies is not beyond four times the largest other one.
 * `restarts`: moments (ns) at which the entity is known to have begun anew, whatever the values say.
 */
export function stepsOf({ times, values }: Readings, restarts: readonly number[] = []): Steps {
  const n = Math.max(0, values.length - 1);
  const increases = new Float64Array(n);
  const starts = Float64Array.from(times.subarray(0, n));
  const ends = Float64Array.from(times.subarray(1, n + 1));
  let largest = 0;
  let most = values[0] ?? 0;
  for (let i = 0; i < n; i++) {
    increases[i] = (values[i + 1] as number) - (values[i] as number);
    if ((increases[i] as number) > largest) largest = increases[i] as number;
    if ((values[i + 1] as number) > most) most = values[i + 1] as number;
  }
  let resets = 0;
  let wraps = 0;
  for (let i = 0; i < n; i++) {
    const restarted = restarts.some((at) => at > (starts[i] as number) && at <= (ends[i] as number));
    const gained = increases[i] as number;
    if (!restarted && gained >= 0) continue;
    const wrapped = gained + BITS_32;
    const canWrap =
      !restarted && gained < 0 && most < BITS_32 && n > 1 && largest > 0 && wrapped <= 4 * largest;
    if (canWrap) wraps++;
    else resets++;
    increases[i] = canWrap ? wrapped : Number.NaN;
  }
  return { starts, ends, increases, resets, wraps, gaps: gapsIn(starts, ends) };
}

/** The whole increase of a count, over the intervals in which it is known. Undefined with fewer than two readings. */
export function increaseOf(
  readings: Readings | undefined,
  restarts: readonly number[] = [],
): Increase | undefined {
  if (readings === undefined || readings.values.length < 2) return undefined;
  const { starts, ends, increases, resets, wraps, gaps } = stepsOf(readings, restarts);
  let value = 0;
  let duration = 0;
  let n = 0;
  for (let i = 0; i < increases.length; i++) {
    if (Number.isNaN(increases[i])) continue;
    value += increases[i] as number;
    duration += (ends[i] as number) - (starts[i] as number);
    n++;
  }
  if (n === 0) return undefined;
  // Each unbroken stretch has two ends.
  return { value, error: quantum(readings.unit) * 2 * (resets + 1), duration, n, resets, wraps, gaps };
}

/**
 * Mean rate, per second, with what the counting leaves open. `elapsed`: ns between copies that have no times
 * (`elapsedBetweenCopies`). Undefined when no duration is known.
 */
export function rateOf(
  readings: Readings | undefined,
  restarts: readonly number[] = [],
  elapsed?: number,
): Rate | undefined {
  const gained = increaseOf(readings, restarts);
  if (gained === undefined) return undefined;
  const duration = Number.isNaN(gained.duration) ? (elapsed ?? 0) : gained.duration;
  if (!(duration > 0)) return undefined;
  const seconds = duration / 1e9;
  return {
    value: gained.value / seconds,
    low: Math.max(0, gained.value - gained.error) / seconds,
    high: (gained.value + gained.error) / seconds,
    n: gained.n,
  };
}

/** Smallest step of a count in its unit: one for whole counts and ticks; times and bytes are fine enough to be left out. */
function quantum(unit: string): number {
  return unit === 'ns' || unit === 'bytes' ? 0 : 1;
}

function gapsIn(starts: Float64Array, ends: Float64Array): number {
  if (starts.length < 3) return 0;
  const lengths = Float64Array.from(starts, (start, i) => (ends[i] as number) - start).sort();
  const median = lengths[lengths.length >> 1] as number;
  return lengths.filter((length) => length > GAP * median).length;
}
