import type { TraceBuilder } from '../../model/trace-builder.ts';
import { latin1, lineEnd, trimEnd } from '../bytes.ts';
import { ReportWriter } from './disk/report-writer.ts';
import type { Importer } from './importer.ts';
import { readWallTime } from './wall-time.ts';

interface VmstatColumn {
  readonly name: string;
  readonly unit: string;
  readonly scale: number;
}

const KIB = 1024;
const column = (name: string, unit: string, scale = 1): VmstatColumn => ({ name, unit, scale });

/**
 * Columns of vmstat(8). Memory is in KiB and blocks in 1024 bytes unless vmstat -S says otherwise,
 * which its output does not tell.
 */
const columns: Readonly<Record<string, VmstatColumn>> = {
  r: column('runnable tasks', 'tasks'),
  b: column('blocked tasks', 'tasks'),
  swpd: column('memory swapped', 'bytes', KIB),
  free: column('memory free', 'bytes', KIB),
  buff: column('memory buffers', 'bytes', KIB),
  cache: column('memory cache', 'bytes', KIB),
  inact: column('memory inactive', 'bytes', KIB),
  active: column('memory active', 'bytes', KIB),
  si: column('swapped in', 'bytes/s', KIB),
  so: column('swapped out', 'bytes/s', KIB),
  bi: column('read from disks', 'bytes/s', KIB),
  bo: column('written to disks', 'bytes/s', KIB),
  in: column('interrupts', '1/s'),
  cs: column('context switches', '1/s'),
  us: column('cpu share user', 'share', 0.01),
  sy: column('cpu share system', 'share', 0.01),
  id: column('cpu share idle', 'share', 0.01),
  wa: column('cpu share iowait', 'share', 0.01),
  st: column('cpu share steal', 'share', 0.01),
  gu: column('cpu share guest', 'share', 0.01),
};

const groups = /^-*procs-*\s+-+memory-+\s+-+swap-+\s+-+io-+\s/;
const stamp = /\s(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\s*$/;

/** vmstat(8): every second or so, wide or not, with times (-t) or not. Its first line is since boot. */
export const vmstat: Importer = {
  id: 'vmstat',
  title: 'vmstat, best with -t: tasks, memory, swap, blocks, CPU',
  captureWith: 'vmstat -w -t 1 60 > vmstat.txt',
  sniff: (head) => (groups.test(latin1(head, 0, Math.min(head.length, 200))) ? 'yes' : 'no'),
  // A screenful with its header: which columns there are is said nowhere else.
  isRecordStart: (bytes, at) => groups.test(latin1(bytes, at, lineEnd(bytes, at))),
  open(out) {
    const reader = new VmstatReader(out);
    return (bytes, offset) => reader.parse(bytes, offset);
  },
};

class VmstatReader {
  readonly #out: TraceBuilder;
  readonly #writer: ReportWriter;
  #header: readonly string[] = [];
  /** The next row is the first of the file. */
  #first = false;

  constructor(out: TraceBuilder) {
    this.#out = out;
    this.#writer = new ReportWriter(out);
  }

  parse(bytes: Uint8Array, offset: number): void {
    if (offset === 0) this.#first = true;
    for (let at = 0; at < bytes.length; ) {
      const stop = lineEnd(bytes, at);
      const line = latin1(bytes, at, trimEnd(bytes, at, stop));
      if (line.trim() !== '' && !groups.test(line) && !this.#line(line)) this.#out.skip(at + offset);
      at = stop + 1;
    }
  }

  #line(line: string): boolean {
    const words = line.trim().split(/\s+/);
    if (words[0] === 'r' && words.includes('si')) {
      // The name of the time zone stands behind the columns with -t.
      this.#header = words.filter((word) => word in columns);
      return true;
    }
    const cells = words.slice(0, this.#header.length);
    const rest = words.length - this.#header.length;
    const printed = stamp.exec(line)?.[1];
    const isRow = cells.length > 0 && cells.every((cell) => /^\d+$/.test(cell));
    if (!isRow || cells.length < this.#header.length || rest !== (printed === undefined ? 0 : 2))
      return false;
    const time = printed === undefined ? undefined : readWallTime(printed, 'month first');
    if (time !== undefined) this.#out.clock = 'wall';
    this.#writer.moment(time?.ns ?? Number.NaN, this.#first);
    this.#first = false;
    cells.forEach((cell, i) => {
      const of = columns[this.#header[i] ?? ''];
      if (of !== undefined) this.#writer.host(of.name, of.unit, Number(cell) * of.scale);
    });
    this.#out.counts.records++;
    return true;
  }
}
