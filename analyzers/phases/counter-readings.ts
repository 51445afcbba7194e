import { CPU_SHARE } from '../../model/device-series.ts';
import type { Context } from '../context.ts';
import { stepsOf } from '../derived/counters/increase.ts';
import { allReadings, type Readings } from '../derived/counters/readings.ts';

/** A series of the host as values that hold for intervals of time. */
export interface CounterSeries {
  readonly name: string;
  /** ns, end of each interval; a gauge holds since the reading before. */
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  /** The gauge itself, or the increase a second. */
  readonly values: Float64Array;
}

export interface SampledCounters {
  readonly series: readonly CounterSeries[];
  /** What a grid of windows is made from when nothing else has times. */
  readonly span:
    | {
        readonly start: number;
        readonly end: number;
        readonly observations: number;
        readonly of: string;
        readonly each: number;
      }
    | undefined;
}

/** What of a host says most of what it is doing: time of CPUs, tasks, paging, swapping, disks, switches, stalls. */
const telling = new RegExp(
  `^(?:${CPU_SHARE} (?:user|system|iowait|steal|softirq)|cpu time (?:user|system|iowait|steal|softirq)|(?:runnable|blocked) tasks|procs (?:running|blocked)|swapped (?:in|out)|(?:read from|written to) disks|context switches|pgfault|pgmajfault|pswpin|pswpout|pgpgin|pgpgout|pgsteal_\\w+|thp_fault_alloc)$`,
);

/** Counters of the host that were read often enough to have a course. */
export function sampledCounters(context: Context): SampledCounters {
  const host = context.derive(allReadings).get('host')?.get('') ?? new Map<string, Readings>();
  const series = [...host.values()]
    .filter(({ name, times }) => telling.test(name) && times.length > 2 && !Number.isNaN(times[0] as number))
    .map(courseOf)
    .filter(({ values }) => values.length > 1)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const longest = series.reduce<CounterSeries | undefined>(
    (most, each) => (most === undefined || each.values.length > most.values.length ? each : most),
    undefined,
  );
  if (longest === undefined) return { series, span: undefined };
  const start = longest.starts[0] as number;
  const end = longest.ends.at(-1) as number;
  return {
    series,
    // A reading fills its window: there is nothing between readings.
    span:
      end > start
        ? { start, end, observations: longest.values.length, of: 'readings of counters', each: 1 }
        : undefined,
  };
}

function courseOf(readings: Readings): CounterSeries {
  const { name, kind, times, values } = readings;
  if (kind === 'cumulative') {
    const { starts, ends, increases } = stepsOf(readings);
    return {
      name,
      starts,
      ends,
      values: increases.map(
        (increase, i) => increase / (((ends[i] as number) - (starts[i] as number)) / 1e9),
      ),
    };
  }
  return { name, starts: times.subarray(0, -1), ends: times.subarray(1), values: values.subarray(1) };
}
