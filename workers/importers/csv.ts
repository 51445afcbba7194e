import { DEVICE, intervalSeries } from '../../model/device-series.ts';
import type { TraceBuilder } from '../../model/trace-builder.ts';
import { lineEnd, NEWLINE, trimEnd, utf8 } from '../bytes.ts';
import { splitLine } from './csv-text/split-line.ts';
import { numberOf, timeOf } from './csv-text/time.ts';
import { type Column, columnsOf } from './disk/columns.ts';
import { readPrinted } from './disk/printed-number.ts';
import { ReportWriter } from './disk/report-writer.ts';
import type { Importer, Source } from './importer.ts';
import { type DateOrder, dateOrder } from './wall-time.ts';

const timeName =
  /^(?:time|timestamp|date|datetime|date.?time|epoch|t|unix.?time)(?:[_ ]?\(?(ns|us|ms|s|sec|seconds|real_s|mono_s)\)?)?$/i;
const deviceName = /^(?:device|dev|disk|disk_device|disk-device)$/i;
/** Long form: a column that names what the column `value` holds. */
const measureName = /^(?:metric|measure|series|counter|name)$/i;
const delimiters = [',', ';', '\t', '|'] as const;
const factors: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  ms: 1e6,
  s: 1e9,
  sec: 1e9,
  seconds: 1e9,
  real_s: 1e9,
  mono_s: 1e9,
};

/** What the first line says of a file. */
interface CsvLayout {
  readonly delimiter: string;
  readonly names: readonly string[];
  readonly timeAt: number;
  /** −1 = no column names a device. */
  readonly deviceAt: number;
  /** Columns that name a measure and hold its value; −1 = every column is a measure. */
  readonly measureAt: number;
  readonly valueAt: number;
  /** ns per unit of the time column; 0 = decided by the size of the numbers, or texts. */
  readonly factor: number;
  readonly order: DateOrder;
}

const layouts = new WeakMap<Source, CsvLayout | undefined>();

/**
 * CSV with a header and a column of times. With a device column, columns that iostat has are read
 * as iostat's; any other column of numbers becomes a series of its name.
 */
export const csv: Importer = {
  id: 'csv',
  title: 'CSV with a header line and a time column',
  captureWith: 'time,device,r/s,w/s,rkB/s,wkB/s,r_await,w_await,aqu-sz,%util   # the first line',
  sniff: (head) => (findLayout(head) === undefined ? 'no' : 'yes'),
  isRecordStart,
  open(out, source) {
    const reader = new CsvReader(out, source);
    return (bytes, offset) => reader.parse(bytes, offset);
  },
};

/** A line; where rows of one moment make a report, the first of them. */
function isRecordStart(bytes: Uint8Array, at: number, source: Source): boolean {
  const layout = layoutOf(source);
  if (layout === undefined || layout.deviceAt < 0 || at === 0) return true;
  const stamp = (from: number): string | undefined =>
    splitLine(utf8(bytes, from, trimEnd(bytes, from, lineEnd(bytes, from))), layout.delimiter)?.[
      layout.timeAt
    ];
  return stamp(at) !== stamp(bytes.lastIndexOf(NEWLINE, at - 2) + 1);
}

function layoutOf(source: Source): CsvLayout | undefined {
  if (!layouts.has(source)) layouts.set(source, findLayout(source.head));
  return layouts.get(source);
}

/** The header names a time and the first row has a time there and a number somewhere else. */
function findLayout(head: Uint8Array): CsvLayout | undefined {
  const text = utf8(head, 0, Math.min(head.length, 16_384)).replace(/^\ufeff/, '');
  const [first = '', second = ''] = text.split(/\r?\n/, 2);
  if (first.length > 4000 || second === '' || first.startsWith('#')) return undefined;
  const delimiter = delimiters
    .map((each) => [each, first.split(each).length] as const)
    .reduce((best, each) => (each[1] > best[1] ? each : best))[0];
  const names = splitLine(first, delimiter)?.map((name) => name.trim());
  const cells = splitLine(second, delimiter)?.map((cell) => cell.trim());
  if (names === undefined || cells === undefined || names.length < 2 || cells.length !== names.length)
    return undefined;
  const timeAt = names.findIndex((name) => timeName.test(name));
  if (timeAt < 0 || names.some((name) => name === '' || readPrinted(name) !== undefined)) return undefined;
  const unit = timeName.exec(names[timeAt] as string)?.[1]?.toLowerCase();
  const order = dateOrder(text.split(/\r?\n/, 50));
  const layout = {
    delimiter,
    names,
    timeAt,
    deviceAt: names.findIndex((name) => deviceName.test(name)),
    ...measureColumns(names),
    factor: factors[unit ?? ''] ?? 0,
    order,
  };
  const hasNumber = cells.some((cell, i) => i !== timeAt && Number.isFinite(numberOf(cell)));
  return hasNumber && timeOf(cells[timeAt] as string, layout) !== undefined ? layout : undefined;
}

