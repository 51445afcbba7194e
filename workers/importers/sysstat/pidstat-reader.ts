import { SETTING } from '../../../model/knobs.ts';
import { PROCESS_SINCE_BOOT, THREAD_SINCE_BOOT, taskRate } from '../../../model/printed-series.ts';
import type { TraceBuilder } from '../../../model/trace-builder.ts';
import { lineEnd, trimEnd, utf8 } from '../../bytes.ts';
import { fileBanner, readBanner } from '../disk/banner.ts';
import { readPrinted } from '../disk/printed-number.ts';
import { bannerDay } from './banner-day.ts';
import { Gauges } from './gauges.ts';
import { Moments } from './moments.ts';
import { headersOfOneReport } from './one-report.ts';
import { type PidstatHeader, readPidstatHeader } from './pidstat-columns.ts';
import { readTaskOwner, type TaskOwner } from './task-owner.ts';
import { readTimedLine, type TimedLine } from './timed-line.ts';

/** Largest difference of %CPU from the sum of its parts that rounding makes. */
const ROUNDED = 0.0002;

/** A table that is being read. */
interface Table {
  readonly header: PidstatHeader;
  /** ns its interval begins at; NaN with -h, where only the rows have times. */
  begin: number;
  /** ns of its rows; NaN before the first. */
  end: number;
}

/** Reads a file as a whole: times of the day tell the day only from the ones before. */
export class PidstatReader {
  readonly #out: TraceBuilder;
  readonly #gauges: Gauges;
  readonly #moments = new Moments();
  readonly #names = new Map<string, string>();
  #table: Table | undefined;
  /** Tables without rows whose end is not known yet. */
  readonly #empty: Table[] = [];
  /** Process of the row above. */
  #above = '';
  /** With -h: ns of the tables before, by their headers; the first waits for the second to tell its length. */
  readonly #ends = new Map<string, { first: number; last: number; many: number }>();
  /** With -h: headers that are printed once, so that nothing tells what their rows are of. */
  #single = new Set<string>();

  constructor(out: TraceBuilder) {
    this.#out = out;
    this.#gauges = new Gauges(out);
  }

