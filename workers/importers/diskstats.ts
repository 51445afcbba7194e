import { counterSeries, DEVICE, RECORDER, REPORT } from '../../model/device-series.ts';
import type { TraceBuilder } from '../../model/trace-builder.ts';
import { latin1, lineEnd, trimEnd, utf8 } from '../bytes.ts';
import type { Importer, Source } from './importer.ts';
import { snapshotTime } from './snapshot-time.ts';

/** `major minor name` and 11 counters, 15 from Linux 4.18, 17 from 5.5 (Documentation/admin-guide/iostats.rst). */
const line = /^\s*(\d+)\s+(\d+)\s+(\S+)((?:\s+\d+){11,})\s*$/;
/** Linux 2.6 until 2.6.24 printed four counters of partitions. */
const partition = /^\s*\d+\s+\d+\s+\S+(?:\s+\d+){4}\s*$/;
/** A time before a copy: seconds since 1970 or since boot. */
const timeLine = /^(?:@ ?)?(\d+(?:\.\d+)?)$/;
/** Where /proc/diskstats counts in 32 bits, a level below zero reads as this much. */
const UNDERFLOW = 2 ** 31;

/** Copies of /proc/diskstats: one, or one after the other, with a time before each or in snapshot directories. */
export const diskstats: Importer = {
  id: 'diskstats',
  title: '/proc/diskstats, once or repeated with a time before each',
  captureWith: 'for i in $(seq 60); do date +%s.%N; cat /proc/diskstats; sleep 1; done > diskstats.txt',
  sniff: (head) => (sniff(latin1(head, 0, Math.min(head.length, 8192))) ? 'yes' : 'no'),
  isRecordStart: (bytes, at) => timeLine.test(textAt(bytes, at)),
  open(out, source) {
    const reader = new DiskstatsReader(out, source);
    return (bytes, offset) => reader.parse(bytes, offset);
  },
};

function sniff(text: string): boolean {
  const lines = text.split('\n', 4).map((each) => each.replace(/\r$/, ''));
  const rows = timeLine.test(lines[0] ?? '') ? lines.slice(1) : lines;
  return line.test(rows[0] ?? '');
}

function textAt(bytes: Uint8Array, at: number): string {
  return latin1(bytes, at, trimEnd(bytes, at, lineEnd(bytes, at)));
}

class DiskstatsReader {
  readonly #out: TraceBuilder;
  #time = Number.NaN;
  /** Devices of the copy being read: one that comes again begins the next. */
  readonly #seen = new Set<string>();
  #open = false;
  /** Copies begun; the first of the file names the devices. */
  #copies = 0;
  #isBeginning = false;

  constructor(out: TraceBuilder, source: Source) {
    this.#out = out;
    const snapshot = snapshotTime(source.name);
    if (snapshot === undefined) return;
    this.#time = snapshot.mono;
    out.clock = 'mono';
  }

  parse(bytes: Uint8Array, offset: number): void {
    this.#isBeginning ||= offset === 0;
    for (let at = 0; at < bytes.length; ) {
      const stop = lineEnd(bytes, at);
      const text = utf8(bytes, at, trimEnd(bytes, at, stop));
      // The last line of a file that breaks off may lack digits.
      if (text.trim() !== '' && (stop === bytes.length || !this.#line(text))) this.#out.skip(at + offset);
      at = stop + 1;
    }
  }

  #line(text: string): boolean {
    const time = timeLine.exec(text);
    if (time !== null) {
      const seconds = Number(time[1]);
      this.#time = seconds * 1e9;
      this.#out.clock = seconds > 1e9 ? 'realtime' : 'mono';
      this.#open = false;
      return true;
    }
    const found = line.exec(text);
    if (found === null) {
      if (!partition.test(text)) return false;
      this.#out.counts.ignored++;
      return true;
    }
    const [, major = '', minor = '', name = '', numbers = ''] = found;
    if (!this.#open || this.#seen.has(name)) this.#begin();
    this.#seen.add(name);
    if (this.#isBeginning && this.#copies === 1) this.#out.fact(`block device ${major},${minor}`, name);
    const values = numbers.trim().split(/\s+/).map(Number);
    counterSeries.forEach(([series, unit, scale], i) => {
      const value = values[i];
      if (value === undefined) return;
      const isLevel = series === 'in flight';
      const count = isLevel && value >= UNDERFLOW ? 0 : value;
      this.#out.counter(series, unit, DEVICE, name, this.#time, count * scale);
    });
    this.#out.counts.records++;
    return true;
  }

  #begin(): void {
    this.#open = true;
    this.#copies++;
    this.#seen.clear();
    this.#out.counter(REPORT, 'ns', RECORDER, '', this.#time, 0);
  }
}
