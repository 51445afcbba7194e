import type { TraceBuilder } from '../../model/trace-builder.ts';
import { HASH, latin1, lineEnd, trimEnd, utf8 } from '../bytes.ts';
import { type Column, columnOf, columnsOf } from './disk/columns.ts';
import { readPrinted } from './disk/printed-number.ts';
import { ReportWriter } from './disk/report-writer.ts';
import type { Importer } from './importer.ts';
import { readWallTime } from './wall-time.ts';

const head = /^# hostname;interval;timestamp;/;
/** Columns of a line before those of its activity. */
const FIXED = 3;
const cpuColumn = /^%(user|usr|nice|system|sys|iowait|steal|idle)$/;
const longNames: Readonly<Record<string, string>> = { usr: 'user', sys: 'system' };

/** `sadf -d`: lines of `;`, a header before each activity. Disks and CPU are read, the rest is counted. */
export const sadf: Importer = {
  id: 'sadf',
  title: 'sadf -d: disks and CPU of a sar archive',
  captureWith: 'sadf -d /var/log/sysstat/sa24 -- -d -u > sadf.txt',
  sniff: (bytes) => (head.test(latin1(bytes, 0, Math.min(bytes.length, 40))) ? 'yes' : 'no'),
  isRecordStart: (bytes, at) => bytes[at] === HASH,
  open(out) {
    const reader = new SadfReader(out);
    return (bytes, offset) => reader.parse(bytes, offset);
  },
};

class SadfReader {
  readonly #out: TraceBuilder;
  readonly #writer: ReportWriter;
  #names: readonly string[] = [];
  #columns: readonly (Column | undefined)[] = [];
  /** Time as printed of the report being read. */
  #stamp = '';
  /** Whose archive it is stands on every line: it is filed once, with the start of the file. */
  #named = true;

  constructor(out: TraceBuilder) {
    this.#out = out;
    this.#writer = new ReportWriter(out);
  }

  parse(bytes: Uint8Array, offset: number): void {
    if (offset === 0) this.#named = false;
    for (let at = 0; at < bytes.length; ) {
      const stop = lineEnd(bytes, at);
      const line = utf8(bytes, at, trimEnd(bytes, at, stop));
      if (line !== '' && !this.#line(line)) this.#out.skip(at + offset);
      at = stop + 1;
    }
  }

  #line(line: string): boolean {
    const cells = line.split(';');
    if (line.startsWith('#')) {
      this.#names = cells.slice(FIXED);
      this.#columns = columnsOf(this.#names);
      this.#stamp = '';
      return head.test(line);
    }
    // host;-1;time;LINUX-RESTART	(2 CPU), or COM and a comment.
    if (cells[1] === '-1' || /^(?:LINUX-RESTART|COM)\b/.test(cells[FIXED] ?? '')) {
      this.#out.counts.ignored++;
      return true;
    }
    if (cells.length !== this.#names.length + FIXED) return false;
    const [host = '', interval = '', stamp = ''] = cells;
    const time = timeOf(stamp);
    const seconds = readPrinted(interval);
    if (time === undefined || seconds === undefined) return false;
    if (!this.#named) this.#out.fact('hostname', host);
    this.#named = true;
    this.#out.clock = time.zone ? 'realtime' : 'wall';
    const values = cells.slice(FIXED);
    const deviceAt = this.#names.indexOf('DEV');
    if (deviceAt >= 0 && this.#names.some((name) => columnOf(name) !== undefined)) {
      if (stamp !== this.#stamp) this.#writer.report(time.ns, seconds.value * 1e9);
      this.#stamp = stamp;
      const without = <Cell>(list: readonly Cell[]): Cell[] => list.filter((_, i) => i !== deviceAt);
      return this.#writer.row(values[deviceAt] ?? '', without(this.#columns), without(values));
    }
    return this.#cpu(time.ns, values);
  }

  /** Only the row of all CPUs, −1. */
  #cpu(time: number, values: readonly string[]): boolean {
    const cpu = this.#names.indexOf('CPU');
    const states = this.#names.map((name) => cpuColumn.exec(name)?.[1]);
    if (cpu < 0 || values[cpu] !== '-1' || states.every((state) => state === undefined)) {
      this.#out.counts.ignored++;
      return true;
    }
    this.#writer.moment(time);
    states.forEach((state, i) => {
      const value = readPrinted(values[i] ?? '')?.value;
      if (state !== undefined && value !== undefined)
        this.#writer.cpu(longNames[state] ?? state, value / 100);
    });
    this.#out.counts.records++;
    return true;
  }
}

/** `2026-11-24 11:19:13 UTC`, the same without a zone (-t), or seconds since 1970 (-U). */
function timeOf(stamp: string): { ns: number; zone: boolean } | undefined {
  if (/^\d{9,}$/.test(stamp)) return { ns: Number(stamp) * 1e9, zone: true };
  return readWallTime(stamp, 'month first');
}
