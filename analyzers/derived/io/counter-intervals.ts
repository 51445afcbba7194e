import type { CounterSeries, IntervalSeries } from '../../../model/device-series.ts';
import type { DeviceIntervals } from './device-intervals.ts';
import type { DeviceReadings, ReadingName } from './device-readings.ts';

/** Counters of one kind of request (number, merged, bytes, time), and the series their differences make. */
type Kind = readonly [
  ...counters: [CounterSeries, CounterSeries, CounterSeries, CounterSeries],
  ...made: [IntervalSeries, IntervalSeries, IntervalSeries, IntervalSeries, IntervalSeries],
];
const kinds: readonly Kind[] = [
  ['reads', 'reads merged', 'read bytes', 'read time', 'r/s', 'rrqm/s', 'rB/s', 'r_await', 'rareq-sz'],
  ['writes', 'writes merged', 'write bytes', 'write time', 'w/s', 'wrqm/s', 'wB/s', 'w_await', 'wareq-sz'],
  [
    'discards',
    'discards merged',
    'discard bytes',
    'discard time',
    'd/s',
    'drqm/s',
    'dB/s',
    'd_await',
    'dareq-sz',
  ],
];

/** Counters that only grow; `in flight` is a level. */
const growing: readonly CounterSeries[] = [
  ...kinds.flatMap((kind) => kind.slice(0, 4) as CounterSeries[]),
  'busy time',
  'queue time',
  'flushes',
  'flush time',
];

interface Sample {
  readonly time: number;
  readonly values: ReadonlyMap<ReadingName, number>;
}

/**
 * Intervals between copies of /proc/diskstats, from differences of its counters. Where a counter
 * fell (a reset, a wrap of 32 bits, a device that came again) there is no interval: a gap.
 *
 * Copies without times are put in order by their counters; what needs seconds is then NaN.
 */
export function counterIntervals(readings: readonly DeviceReadings[]): DeviceIntervals | undefined {
  const [first] = readings;
  const samples = samplesOf(readings);
  if (first === undefined || samples.length < 2) return undefined;
  const timed = !Number.isNaN(samples[0]?.time);
  const pairs = samples.slice(1).map((to, i) => ({ from: samples[i] as Sample, to }));
  const whole = pairs.filter(({ from, to }) => growing.every((name) => !(difference(from, to, name) < 0)));
  const length = whole.length;
  const columns = new Map<IntervalSeries, Float64Array>();
  const set = (name: IntervalSeries, value: (seconds: number, from: Sample, to: Sample) => number): void => {
    const column = Float64Array.from(whole, ({ from, to }) =>
      value(timed ? (to.time - from.time) / 1e9 : Number.NaN, from, to),
    );
    if (column.some((each) => !Number.isNaN(each))) columns.set(name, column);
  };
  for (const [count, merged, bytes, time, rate, mergeRate, throughput, wait, size] of kinds) {
    // Without seconds a rate is a number of requests in the interval: it still weighs waits and sizes.
    set(rate, (seconds, from, to) => difference(from, to, count) / (timed ? seconds : 1));
    set(mergeRate, (seconds, from, to) => difference(from, to, merged) / (timed ? seconds : 1));
    set(throughput, (seconds, from, to) => difference(from, to, bytes) / (timed ? seconds : 1));
    set(wait, (_, from, to) => perRequest(difference(from, to, time), difference(from, to, count)));
    set(size, (_, from, to) => perRequest(difference(from, to, bytes), difference(from, to, count)));
  }
  set('f/s', (seconds, from, to) => difference(from, to, 'flushes') / (timed ? seconds : 1));
  set('f_await', (_, from, to) =>
    perRequest(difference(from, to, 'flush time'), difference(from, to, 'flushes')),
  );
  set('util', (seconds, from, to) => difference(from, to, 'busy time') / 1e9 / seconds);
  set('aqu-sz', (seconds, from, to) => difference(from, to, 'queue time') / 1e9 / seconds);
  return {
    device: first.device,
    sources: [...new Set(readings.map(({ source }) => source))],
    from: 'counters',
    timed,
    gaps: pairs.length - length,
    length,
    start: Float64Array.from(whole, ({ from }) => from.time),
    end: Float64Array.from(whole, ({ to }) => to.time),
    duration: Float64Array.from(whole, ({ from, to }) => to.time - from.time),
    // Milliseconds are printed whole: exact enough for everything that is checked.
    decimals: new Float64Array(length).fill(Number.NaN),
    columns,
  };
}

/** All copies in order, those of one moment once. */
function samplesOf(readings: readonly DeviceReadings[]): Sample[] {
  const samples = readings.flatMap(({ length, time, columns }) =>
    Array.from(
      { length },
      (_, row): Sample => ({
        time: time[row] as number,
        values: new Map([...columns].map(([name, values]) => [name, values[row] as number])),
      }),
    ),
  );
  const timed = samples.filter(({ time }) => !Number.isNaN(time)).sort((a, b) => a.time - b.time);
  if (timed.length > 1) return timed.filter(({ time }, i) => i === 0 || time > (timed[i - 1]?.time ?? 0));
  if (timed.length > 0) return [];
  return samples.sort((a, b) => progress(a) - progress(b));
}

function progress({ values }: Sample): number {
  return growing.reduce((sum, name) => sum + (values.get(name) ?? 0), 0);
}

/** NaN where the kernel does not count it. */
function difference(from: Sample, to: Sample, name: CounterSeries): number {
  return (to.values.get(name) ?? Number.NaN) - (from.values.get(name) ?? Number.NaN);
}

/** As iostat prints it: 0 when there was no request. */
function perRequest(amount: number, requests: number): number {
  return requests > 0 ? amount / requests : requests === 0 && !Number.isNaN(amount) ? 0 : Number.NaN;
}
