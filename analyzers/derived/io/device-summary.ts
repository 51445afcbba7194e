import type { IntervalSeries, Operation } from '../../../model/device-series.ts';
import type { Context } from '../../context.ts';
import { type Ratio, ratioInterval } from '../../stats/ratio-interval.ts';
import { type DeviceIntervals, deviceIntervals } from './device-intervals.ts';

/** One kind of request over the measured intervals; a value is NaN where the file does not tell it. */
export interface OperationSummary {
  readonly operation: Operation | 'all';
  /** Requests completed per second. */
  readonly rate: Ratio;
  /** Bytes per second. */
  readonly throughput: Ratio;
  /** ns a request takes from entering the queue to its completion, averaged over requests. */
  readonly wait: Ratio;
  /** Bytes a request, averaged over requests. */
  readonly size: Ratio;
  /** Share of requests that were merged into others before they reached the device. */
  readonly merged: Ratio;
}

export interface DeviceSummary {
  readonly device: string;
  readonly intervals: DeviceIntervals;
  /** Seconds measured; NaN when reports carry no times. */
  readonly seconds: number;
  /** Requests completed in the measured time, flushes left out; NaN when rates are not told. */
  readonly requests: number;
  /** Share of the time with at least one request in flight. */
  readonly util: Ratio;
  /** Requests in flight on average: aqu-sz. */
  readonly queue: Ratio;
  /** Share of the time in intervals in which the device was busy at least `BUSY`. */
  readonly saturated: Ratio;
  readonly operations: readonly OperationSummary[];
  /** All kinds together: flushes count for the queue only, as in iostat. */
  readonly all: OperationSummary;
}

/** %util from which on an interval counts as busy throughout: nothing more fits a device that serves one at a time. */
export const BUSY = 0.95;

/** Series of one kind of request, or their values row by row. */
export interface Parts<Of> {
  readonly rate: Of;
  readonly bytes: Of;
  readonly wait: Of;
  readonly size: Of;
  readonly merged: Of;
}

const names: Readonly<Record<Exclude<Operation, 'flush'>, Parts<IntervalSeries>>> = {
  read: { rate: 'r/s', bytes: 'rB/s', wait: 'r_await', size: 'rareq-sz', merged: 'rrqm/s' },
  write: { rate: 'w/s', bytes: 'wB/s', wait: 'w_await', size: 'wareq-sz', merged: 'wrqm/s' },
  discard: { rate: 'd/s', bytes: 'dB/s', wait: 'd_await', size: 'dareq-sz', merged: 'drqm/s' },
};
const kinds = ['read', 'write', 'discard'] as const;

/** Time-weighted averages of every device, busiest first. */
export function deviceSummaries(context: Context): readonly DeviceSummary[] {
  const load = (each: DeviceSummary): number => each.util.value || each.queue.value || 0;
  return context
    .derive(deviceIntervals)
    .map(summaryOf)
    .sort(
      (a, b) => load(b) - load(a) || (b.requests || 0) - (a.requests || 0) || (a.device < b.device ? -1 : 1),
    );
}

function summaryOf(intervals: DeviceIntervals): DeviceSummary {
  const { device, length, columns, duration, timed } = intervals;
  const seconds = secondsOf(intervals);
  const empty = new Float64Array(length).fill(Number.NaN);
  const column = (name: IntervalSeries): Float64Array => columns.get(name) ?? empty;
  const overTime = (values: Float64Array): Ratio => ratioInterval(times(values, seconds), seconds);
  const util = column('util');
  const flushes = { rate: column('f/s'), bytes: empty, wait: column('f_await'), size: empty, merged: empty };
  const whole = wholeParts(intervals);
  return {
    device,
    intervals,
    requests: times(whole.rate, seconds).reduce((sum, each) => sum + each, 0),
    seconds: timed ? duration.reduce((sum, each) => sum + each, 0) / 1e9 : Number.NaN,
    util: overTime(util),
    queue: overTime(column('aqu-sz')),
    saturated: overTime(util.map((each) => (Number.isNaN(each) ? each : each >= BUSY ? 1 : 0))),
    operations: [
      ...kinds
        .filter((kind) => columns.has(names[kind].rate) || columns.has(names[kind].bytes))
        .map((kind) => summarise(kind, kindParts(intervals, kind), seconds, timed)),
      ...(columns.has('f/s') ? [summarise('flush', flushes, seconds, timed)] : []),
    ],
    all: summarise('all', whole, seconds, timed),
  };
}

