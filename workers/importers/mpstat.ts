import type { TraceBuilder } from '../../model/trace-builder.ts';
import { lineEnd, trimEnd, utf8 } from '../bytes.ts';
import { fileBanner, readBanner } from './disk/banner.ts';
import { readPrinted } from './disk/printed-number.ts';
import type { Importer } from './importer.ts';
import { bannerDay } from './sysstat/banner-day.ts';
import { Gauges } from './sysstat/gauges.ts';
import { Moments } from './sysstat/moments.ts';
import { fileMpstatRow, type MpstatTable, mpstatTable } from './sysstat/mpstat-row.ts';
import { readTimedLine, type TimedLine } from './sysstat/timed-line.ts';

/** Lines a head may have before the first table: a prompt, the banner, a blank line. */
const FOREIGN_LINES = 8;
/** Columns of sar -u and of sar -u ALL, which has the states of mpstat in another order. */
const ofSar = /%system|%steal\s+%irq/;

/**
 * Text of mpstat(1), sysstat 7 to 12.7: CPUs, nodes, interrupts. The lines of averages are left out, as they follow
 * from the ones before; without an interval the only report is since boot, and is kept apart.
 */
export const mpstat: Importer = {
  id: 'mpstat',
  title: 'mpstat text: states and interrupts of every CPU',
  captureWith: 'LC_ALL=C mpstat -A 1 60 > mpstat.txt',
  sniff: (head) => (sniff(utf8(head, 0, Math.min(head.length, 16_384))) ? 'yes' : 'no'),
  open(out) {
    const reader = new MpstatReader(out);
    return (bytes, offset) => reader.parse(bytes, offset);
  },
};

/** The first table is one of mpstat. */
function sniff(text: string): boolean {
  const lines = text.split('\n', FOREIGN_LINES).map((line) => line.trim());
  for (const line of lines) {
    const found = readTimedLine(line);
    if (found === undefined || found === 'average') continue;
    return mpstatTable(found.words) !== undefined && !ofSar.test(found.rest);
  }
  return false;
}

interface Table {
  readonly kind: MpstatTable;
  readonly columns: readonly string[];
}

/** Reads a file as a whole: times of the day tell the day only from the ones before. */
class MpstatReader {
  readonly #out: TraceBuilder;
  readonly #gauges: Gauges;
  readonly #moments = new Moments();
  #table: Table | undefined;
  /** ns of the moment before, by sort of table: the header's time, or that of the rows before. */
  readonly #before = new Map<MpstatTable, number>();
  /** ns of the rows an interval was filed for, by sort of table. */
  readonly #filed = new Map<MpstatTable, number>();

  constructor(out: TraceBuilder) {
    this.#out = out;
    this.#gauges = new Gauges(out);
  }

  parse(bytes: Uint8Array, offset: number): void {
    for (let at = 0; at < bytes.length; ) {
      const stop = lineEnd(bytes, at);
      const line = utf8(bytes, at, trimEnd(bytes, at, stop)).trim();
      // A killed mpstat leaves half a line, maybe half a number.
      const torn = stop === bytes.length;
      const banner = readBanner(line);
      if (banner !== undefined) {
        fileBanner(this.#out, banner);
        this.#moments.begin(bannerDay(banner.date, bytes, stop));
        this.#before.clear();
        this.#table = undefined;
      } else if (line !== '' && !this.#line(line, torn)) this.#out.skip(at + offset);
      at = stop + 1;
    }
  }

  #line(line: string, torn: boolean): boolean {
    const found = readTimedLine(line);
    if (found === undefined) return false;
    if (found === 'average' || /\bLINUX RESTART\b/.test(found.rest)) {
      this.#out.counts.ignored++;
      return true;
    }
    const kind = mpstatTable(found.words);
    return kind === undefined ? this.#row(found, torn) : this.#header(kind, found);
  }

  #header(kind: MpstatTable, { time, words }: TimedLine): boolean {
    this.#table = { kind, columns: words.slice(1) };
    this.#before.set(kind, this.#moments.at(time));
    return true;
  }

  #row({ time: timeOfDay, words }: TimedLine, torn: boolean): boolean {
    const table = this.#table;
    if (table === undefined || words.length !== table.columns.length + 1) return false;
    const [of = '', ...cells] = words;
    const printed = cells.map(readPrinted);
    if (!/^(?:all|\d+)$/.test(of) || printed.includes(undefined)) return false;
    if (torn && printed.at(-1)?.decimals !== printed[0]?.decimals) return false;
    const time = this.#moments.at(timeOfDay);
    const before = this.#before.get(table.kind) ?? Number.NaN;
    // Of the table that has no interval both times are those of the call.
    const isNew = this.#filed.get(table.kind) !== time;
    const sinceBoot = time === before && isNew;
    this.#out.clock = 'wall';
    if (isNew && time > before) {
      this.#gauges.interval(time, `mpstat ${table.kind}`, time - before);
      this.#filed.set(table.kind, time);
      // Without a header between, the next rows begin where these end.
      this.#before.set(table.kind, time);
    }
    const values = printed.map((each) => each?.value ?? Number.NaN);
    const kept = fileMpstatRow(this.#gauges, { time, sinceBoot }, table.kind, of, table.columns, values);
    if (kept) this.#out.counts.records++;
    else this.#out.counts.ignored++;
    return true;
  }
}
