import { callKindId, NO_DEPTH } from '../../../model/sched-tables.ts';
import { frameKindId, NO_CPU } from '../../../model/tables.ts';
import type { TraceBuilder } from '../../../model/trace-builder.ts';
import { HASH, latin1, lineEnd, SPACE, trimEnd } from '../../bytes.ts';
import { lossLine } from '../ftrace/loss-line.ts';
import { GraphLine } from './graph-line.ts';

const NEWLINE_OF_DASHES = /^ -+$/;
const taskChange = /^\s*(?:[\d.]+ \|\s*)?(?:(\d+)\)\s*)?(.*\S)-(\d+)\s*=>\s*(.*\S)-(\d+)\s*$/;

/** Reads function_graph text: entries, exits, leaves, changes of task, events printed as comments. */
export class FunctionGraphParser {
  readonly #out: TraceBuilder;
  readonly #line = new GraphLine();

  constructor(out: TraceBuilder) {
    this.#out = out;
  }

  parse(bytes: Uint8Array, offset: number): void {
    for (let at = 0; at < bytes.length; ) {
      const stop = lineEnd(bytes, at);
      const end = trimEnd(bytes, at, stop);
      if (end > at && !this.#read(bytes, at, end)) this.#out.skip(at + offset);
      at = stop + 1;
    }
  }

  #read(bytes: Uint8Array, start: number, end: number): boolean {
    const loss = lossLine(bytes, start, end);
    if (loss !== undefined) {
      this.#row(callKindId.lost, Number.NaN, loss.cpu, 0, 0, NO_DEPTH, Number.NaN);
      if (loss.count > 0) this.#out.counts.lost += loss.count;
      return true;
    }
    if (bytes[start] === HASH) {
      this.#comment(latin1(bytes, start, end));
      return true;
    }
    if (end - start < 80 && NEWLINE_OF_DASHES.test(latin1(bytes, start, end))) return true;
    if (this.#taskChange(bytes, start, end) || this.#overrun(bytes, start, end)) return true;
    const line = this.#line;
    if (!line.read(bytes, start, end)) return false;
    if (line.kind === 'nothing') return true;
    if (line.kind === 'event') {
      this.#event(bytes);
      return true;
    }
    const frame = line.nameEnd > line.nameStart ? this.#frame(bytes, line.nameStart, line.nameEnd) : 0;
    this.#row(
      callKindId[line.kind],
      line.time,
      line.cpu,
      this.#thread(bytes),
      frame,
      line.depth,
      line.duration,
    );
    this.#out.counts.records++;
    return true;
  }

  #thread(bytes: Uint8Array): number {
    const line = this.#line;
    if (line.tid < 0) return 0;
    const name = this.#out.strings.intern(bytes, line.taskStart, line.taskEnd);
    return this.#out.thread(-1, line.tid, name, line.time);
  }

  #taskChange(bytes: Uint8Array, start: number, end: number): boolean {
    const arrow = bytes.indexOf(61, start);
    if (arrow < 0 || arrow + 1 >= end || bytes[arrow + 1] !== 62 || end - start > 120) return false;
    const found = taskChange.exec(latin1(bytes, start, end));
    if (found === null) return false;
    const name = Buffer.from(found[4] ?? '', 'latin1');
    const thread = this.#out.thread(
      -1,
      Number(found[5]),
      this.#out.strings.intern(name, 0, name.length),
      Number.NaN,
    );
    const cpu = found[1] === undefined ? NO_CPU : Number(found[1]);
    this.#row(callKindId['task change'], Number.NaN, cpu, thread, 0, NO_DEPTH, Number.NaN);
    return true;
  }

  /** ` (Overruns: 3)`: calls nested too deep to be recorded. */
  #overrun(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start > 40 || bytes[end - 1] !== 41) return false;
    const found = /^\s*\(Overruns: (\d+)\)$/.exec(latin1(bytes, start, end));
    if (found === null) return false;
    this.#out.counts.lost += Number(found[1]);
    return true;
  }

  /** An event printed as a comment: it is counted, and a sample when the line has a time. */
  #event(bytes: Uint8Array): void {
    const line = this.#line;
    const name = /^([\w.]+):/.exec(latin1(bytes, line.nameStart, line.nameEnd))?.[1];
    if (name === undefined) {
      this.#out.counts.ignored++;
      return;
    }
    const event = this.#out.events.intern({ name: this.#out.strings.internText(name) });
    this.#out.sample(line.time, this.#thread(bytes), line.cpu, 0, event, 1);
  }

  /** `name`, `name [module]`. */
  #frame(bytes: Uint8Array, from: number, to: number): number {
    const { strings, frames } = this.#out;
    let end = from;
    while (end < to && bytes[end] !== SPACE) end++;
    const module = end < to ? strings.intern(bytes, end + 1, to) : 0;
    return frames.intern({ name: strings.intern(bytes, from, end), module, kind: frameKindId.kernel });
  }

  #row(
    kind: number,
    time: number,
    cpu: number,
    thread: number,
    frame: number,
    depth: number,
    duration: number,
  ): void {
    const row = this.#out.calls.add();
    const { columns } = this.#out.calls;
    columns.time[row] = time;
    columns.cpu[row] = cpu;
    columns.thread[row] = thread;
    columns.kind[row] = kind;
    columns.frame[row] = frame;
    columns.depth[row] = depth;
    columns.duration[row] = duration;
  }

  #comment(text: string): void {
    const tracer = /^# tracer: (\w+)/.exec(text)?.[1];
    if (tracer !== undefined) this.#out.fact('tracer', tracer);
    const kernel = /^# \w+ latency trace v\S+ on (\S+)/.exec(text)?.[1];
    if (kernel !== undefined) this.#out.fact('os release', kernel);
  }
}