function summarise(
  operation: Operation | 'all',
  { rate, bytes, wait, size, merged }: Parts<Float64Array>,
  seconds: Float64Array,
  timed: boolean,
): OperationSummary {
  const requests = times(rate, seconds);
  const perSecond = (values: Float64Array): Ratio =>
    timed ? ratioInterval(times(values, seconds), seconds) : ratioInterval([], []);
  const perRequest = (values: Float64Array): Ratio => ratioInterval(times(values, requests), requests);
  return {
    operation,
    rate: perSecond(rate),
    throughput: perSecond(bytes),
    wait: perRequest(wait),
    size: perRequest(size),
    merged: ratioInterval(times(merged, seconds), times(plus(merged, rate), seconds)),
  };
}

/** Weight of each interval: its seconds, or 1 where they are not known. */
export function secondsOf({ duration }: DeviceIntervals): Float64Array {
  return duration.map((ns) => (ns > 0 ? ns / 1e9 : 1));
}

/** One kind of request, interval by interval. */
export function kindParts(
  intervals: DeviceIntervals,
  kind: Exclude<Operation, 'flush'>,
): Parts<Float64Array> {
  const own = names[kind];
  const of = (name: IntervalSeries): Float64Array =>
    intervals.columns.get(name) ?? new Float64Array(intervals.length).fill(Number.NaN);
  return {
    rate: of(own.rate),
    bytes: of(own.bytes),
    wait: of(own.wait),
    size: of(own.size),
    merged: of(own.merged),
  };
}

/** All kinds of requests together, interval by interval: as printed, else from the kinds. */
export function wholeParts(intervals: DeviceIntervals): Parts<Float64Array> {
  const { length, columns } = intervals;
  const empty = new Float64Array(length).fill(Number.NaN);
  const parts = kinds
    .filter((kind) => columns.has(names[kind].rate))
    .map((kind) => kindParts(intervals, kind));
  const rates = parts.length === 0 ? empty : parts.map(({ rate }) => rate).reduce(plus);
  const byRequests = (pick: (each: Parts<Float64Array>) => Float64Array): Float64Array =>
    rates.map((all, row) => {
      if (all === 0) return 0;
      // A kind without requests is printed with a wait of 0, or not at all.
      const sum = parts.reduce(
        (total, each) =>
          total + ((each.rate[row] ?? 0) > 0 ? (each.rate[row] as number) * (pick(each)[row] as number) : 0),
        0,
      );
      return sum / all;
    });
  const bytes = kinds.flatMap((kind) => columns.get(names[kind].bytes) ?? []);
  const split = columns.has('r_await');
  return {
    rate: columns.get('tps') ?? rates,
    bytes: columns.get('B/s') ?? (bytes.length === 0 ? empty : bytes.reduce(plus)),
    wait: columns.get('await') ?? (split ? byRequests(({ wait }) => wait) : empty),
    size: columns.get('areq-sz') ?? (columns.has('rareq-sz') ? byRequests(({ size }) => size) : empty),
    merged:
      columns.get('rqm/s') ?? (parts.length === 0 ? empty : parts.map(({ merged }) => merged).reduce(plus)),
  };
}

function times(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((each, i) => each * (b[i] as number));
}

function plus(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((each, i) => each + (b[i] as number));
}
