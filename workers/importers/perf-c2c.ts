import { c2cTotals } from '../../model/c2c-series.ts';
import { RECORDER } from '../../model/device-series.ts';
import type { TraceBuilder } from '../../model/trace-builder.ts';
import { latin1, lineEnd, utf8 } from '../bytes.ts';
import { type LineTotals, readAccess, readLineTotals } from './c2c/access-table.ts';
import { type C2cColumn, columnsOf, isRuler } from './c2c/columns.ts';
import { readLineRow } from './c2c/line-table.ts';
import type { Importer } from './importer.ts';

const LINES = 'Shared Data Cache Line Table';
const PARETO = 'Shared Cache Line Distribution Pareto';
const LONGEST_TOTAL = 200;
const total = /^\s*([A-Z][\w ]*?)\s*:\s*(\d+)\s*$/;

/** `perf c2c report --stdio` (perf-c2c(1)): lines of cache that cores take from each other, and who touches them where. */
export const perfC2c: Importer = {
  id: 'perf-c2c',
  title: 'perf c2c report --stdio: false sharing',
  captureWith: 'perf c2c record -a -- sleep 10 && perf c2c report --stdio > c2c.txt',
  sniff(head) {
    const text = latin1(head, 0, Math.min(head.length, 16_384));
    return new RegExp(`(?:^|\\n)\\s*(?:${LINES}|${PARETO})\\s*\\n`).test(text) ? 'yes' : 'no';
  },
  open(out) {
    const reader = new C2cReader(out);
    return (bytes, offset) => reader.parse(bytes, offset);
  },
};

class C2cReader {
  readonly #out: TraceBuilder;
  #table: 'totals' | 'lines' | 'accesses' | 'rest' = 'totals';
  #columns: readonly C2cColumn[] = [];
  #totals: LineTotals | undefined;
  /** The two lines before: what stands above a ruler. */
  #above: [string, string] = ['', ''];
  /** A ruler of dashes was the line before. */
  #dashes = false;

  constructor(out: TraceBuilder) {
    this.#out = out;
  }

  parse(bytes: Uint8Array, offset: number): void {
    for (let at = 0; at < bytes.length; ) {
      const stop = lineEnd(bytes, at);
      // Columns are told by where they stand: nothing is trimmed in front.
      if (!this.#line(utf8(bytes, at, stop).trimEnd())) this.#out.skip(at + offset);
      at = stop + 1;
    }
  }

  #line(line: string): boolean {
    const title = line.trim();
    const above = this.#above;
    this.#above = [above[1], line];
    if (title === LINES || title === PARETO) {
      this.#table = title === LINES ? 'lines' : 'accesses';
      this.#columns = [];
      return true;
    }
    if (isRuler(line)) {
      this.#columns = columnsOf(above[0], above[1], line);
      return true;
    }
    const wasDashes = this.#dashes;
    this.#dashes = /^-{20,}$/.test(title);
    if (this.#dashes || title === '' || title.startsWith('#') || /^=+$/.test(title)) return true;
    if (this.#table === 'totals') return this.#total(line);
    if (this.#columns.length === 0) return true;
    if (this.#table === 'lines') return readLineRow(this.#out, line, this.#columns);
    // Dashes stand above the line's totals, and between them and its accesses.
    const totals = wasDashes ? readLineTotals(line, this.#columns) : undefined;
    if (totals !== undefined) {
      this.#totals = totals;
      return true;
    }
    return this.#totals !== undefined && readAccess(this.#out, line, this.#columns, this.#totals);
  }

  #total(line: string): boolean {
    const [, name = '', value = ''] = (line.length > LONGEST_TOTAL ? null : total.exec(line)) ?? [];
    const series = c2cTotals[name];
    if (series !== undefined) this.#out.counter(series, 'samples', RECORDER, '', Number.NaN, Number(value));
    return true;
  }
}