  parse(bytes: Uint8Array, offset: number): void {
    this.#single = headersOfOneReport(bytes);
    for (let at = 0; at < bytes.length; ) {
      const stop = lineEnd(bytes, at);
      const line = utf8(bytes, at, trimEnd(bytes, at, stop)).trim();
      // A killed pidstat leaves half a line: the command, which is last, may be cut, and so may a number.
      const torn = stop === bytes.length && !/^\p{L}+\.?\s?:\s/u.test(line);
      const banner = readBanner(line);
      if (banner !== undefined) {
        fileBanner(this.#out, banner);
        this.#moments.begin(bannerDay(banner.date, bytes, stop));
        this.#table = undefined;
        this.#empty.length = 0;
      } else if (line !== '' && (torn || !this.#line(line))) this.#out.skip(at + offset);
      at = stop + 1;
    }
  }

  #line(line: string): boolean {
    const found = readTimedLine(line);
    if (found === undefined) return false;
    if (found === 'average') {
      this.#out.counts.ignored++;
      return true;
    }
    const header = readPidstatHeader(found.words);
    return header === undefined ? this.#row(found) : this.#header(header, found);
  }

  #header(header: PidstatHeader, { time }: TimedLine): boolean {
    const begin = Number.isNaN(time) ? Number.NaN : this.#moments.at(time);
    const last = this.#table;
    if (last !== undefined && Number.isNaN(last.end) && !Number.isNaN(last.begin)) this.#empty.push(last);
    this.#settle(begin);
    this.#table = { header, begin, end: Number.NaN };
    this.#above = '';
    return true;
  }

  #row({ time: printed, epoch, words, rest }: TimedLine): boolean {
    const table = this.#table;
    if (table === undefined || words.length <= table.header.names.length) return false;
    const { header } = table;
    const cells = words.slice(0, header.names.length);
    const owner = readTaskOwner(
      cells[header.pid] ?? '',
      header.tid < 0 ? undefined : cells[header.tid],
      textBehind(rest, cells.length),
      this.#above,
    );
    if (owner === undefined) return false;
    const values = header.columns.map((column, i) =>
      column === undefined ? undefined : readPrinted(cells[i] ?? ''),
    );
    if (header.columns.some((column, i) => column !== undefined && values[i] === undefined)) return false;
    this.#out.clock = epoch ? 'realtime' : 'wall';
    const time = epoch ? printed : this.#moments.at(printed);
    if (time !== table.end) this.#moment(table, time);
    this.#above = owner.pid;
    const sinceBoot = time === table.begin || this.#single.has(header.text);
    this.#file(
      time,
      header,
      owner,
      sinceBoot,
      values.map((each) => each?.value ?? Number.NaN),
    );
    this.#out.counts.records++;
    return true;
  }

  /** Nobody did anything in a table without rows: its interval ends at the next time that is told. */
  #settle(time: number): void {
    if (this.#empty.length === 0) return;
    const waiting = this.#empty.splice(0);
    for (const table of waiting) {
      if (time > table.begin) this.#interval(table.header, time, time - table.begin);
      else this.#empty.push(table);
    }
  }

  /** The first row of a table, or the first at a later time below the same header. */
  #moment(table: Table, time: number): void {
    const { header } = table;
    if (Number.isNaN(table.begin)) {
      const ends = this.#ends.get(header.text);
      if (ends === undefined) this.#ends.set(header.text, { first: time, last: time, many: 1 });
      else if (time > ends.last) {
        const length = time - ends.last;
        // The first report has no begin: it is as long as the second.
        if (ends.many === 1) this.#interval(header, ends.first, length);
        this.#interval(header, time, length);
        ends.last = time;
        ends.many++;
      }
    } else {
      const begin = Number.isNaN(table.end) ? table.begin : table.end;
      if (time > begin) this.#interval(header, time, time - begin);
    }
    table.end = time;
    this.#settle(time);
  }

  #interval(header: PidstatHeader, time: number, length: number): void {
    for (const kind of header.kinds) this.#gauges.interval(time, `pidstat ${kind}`, length);
  }

  #file(
    time: number,
    header: PidstatHeader,
    { pid, tid, comm }: TaskOwner,
    sinceBoot: boolean,
    values: readonly number[],
  ): void {
    const [entity, name] =
      tid === undefined
        ? [sinceBoot ? PROCESS_SINCE_BOOT : 'process', pid]
        : [sinceBoot ? THREAD_SINCE_BOOT : 'thread', `${pid}/${tid}`];
    const path = tid === undefined ? `/proc/${pid}/comm` : `/proc/${pid}/task/${tid}/comm`;
    if (this.#names.get(path) !== comm) {
      this.#names.set(path, comm);
      this.#out.fact(SETTING + path, comm);
    }
    const parts = header.columns.reduce(
      (sum, column, i) => (isPart(column?.series) ? sum + (values[i] as number) / 100 : sum),
      0,
    );
    header.columns.forEach((column, i) => {
      const printed = values[i] as number;
      // -1 is what pidstat may not read.
      if (column === undefined || Number.isNaN(printed) || printed < 0) return;
      const value = printed * column.scale;
      // With -I the total is divided by the CPUs of the host, its parts are not.
      const whole = column.series === taskRate.cpu && Math.abs(value - parts) > ROUNDED ? parts : value;
      this.#gauges.add(time, entity, name, column.series, column.unit, whole);
    });
  }
}

function isPart(series: string | undefined): boolean {
  return series === taskRate.user || series === taskRate.system || series === taskRate.guest;
}

/** What stands behind the first words of a line: a command with its blanks. */
function textBehind(text: string, words: number): string {
  let at = 0;
  for (let i = 0; i < words; i++) {
    while (at < text.length && text[at] !== ' ') at++;
    while (text[at] === ' ') at++;
  }
  return text.slice(at);
}
