import type { IntervalSeries } from '../../../model/device-series.ts';
import type { Context } from '../../context.ts';
import { counterIntervals } from './counter-intervals.ts';
import { type DeviceReadings, deviceReadings } from './device-readings.ts';

/** What is known of one device, one row per measured interval, in time order. */
export interface DeviceIntervals {
  readonly device: string;
  /** Indices into imports. */
  readonly sources: readonly number[];
  /** Printed by a tool, or differences of counters since boot. */
  readonly from: 'reports' | 'counters';
  /** False for counters copied without times: rates are then requests per interval. */
  readonly timed: boolean;
  /** Intervals left out because a counter fell. */
  readonly gaps: number;
  readonly length: number;
  /** ns of the run's clock; NaN = not printed. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** ns; NaN = not known: every interval then counts the same. */
  readonly duration: Float64Array;
  /** Digits printed behind the decimal sign; NaN = not rounded. */
  readonly decimals: Float64Array;
  readonly columns: ReadonlyMap<IntervalSeries, Float64Array>;
}

/**
 * Intervals of every device. Where several files tell of one device, the one that says most is
 * used, and others where it says nothing: one load is never counted twice.
 */
export function deviceIntervals(context: Context): readonly DeviceIntervals[] {
  const byDevice = new Map<string, DeviceReadings[]>();
  for (const each of context.derive(deviceReadings)) {
    const known = byDevice.get(each.device);
    if (known === undefined) byDevice.set(each.device, [each]);
    else known.push(each);
  }
  return [...byDevice.values()].flatMap((readings) => {
    const counters = counterIntervals(readings.filter(({ columns }) => columns.has('reads')));
    const printed = readings.filter(({ columns }) => !columns.has('reads')).map(printedIntervals);
    const all = [...(counters === undefined ? [] : [counters]), ...printed].filter(
      ({ length }) => length > 0,
    );
    const best = all.sort((a, b) => detail(b) - detail(a) || spanOf(b) - spanOf(a)).at(0);
    return best === undefined ? [] : [all.slice(1).reduce(joined, best)];
  });
}

function printedIntervals(readings: DeviceReadings): DeviceIntervals {
  const { device, source, length, time, duration, decimals, columns } = readings;
  return {
    device,
    sources: [source],
    from: 'reports',
    timed: true,
    gaps: 0,
    length,
    start: time.map((at, row) => at - (duration[row] as number)),
    end: time,
    duration,
    decimals,
    columns: columns as ReadonlyMap<IntervalSeries, Float64Array>,
  };
}

/** How much a file tells: waits by kind of request are worth most, then waits at all. */
function detail({ columns, timed }: DeviceIntervals): number {
  const wait = columns.has('r_await') ? 4 : columns.has('await') ? 2 : 0;
  return wait + (columns.has('aqu-sz') ? 2 : 0) + (timed ? 1 : 0);
}

function spanOf({ duration, length }: DeviceIntervals): number {
  const known = duration.reduce((sum, each) => sum + (Number.isNaN(each) ? 0 : each), 0);
  return known > 0 ? known : length;
}

/** Adds what another file measured outside the time of the first, when both say the same of it. */
function joined(into: DeviceIntervals, more: DeviceIntervals): DeviceIntervals {
  if (detail(into) !== detail(more) || into.from !== more.from) return into;
  const [from, to] = [startOf(into, 0), into.end.at(-1) as number];
  const rows: [DeviceIntervals, number][] = [];
  for (let row = 0; row < more.length; row++) {
    // Without times nobody knows whether two files tell of one moment.
    const outside = startOf(more, row) >= to || (more.end[row] as number) <= from;
    if (outside) rows.push([more, row]);
  }
  if (rows.length === 0) return into;
  for (let row = 0; row < into.length; row++) rows.push([into, row]);
  rows.sort(([a, i], [b, j]) => (a.end[i] as number) - (b.end[j] as number));
  const pick = (of: (each: DeviceIntervals) => Float64Array | undefined): Float64Array =>
    Float64Array.from(rows, ([each, row]) => of(each)?.[row] ?? Number.NaN);
  const names = new Set([...into.columns.keys(), ...more.columns.keys()]);
  return {
    ...into,
    sources: [...into.sources, ...more.sources],
    gaps: into.gaps + more.gaps,
    length: rows.length,
    start: pick(({ start }) => start),
    end: pick(({ end }) => end),
    duration: pick(({ duration }) => duration),
    decimals: pick(({ decimals }) => decimals),
    columns: new Map([...names].map((name) => [name, pick(({ columns }) => columns.get(name))])),
  };
}

/** The length of a single report is not known: its end stands for all of it. */
function startOf({ start, end }: DeviceIntervals, row: number): number {
  const at = start[row] as number;
  return Number.isNaN(at) ? (end[row] as number) : at;
}
