import type { TraceBuilder } from '../../model/trace-builder.ts';
import { latin1, lineEnd, trimEnd } from '../bytes.ts';
import type { Importer, Source } from './importer.ts';
import { snapshotTime } from './snapshot-time.ts';
import { loadAverageLine, TaskSampleWriter } from './task-samples/writer.ts';

/** A time before the averages, on their line or on one of its own: seconds since 1970 or since boot. */
const timed = /^(?:@ ?)?(\d+(?:\.\d+)?)(?:\s+(.*))?$/;

/** /proc/loadavg, once, or again and again with a time before each. */
export const loadavg: Importer = {
  id: 'loadavg',
  title: '/proc/loadavg, once or repeated with a time before each',
  captureWith: 'while sleep 1; do date +%s.%N; cat /proc/loadavg; done > loadavg.log',
  sniff: (head) => (sniff(latin1(head, 0, Math.min(head.length, 4096))) ? 'yes' : 'no'),
  open(out, source) {
    const reader = new LoadAverageReader(out, source);
    return (bytes, offset) => reader.parse(bytes, offset);
  },
};

function sniff(text: string): boolean {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const [first, second] = lines;
  if (first === undefined || first.length > 120) return false;
  if (loadAverageLine.test(first.trim())) return true;
  const time = timed.exec(first.trim());
  if (time === null) return false;
  return loadAverageLine.test(time[2] ?? second?.trim() ?? '');
}

class LoadAverageReader {
  readonly #out: TraceBuilder;
  readonly #writer: TaskSampleWriter;
  /** ns; NaN = no time was printed before. */
  #time = Number.NaN;

  constructor(out: TraceBuilder, source: Source) {
    this.#out = out;
    this.#writer = new TaskSampleWriter(out);
    const snapshot = snapshotTime(source.name);
    if (snapshot === undefined) return;
    this.#time = snapshot.mono;
    out.clock = 'mono';
    if (snapshot.realtime !== undefined) this.#writer.wallClock(this.#time, snapshot.realtime);
  }

  parse(bytes: Uint8Array, offset: number): void {
    for (let at = 0; at < bytes.length; ) {
      const stop = lineEnd(bytes, at);
      const text = latin1(bytes, at, trimEnd(bytes, at, stop)).trim();
      if (text !== '' && !this.#line(text)) this.#out.skip(at + offset);
      at = stop + 1;
    }
  }

  #line(text: string): boolean {
    if (this.#writer.loadAverage(this.#time, text)) {
      this.#out.counts.records++;
      return true;
    }
    const found = timed.exec(text);
    if (found === null) return false;
    const seconds = Number(found[1]);
    this.#time = seconds * 1e9;
    // Seconds since 1970 are far beyond any uptime.
    this.#out.clock = seconds > 1e9 ? 'realtime' : 'mono';
    return found[2] === undefined || this.#line(found[2]);
  }
}
