import type { TraceBuilder } from '../../../model/trace-builder.ts';
import { latin1 } from '../../bytes.ts';
import { dateOrder, readDate, readWallTime } from '../wall-time.ts';
import { stateOf } from './cpu-columns.ts';
import { Gauges } from './gauges.ts';
import { Moments } from './moments.ts';
import { fileMpstatRow, type MpstatTable } from './mpstat-row.ts';

type Json = Readonly<Record<string, unknown>>;

/** Tables of mpstat -o JSON, and their names in its text form. */
const tables: Readonly<Record<string, MpstatTable>> = {
  'cpu-load': 'cpu',
  'node-load': 'node',
  'sum-interrupts': 'interrupts',
  'individual-interrupts': 'irq',
  'soft-interrupts': 'softirq',
};

/** Whether JSON of sysstat is mpstat's: the times of its reports are texts, those of sadf are objects. */
export function isMpstatJson(head: string): boolean {
  const found = /"timestamp"\s*:\s*"[^"]*"\s*,\s*"([a-z-]+)"/.exec(head);
  return found !== null && tables[found[1] ?? ''] !== undefined;
}

/** Reads the reports of one file of mpstat -o JSON, in order. */
export class MpstatJson {
  readonly #out: TraceBuilder;
  readonly #gauges: Gauges;
  readonly #moments = new Moments();
  readonly #single: boolean;
  #many = 0;
  #first = Number.NaN;
  #last = Number.NaN;

  /** `bytes`: the whole file. */
  constructor(out: TraceBuilder, bytes: Uint8Array) {
    this.#out = out;
    this.#gauges = new Gauges(out);
    const text = latin1(bytes, 0, bytes.length);
    const date = /"date"\s*:\s*"([^"]*)"/.exec(text)?.[1] ?? '';
    this.#moments.begin(readDate(date, dateOrder([date])) ?? 0);
    // One report is of one interval, or since boot: nothing in the file tells which.
    this.#single = text.split('"timestamp"', 3).length < 3;
  }

  /** False when nothing in it could be read. */
  report(element: Json): boolean {
    const printed = readWallTime(String(element.timestamp ?? ''), 'month first');
    if (printed === undefined) return false;
    this.#out.clock = 'wall';
    const time = this.#moments.at(printed.ns);
    const moment = { time, sinceBoot: this.#single };
    const kinds: MpstatTable[] = [];
    for (const [key, kind] of Object.entries(tables)) {
      for (const row of objectsOf(element[key])) {
        const of = String(row.cpu ?? row.node ?? '');
        if (!/^(?:all|\d+)$/.test(of)) continue;
        const cells = cellsOf(kind, row);
        const [columns, values] = [cells.map(([name]) => name), cells.map(([, value]) => value)];
        const kept = fileMpstatRow(this.#gauges, moment, kind, of, columns, values);
        if (kept) this.#out.counts.records++;
        else this.#out.counts.ignored++;
        if (kinds.at(-1) !== kind) kinds.push(kind);
      }
    }
    this.#interval(time, kinds);
    return kinds.length > 0;
  }

  /** The first report has no begin: it is as long as the second. */
  #interval(time: number, kinds: readonly MpstatTable[]): void {
    this.#many++;
    if (this.#many === 1) this.#first = time;
    else
      for (const kind of kinds) {
        const length = time - this.#last;
        if (this.#many === 2) this.#gauges.interval(this.#first, `mpstat ${kind}`, length);
        this.#gauges.interval(time, `mpstat ${kind}`, length);
      }
    this.#last = time;
  }
}

function objectsOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter((row) => typeof row === 'object' && row !== null) : [];
}

/** Names and values of one row, under the names of columns. */
function cellsOf(kind: MpstatTable, row: Json): [string, number][] {
  if (kind === 'interrupts') return typeof row.intr === 'number' ? [['intr/s', row.intr]] : [];
  if (kind === 'cpu' || kind === 'node')
    return Object.entries(row).flatMap(([name, value]): [string, number][] =>
      typeof value === 'number' && stateOf(name) !== undefined ? [[name, value]] : [],
    );
  return objectsOf(row.intr).flatMap(({ name, value }): [string, number][] =>
    typeof name === 'string' && typeof value === 'number' ? [[name, value]] : [],
  );
}