function measureColumns(names: readonly string[]): { measureAt: number; valueAt: number } {
  const measureAt = names.findIndex((name) => measureName.test(name));
  const valueAt = names.findIndex((name) => /^value$/i.test(name));
  return measureAt >= 0 && valueAt >= 0 ? { measureAt, valueAt } : { measureAt: -1, valueAt: -1 };
}

class CsvReader {
  readonly #out: TraceBuilder;
  readonly #writer: ReportWriter;
  readonly #layout: CsvLayout | undefined;
  readonly #columns: readonly (Column | undefined)[];
  #last = Number.NaN;

  constructor(out: TraceBuilder, source: Source) {
    this.#out = out;
    this.#writer = new ReportWriter(out);
    this.#layout = layoutOf(source);
    const { names = [], deviceAt = -1 } = this.#layout ?? {};
    this.#columns = deviceAt < 0 ? names.map(() => undefined) : columnsOf(names);
  }

  parse(bytes: Uint8Array, offset: number): void {
    const layout = this.#layout;
    if (layout === undefined) {
      this.#out.skip(offset);
      return;
    }
    let at = offset === 0 ? lineEnd(bytes, 0) + 1 : 0;
    for (; at < bytes.length; ) {
      const stop = lineEnd(bytes, at);
      const line = utf8(bytes, at, trimEnd(bytes, at, stop));
      if (line !== '' && !this.#row(line, layout)) this.#out.skip(at + offset);
      at = stop + 1;
    }
  }

  #row(line: string, layout: CsvLayout): boolean {
    const { delimiter, names, timeAt, deviceAt, measureAt, valueAt } = layout;
    const cells = splitLine(line, delimiter);
    if (cells === undefined || cells.length !== names.length) return false;
    const time = timeOf((cells[timeAt] as string).trim(), layout);
    if (time === undefined) return false;
    this.#out.clock = time.clock;
    const device = deviceAt < 0 ? '' : (cells[deviceAt] as string).trim();
    if (this.#columns.some((column) => column !== undefined) && time.ns !== this.#last)
      this.#writer.report(time.ns);
    if (this.#columns.some((column) => column !== undefined)) {
      const isKept = (_: string, i: number): boolean => this.#columns[i] !== undefined;
      this.#writer.decimals(Math.max(...cells.filter(isKept).map(decimalsOf)));
    }
    this.#last = time.ns;
    this.#out.counts.records++;
    if (measureAt >= 0) {
      const value = numberOf(cells[valueAt] as string);
      const name = (cells[measureAt] as string).trim();
      if (Number.isFinite(value)) this.#out.counter(name, '', 'csv', device, time.ns, value);
      return Number.isFinite(value);
    }
    names.forEach((name, i) => {
      const value = numberOf(cells[i] as string);
      if (i === timeAt || i === deviceAt || !Number.isFinite(value)) return;
      const column = this.#columns[i];
      if (column === undefined) this.#out.counter(name, '', 'csv', device, time.ns, value);
      else
        this.#out.counter(
          column.series,
          intervalSeries[column.series],
          DEVICE,
          device,
          time.ns,
          value * column.scale,
        );
    });
    return true;
  }
}

/** Digits behind the point: what the writer of the file rounded to. */
function decimalsOf(cell: string): number {
  return /\.(\d+)\s*$/.exec(cell)?.[1]?.length ?? 0;
}
