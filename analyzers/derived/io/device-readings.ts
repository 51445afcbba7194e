import {
  type CounterSeries,
  counterSeries,
  DEVICE,
  DEVICE_SINCE_BOOT,
  type IntervalSeries,
  intervalSeries,
  PRINTED_DECIMALS,
  RECORDER,
  REPORT,
  REPORT_SINCE_BOOT,
} from '../../../model/device-series.ts';
import { decodeString } from '../../../model/strings.ts';
import type { Context } from '../../context.ts';

export type ReadingName = IntervalSeries | CounterSeries;

/** What one file says of one device, one row per report. Columns hold NaN where a report lacks them. */
export interface DeviceReadings {
  readonly device: string;
  /** Index into imports. */
  readonly source: number;
  readonly length: number;
  /** ns of the run's clock at which the report was made; NaN = not printed. */
  readonly time: Float64Array;
  /** ns from the report before; NaN = neither printed nor told by the times. */
  readonly duration: Float64Array;
  /** Digits behind the decimal sign. */
  readonly decimals: Float64Array;
  readonly columns: ReadonlyMap<ReadingName, Float64Array>;
}

interface Report {
  readonly time: number;
  readonly duration: number;
  decimals: number;
}

/** Reports of one file in order. */
interface Recording {
  readonly source: number;
  reports: Report[];
  /** Time of the report before, since-boot ones included. */
  last: number;
  /** Index of the report being read; −1 before the first. */
  current: number;
  readonly devices: Map<string, Rows>;
  /** Devices named in a report since boot. */
  readonly existed: Set<string>;
}

interface Rows {
  /** Index of the report of each row. */
  readonly report: number[];
  readonly columns: Map<ReadingName, number[]>;
}

type Meaning =
  | { readonly kind: 'report' }
  | { readonly kind: 'since boot' }
  | { readonly kind: 'decimals' }
  | { readonly kind: 'existed'; readonly device: string }
  | { readonly kind: 'value'; readonly name: ReadingName; readonly device: string };

const counterNames = new Set<string>(counterSeries.map(([name]) => name));

/** Everything files say of devices, report by report, in file order. */
export function deviceReadings(context: Context): readonly DeviceReadings[] {
  const { counters } = context.trace.tables;
  const { time, series, value, source } = counters.columns;
  const meanings = meaningsOf(context);
  const recordings = new Map<number, Recording>();
  for (let row = 0; row < counters.length; row++) {
    const meaning = meanings[series[row] as number];
    if (meaning === undefined) continue;
    const file = source[row] as number;
    let recording = recordings.get(file);
    if (recording === undefined) {
      recording = {
        source: file,
        reports: [],
        last: Number.NaN,
        current: -1,
        devices: new Map(),
        existed: new Set(),
      };
      recordings.set(file, recording);
    }
    const at = time[row] as number;
    const amount = value[row] as number;
    if (meaning.kind === 'since boot') recording.last = at;
    else if (meaning.kind === 'existed') recording.existed.add(meaning.device);
    else if (meaning.kind === 'report') {
      const elapsed = amount > 0 ? amount : at - recording.last;
      recording.current = recording.reports.length;
      recording.reports.push({ time: at, duration: elapsed > 0 ? elapsed : Number.NaN, decimals: 0 });
      recording.last = at;
    } else if (meaning.kind === 'decimals') {
      const report = recording.reports[recording.current];
      if (report !== undefined) report.decimals = amount;
    } else add(recording, meaning.device, meaning.name, amount);
  }
  return [...recordings.values()].flatMap(finish);
}

function meaningsOf({ trace }: Context): (Meaning | undefined)[] {
  const { series } = trace.tables;
  const text = (id: number | undefined): string => decodeString(trace.strings, id ?? 0);
  return Array.from({ length: series.length }, (_, id): Meaning | undefined => {
    const name = text(series.columns.name[id]);
    const entity = text(series.columns.entity[id]);
    if (entity === RECORDER) {
      if (name === REPORT) return { kind: 'report' };
      if (name === REPORT_SINCE_BOOT) return { kind: 'since boot' };
      return name === PRINTED_DECIMALS ? { kind: 'decimals' } : undefined;
    }
    const device = text(series.columns.entityName[id]);
    if (entity === DEVICE_SINCE_BOOT) return { kind: 'existed', device };
    if (entity !== DEVICE || !(name in intervalSeries || counterNames.has(name))) return undefined;
    return { kind: 'value', name: name as ReadingName, device };
  });
}

function add(recording: Recording, device: string, name: ReadingName, value: number): void {
  if (recording.current < 0) return;
  let rows = recording.devices.get(device);
  if (rows === undefined) {
    rows = { report: [], columns: new Map() };
    recording.devices.set(device, rows);
  }
  if (rows.report.at(-1) !== recording.current) rows.report.push(recording.current);
  let column = rows.columns.get(name);
  if (column === undefined) {
    column = [];
    rows.columns.set(name, column);
  }
  while (column.length < rows.report.length - 1) column.push(Number.NaN);
  // A device twice in one report is a file put together by hand; the first row counts.
  if (column.length < rows.report.length) column.push(value);
}

function finish(recording: Recording): DeviceReadings[] {
  const { source, reports, devices, existed } = recording;
  const usual = median(reports.map(({ duration }) => duration).filter((each) => !Number.isNaN(each)));
  for (const device of existed)
    if (!devices.has(device)) devices.set(device, { report: [], columns: new Map() });
  return [...devices].map(([device, rows]) => {
    const { report, columns } = withIdle(rows, reports.length, existed.has(device));
    const of = (pick: (each: Report) => number): Float64Array =>
      Float64Array.from(report, (index) => pick(reports[index] as Report));
    return {
      device,
      source,
      length: report.length,
      time: of(({ time }) => time),
      // Times are printed in whole seconds: two reports may seem to be of one moment.
      duration: of(({ duration }) => (Number.isNaN(duration) ? usual : duration)),
      decimals: of(({ decimals }) => decimals),
      columns: new Map([...columns].map(([name, values]) => [name, padded(values, report.length)])),
    };
  });
}

/**
 * iostat -z leaves out devices that did nothing. A device without a row in a report was idle if it
 * was there before and after; one that a report since boot names was there all along. The last
 * report may be torn, so nothing is concluded from it.
 */
function withIdle(rows: Rows, reports: number, existed: boolean): Rows {
  if (rows.columns.has('reads')) return rows;
  const first = existed ? 0 : (rows.report[0] ?? reports);
  const last = Math.max(existed ? reports - 2 : -1, rows.report.at(-1) ?? -1);
  if (last - first + 1 <= rows.report.length) return rows;
  const names: readonly ReadingName[] =
    rows.columns.size > 0 ? [...rows.columns.keys()] : ['tps', 'util', 'aqu-sz'];
  const filled: Rows = { report: [], columns: new Map(names.map((name) => [name, []])) };
  let row = 0;
  for (let index = first; index <= last; index++) {
    const isThere = rows.report[row] === index;
    filled.report.push(index);
    for (const name of names) {
      filled.columns.get(name)?.push(isThere ? (rows.columns.get(name)?.[row] ?? Number.NaN) : 0);
    }
    if (isThere) row++;
  }
  return filled;
}

function padded(values: readonly number[], length: number): Float64Array {
  const column = new Float64Array(length).fill(Number.NaN);
  column.set(values);
  return column;
}

/** NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
