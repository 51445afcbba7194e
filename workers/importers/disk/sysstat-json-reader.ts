import { Problem } from '../../../model/problem.ts';
import type { TraceBuilder } from '../../../model/trace-builder.ts';
import { latin1, utf8 } from '../../bytes.ts';
import type { Source } from '../importer.ts';
import { isMpstatJson, MpstatJson } from '../sysstat/mpstat-json.ts';
import { type DateOrder, dateOrder, readWallTime } from '../wall-time.ts';
import { columnsOf, isKnownColumn } from './columns.ts';
import { ReportWriter } from './report-writer.ts';

type Json = Readonly<Record<string, unknown>>;

const [QUOTE, ESCAPE, OPEN, CLOSE, END] = [34, 92, 123, 125, 93];
const cpuStates = ['user', 'nice', 'system', 'iowait', 'steal', 'idle'];

/** Walks the elements of `statistics` and reads each by itself: memory follows one report, not the file. */
export class SysstatJsonReader {
  readonly #out: TraceBuilder;
  readonly #writer: ReportWriter;
  readonly #order: DateOrder;
  /** The next element is the first of its host: iostat's report since boot. */
  #first = false;
  #reports = 0;
  readonly #name: string;
  readonly #ofMpstat: boolean;
  #mpstat: MpstatJson | undefined;

  constructor(out: TraceBuilder, source: Source) {
    this.#out = out;
    this.#name = source.name;
    this.#writer = new ReportWriter(out);
    const head = latin1(source.head, 0, source.head.length);
    const dates = [...head.matchAll(/"(?:timestamp|date)"\s*:\s*"([^"]*)"/g)].map((found) => found[1] ?? '');
    this.#order = dateOrder(dates);
    this.#ofMpstat = isMpstatJson(head);
  }

  parse(bytes: Uint8Array, offset: number): void {
    if (this.#ofMpstat) this.#mpstat ??= new MpstatJson(this.#out, bytes);
    let at = offset === 0 ? this.#header(bytes, 0) : 0;
    while (at >= 0 && at < bytes.length) {
      const byte = bytes[at];
      if (byte === OPEN) {
        const stop = objectEnd(bytes, at);
        // The file ends within this report: what is before it counts.
        if (stop < 0) {
          this.#out.skip(at + offset);
          break;
        }
        if (!this.#element(utf8(bytes, at, stop))) this.#out.skip(at + offset);
        at = stop;
      } else if (byte === END) at = this.#header(bytes, at + 1);
      else at++;
    }
    if (offset === 0 && this.#reports === 0) this.#nothing();
  }

  #nothing(): never {
    throw new Problem({
      code: 'broken',
      message: 'holds no whole report',
      file: this.#name,
      offset: 0,
      hint: 'let iostat or sadf finish at least one interval: iostat -x -t -o JSON 1 60 > iostat.json',
    });
  }

  /** Reads what is said of the next host and returns where its statistics begin; −1 when there are none. */
  #header(bytes: Uint8Array, from: number): number {
    const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf('"statistics"', from);
    if (key < 0) return -1;
    const text = latin1(bytes, from, key);
    const fact = (name: string, key: string): void => {
      const value = new RegExp(`"${key}"\\s*:\\s*(?:"([^"]*)"|(\\d+))`).exec(text);
      if (value !== null) this.#out.fact(name, value[1] ?? value[2] ?? '');
    };
    fact('hostname', 'nodename');
    fact('os release', 'release');
    fact('arch', 'machine');
    fact('nrcpus online', 'number-of-cpus');
    this.#first = true;
    const open = bytes.indexOf(91, key);
    return open < 0 ? -1 : open + 1;
  }

  #element(text: string): boolean {
    let element: Json;
    try {
      element = JSON.parse(text) as Json;
    } catch {
      return false;
    }
    if (this.#mpstat !== undefined) {
      const read = this.#mpstat.report(element);
      if (read) this.#reports++;
      return read;
    }
    const isFirst = this.#first;
    this.#first = false;
    const { timestamp } = element;
    const sadf = typeof timestamp === 'object' && timestamp !== null ? (timestamp as Json) : undefined;
    const stamp =
      sadf === undefined
        ? String(timestamp ?? '')
        : `${sadf.date} ${sadf.time}${Number(sadf.utc) === 1 ? ' UTC' : ''}`;
    const time = readWallTime(stamp.trim(), this.#order);
    if (time !== undefined) this.#out.clock = time.zone ? 'realtime' : 'wall';
    const interval = Number(sadf?.interval ?? 0) * 1e9;
    const rows = rowsOf(element.disk);
    // sadf has no report since boot; its restarts and comments have no statistics.
    const sinceBoot = isFirst && sadf === undefined;
    if (rows.length > 0 || sadf === undefined)
      this.#writer.report(time?.ns ?? Number.NaN, interval, sinceBoot);
    else this.#writer.moment(time?.ns ?? Number.NaN);
    this.#writer.decimals(printedDecimals(text));
    this.#reports++;
    for (const row of rows) this.#disk(row);
    this.#cpu(element);
    return true;
  }

  #disk(row: Json): void {
    const name = row.disk_device ?? row['disk-device'];
    const cells = Object.entries(row).filter(
      ([key, value]) => isKnownColumn(key) && typeof value === 'number',
    );
    const columns = columnsOf(cells.map(([key]) => key));
    if (typeof name === 'string')
      this.#writer.row(
        name,
        columns,
        cells.map(([, value]) => decimalText(value as number)),
      );
  }

  #cpu(element: Json): void {
    const states = [element['avg-cpu'], ...rowsOf(element['cpu-load'])].find(
      (each) => typeof each === 'object' && each !== null && ((each as Json).cpu ?? 'all') === 'all',
    ) as Json | undefined;
    if (states === undefined) return;
    for (const state of cpuStates) {
      if (typeof states[state] === 'number') this.#writer.cpu(state, (states[state] as number) / 100);
    }
    this.#out.counts.records++;
  }
}

function rowsOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter((row) => typeof row === 'object' && row !== null) : [];
}

/** Digits behind the point, from the text: a number read has forgotten its zeros. */
function printedDecimals(text: string): number {
  let most = 0;
  for (const [, digits = ''] of text.matchAll(/:\s*-?\d+\.(\d+)/g)) most = Math.max(most, digits.length);
  return most;
}

function decimalText(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(6) : text;
}

/** Index behind the brace that closes the object at `from`, or −1. */
function objectEnd(bytes: Uint8Array, from: number): number {
  let depth = 0;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = stringEnd(bytes, at);
      if (at < 0) return -1;
    } else if (byte === OPEN) depth++;
    else if (byte === CLOSE && --depth === 0) return at + 1;
  }
  return -1;
}

/** Index of the quote that closes the string at `from`, or −1. */
function stringEnd(bytes: Uint8Array, from: number): number {
  for (let at = from + 1; at < bytes.length; at++) {
    if (bytes[at] === ESCAPE) at++;
    else if (bytes[at] === QUOTE) return at;
  }
  return -1;
}
