import { printedGroup } from '../../../model/group-series.ts';
import type { Context } from '../../context.ts';
import { gaugeOf, printedOf } from '../cgroup/printed.ts';
import type { Readings } from '../counters/readings.ts';
import { cpusAllowed, quotaOf } from './limits.ts';
import type { Throttling } from './throttling.ts';

/**
 * What `throttlings` tells, from rates below printed: each is of the interval before it, so that rates times intervals
 * add up to about what the kernel counted. The first interval is taken for as long as the others. Undefined
 * without such rates at two moments.
 */
export function printedThrottling(context: Context, cgroup: string): Throttling | undefined {
  const read = (name: string): Readings | undefined => printedOf(context, name, cgroup);
  const rates = read(printedGroup.periods);
  const stops = read(printedGroup.throttledPeriods);
  if (rates === undefined || stops === undefined) return undefined;
  const periods = Math.round(integral(rates));
  const throttled = Math.round(integral(stops));
  if (!Number.isFinite(periods) || !Number.isFinite(throttled)) return undefined;
  const elapsed = integral(rates, () => 1) * 1e9;
  const stopped = integral(read(printedGroup.throttled)) * 1e9;
  const used = integral(read(printedGroup.cpu)) * 1e9;
  const limit = quotaOf(context, cgroup);
  const allowed = cpusAllowed(context, cgroup);
  // Stopped time is added up over CPUs: what it proves is the least there can have been.
  const proven = Math.max(1, Math.ceil(stopped / elapsed));
  const concurrency =
    allowed.cpus >= proven ? allowed : { cpus: proven, why: 'the throttled time itself, at least' };
  return {
    cgroup,
    limit,
    periods,
    throttled,
    lifetime: { periods, throttled },
    stopped,
    elapsed,
    concurrency,
    stallShare: stopped === 0 ? 0 : stopped / (elapsed * concurrency.cpus),
    used,
    usedOfQuota: limit?.changed ? Number.NaN : used / ((limit?.quota ?? Number.NaN) * periods),
    pressure: gaugeOf(read(printedGroup.pressure('cpu', 'some')))?.mean ?? Number.NaN,
    stoppedByParents: Number.NaN,
    parentsMissing: [],
    stoppedParent: undefined,
    bursts: Number.NaN,
    resets: 0,
    n: rates.values.length,
    approximate: true,
  };
}

/** An interval this many times the median one lacks readings: its rate is of all of it. */
const GAP = 2.5;

/** Σ rate · s; NaN without two moments. Moments are whole seconds: the mean of the intervals is nearer to each than its own stamps. */
function integral(readings: Readings | undefined, of = (value: number): number => value): number {
  if (readings === undefined || readings.times.length < 2 || Number.isNaN(readings.times[0]))
    return Number.NaN;
  const { times, values } = readings;
  const lengths = Float64Array.from(times.subarray(1), (time, i) => time - (times[i] as number));
  const median = lengths.slice().sort()[lengths.length >> 1] as number;
  const usual = lengths.filter((length) => length <= GAP * median);
  const mean = usual.reduce((sum, length) => sum + length, 0) / usual.length;
  return values.reduce((sum, value, i) => {
    const length = lengths[i - 1] ?? 0;
    return sum + (of(value) * (length > GAP * median ? length : mean)) / 1e9;
  }, 0);
}
