import type { TraceBuilder } from '../../model/trace-builder.ts';
import { latin1, lineEnd, trimEnd, utf8 } from '../bytes.ts';
import { fileBanner, readBanner } from './disk/banner.ts';
import { type Column, columnsOf, isKnownColumn } from './disk/columns.ts';
import { readPrinted } from './disk/printed-number.ts';
import { ReportWriter } from './disk/report-writer.ts';
import type { Importer } from './importer.ts';
import { type DateOrder, dateOrder, NS_PER_DAY, readDate, readWallTime } from './wall-time.ts';

/** A line of sar: time of day, then columns. `Average:` is translated in some locales. */
const timed = /^(\d{1,2}:\d{2}:\d{2}(?: [AaPp][Mm])?)\s+(\S.*)$/;
const cpuColumn = /^%(user|usr|nice|system|sys|iowait|steal|idle)$/;
const longNames: Readonly<Record<string, string>> = { usr: 'user', sys: 'system' };

/**
 * Text of `sar -d`, with -p or not, among other activities or not. The device column is first until
 * sysstat 12.3 and last with -p from then on. Times are of the day: the date is the banner's.
 */
export const sar: Importer = {
  id: 'sar',
  title: 'sar -d text (and the CPU lines of sar -u beside it)',
  captureWith: 'LC_ALL=C sar -d -p 1 60 > sar.txt',
  sniff: (head) => (sniff(latin1(head, 0, head.length)) ? 'yes' : 'no'),
  open(out) {
    const reader = new SarReader(out);
    return (bytes, offset) => reader.parse(bytes, offset);
  },
};

/** A header with a time, DEV and columns of disks; in the lines of a banner, or alone. */
function sniff(text: string): boolean {
  if (!text.startsWith('Linux ') && timed.exec(text.trimStart().split('\n', 1)[0] ?? '') === null)
    return false;
  return text.split('\n', 20_000).some((line) => isDiskHeader(timed.exec(line.trim())?.[2] ?? ''));
}

function isDiskHeader(columns: string): boolean {
  const words = columns.split(/\s+/);
  return words.includes('DEV') && words.filter(isKnownColumn).length >= 4;
}

type Table =
  | { readonly kind: 'disk'; readonly at: number; readonly columns: readonly (Column | undefined)[] }
  | { readonly kind: 'cpu'; readonly at: number; readonly states: readonly (string | undefined)[] }
  | { readonly kind: 'other' };

/** Reads a file as a whole: times of the day tell the day only from the ones before. */
class SarReader {
  readonly #out: TraceBuilder;
  readonly #writer: ReportWriter;
  #order: DateOrder = 'month first';
  #day = 0;
  /** Midnight of the day the rows have come to: within a table times only rise. */
  #today = 0;
  /** The averages of a table were read: the next header begins another activity. */
  #ended = true;
  #table: Table = { kind: 'other' };
  /** ns of the moment before: the header's time begins the first interval. */
  #last = Number.NaN;
  #interval = 0;
  #reported = Number.NaN;

  constructor(out: TraceBuilder) {
    this.#out = out;
    this.#writer = new ReportWriter(out);
  }

  parse(bytes: Uint8Array, offset: number): void {
    for (let at = 0; at < bytes.length; ) {
      const stop = lineEnd(bytes, at);
      const line = utf8(bytes, at, trimEnd(bytes, at, stop)).trim();
      if (line !== '' && !this.#line(line)) this.#out.skip(at + offset);
      at = stop + 1;
    }
  }

  #line(line: string): boolean {
    const banner = readBanner(line);
    if (banner !== undefined) {
      fileBanner(this.#out, banner);
      this.#order = dateOrder([banner.date]);
      this.#day = readDate(banner.date, this.#order) ?? 0;
      this.#today = this.#day;
      return true;
    }
    const found = timed.exec(line);
    if (found === null || /\bLINUX RESTART\b/.test(line)) {
      const isAverage = /^\p{L}+\.?\s?:\s/u.test(line);
      if (isAverage) this.#ended = true;
      if (!isAverage && found === null) return false;
      this.#out.counts.ignored++;
      return true;
    }
    const [, stamp = '', rest = ''] = found;
    const words = rest.split(/\s+/);
    const time = readWallTime(stamp, this.#order)?.ns;
    if (time === undefined) return false;
    return isHeader(words) ? this.#header(time, words) : this.#row(time, words);
  }

  #header(time: number, words: readonly string[]): boolean {
    const cpu = words.indexOf('CPU');
    if (isDiskHeader(words.join(' '))) {
      const at = words.indexOf('DEV');
      this.#table = { kind: 'disk', at, columns: columnsOf(words.filter((_, i) => i !== at)) };
    } else if (cpu >= 0 && words.some((word) => cpuColumn.test(word))) {
      const states = words.map((word) => cpuColumn.exec(word)?.[1]);
      this.#table = { kind: 'cpu', at: cpu, states };
    } else this.#table = { kind: 'other' };
    // Every activity tells the same time again; within one, headers are repeated every screen.
    if (this.#ended) this.#today = this.#day;
    else if (this.#today + time < this.#last) this.#today += NS_PER_DAY;
    this.#last = this.#today + time;
    this.#ended = false;
    return true;
  }

  #row(timeOfDay: number, words: readonly string[]): boolean {
    const table = this.#table;
    let time = this.#today + timeOfDay;
    if (time < this.#last) {
      this.#today += NS_PER_DAY;
      time += NS_PER_DAY;
    }
    if (time > this.#last) {
      this.#interval = time - this.#last;
      this.#last = time;
    }
    this.#out.clock = 'wall';
    if (table.kind === 'other') {
      this.#out.counts.ignored++;
      return true;
    }
    if (table.kind === 'cpu') return this.#cpu(time, table, words);
    if (words.length !== table.columns.length + 1) return false;
    if (time !== this.#reported) this.#writer.report(time, this.#interval);
    this.#reported = time;
    return this.#writer.row(
      words[table.at] ?? '',
      table.columns,
      words.filter((_, i) => i !== table.at),
    );
  }

  #cpu(time: number, { at, states }: Extract<Table, { kind: 'cpu' }>, words: readonly string[]): boolean {
    if (words[at] !== 'all') {
      this.#out.counts.ignored++;
      return true;
    }
    this.#writer.moment(time);
    states.forEach((state, i) => {
      const value = readPrinted(words[i] ?? '')?.value;
      if (state !== undefined && value !== undefined)
        this.#writer.cpu(longNames[state] ?? state, value / 100);
    });
    this.#out.counts.records++;
    return true;
  }
}

/** Every word but numbers: a header names its columns. */
function isHeader(words: readonly string[]): boolean {
  return words.every((word) => readPrinted(word) === undefined);
}
