import { callKindId, NO_DEPTH } from '../../../model/sched-tables.ts';
import { frameKindId } from '../../../model/tables.ts';
import type { TraceBuilder } from '../../../model/trace-builder.ts';
import { HASH, latin1, lineEnd, RETURN, skipBlanks, trimEnd } from '../../bytes.ts';
import { GraphLine } from '../function-graph/graph-line.ts';
import { TraceEventSink } from '../trace-event/sink.ts';
import { EventLine } from './event-line.ts';
import { lossLine } from './loss-line.ts';
import { StackLines } from './stack-lines.ts';

/** Events under which the tracers of the kernel and of trace-cmd write the stack of the event before. */
export const KERNEL_STACK = '<stack trace>';
export const USER_STACK = '<user stack trace>';

/** In place of an event: a stack follows, or the line is of a function tracer, by trace-cmd's names. */
const STACK_BELOW = -1;
const USER_STACK_BELOW = -2;
const FUNCTION = -3;
const GRAPH = -4;
const specialEvents: ReadonlyMap<string, number> = new Map([
  ['kernel_stack', STACK_BELOW],
  ['user_stack', USER_STACK_BELOW],
  ['function', FUNCTION],
  ['funcgraph_entry', GRAPH],
  ['funcgraph_exit', GRAPH],
]);
const LONGEST_NAME = 16;
const QUOTE = 34;
const BACKSLASH = 92;

/** Reads the text of tracefs' `trace` and `trace_pipe`, and of `trace-cmd report`. One per file range. */
export class FtraceParser {
  readonly #out: TraceBuilder;
  readonly #sink: TraceEventSink;
  readonly #line = new EventLine();
  readonly #probe = new EventLine();
  readonly #graph = new GraphLine();
  readonly #stack: StackLines;
  /** Text around the events is expected: an HTML page holds the trace. */
  readonly #wrapped: boolean;
  readonly #everyEvent: boolean;
  /** Row of the events table by string of the name as printed, for names and for system calls. */
  readonly #events: number[] = [];
  readonly #entries: number[] = [];
  readonly #exits: number[] = [];
  /** A stack is being read; the sample to file when it ends. */
  #open = false;
  #event = 0;
  /** What the line before was: lines that follow a note somebody wrote may be the rest of it. */
  #afterText = false;
  #afterMark = false;
  #noteStart = 0;
  #marks = 0;
  /** Start of a line that may be the first part of a task name; −1 = none. */
  #held = -1;
  #heldOffset = 0;
  /** Losses whose CPU has had no event since. */
  #pending: { cpu: number; kind: number; count: number }[] = [];

  constructor(out: TraceBuilder, wrapped: boolean, everyEvent: boolean) {
    this.#everyEvent = everyEvent;
    this.#out = out;
    this.#sink = new TraceEventSink(out);
    this.#stack = new StackLines(out);
    this.#wrapped = wrapped;
  }

  parse(bytes: Uint8Array, offset: number): void {
    for (let at = 0; at < bytes.length; ) {
      const stop = lineEnd(bytes, at);
      let start = at;
      let end = stop;
      while (end > start && (bytes[end - 1] === RETURN || bytes[end - 1] === 32)) end--;
      if (bytes[start] === QUOTE && bytes[end - 1] === QUOTE) {
        start++;
        end--;
      } else if (bytes[end - 1] === BACKSLASH && bytes[end - 2] === 110 && bytes[end - 3] === BACKSLASH)
        end -= 3;
      at = end > start ? this.#read(bytes, start, end, stop, offset) : stop + 1;
    }
    this.#finishStack();
    this.#dropHeld();
    this.#afterMark = false;
    for (const { cpu, kind, count } of this.#pending) this.#loss(cpu, kind, count, Number.NaN);
    this.#pending = [];
  }

  /** Reads the line bytes[start, end), which ends at `stop`; where the next one begins. */
  #read(bytes: Uint8Array, start: number, end: number, stop: number, offset: number): number {
    if (this.#open) {
      if (StackLines.isLine(bytes, start, end)) {
        this.#stack.add(bytes, start, end);
        return stop + 1;
      }
      this.#finishStack();
    }
    const line = this.#line;
    if (bytes[start] !== HASH && line.read(bytes, start, end)) {
      // A task name may hold a newline: what stood alone on the line before is its first part.
      if (this.#held >= 0 && line.nameEnd - this.#held <= LONGEST_NAME) line.nameStart = this.#held;
      else this.#dropHeld();
      this.#held = -1;
      for (let to = stop; ; ) {
        if (this.#file(bytes)) return to + 1;
        // So may the names among the arguments.
        const next = to < bytes.length ? lineEnd(bytes, to + 1) : to;
        if (next === to || next - stop > LONGEST_NAME * 8 || this.#isEvent(bytes, to + 1, next)) break;
        line.restEnd = trimEnd(bytes, line.restStart, next);
        to = next;
      }
      this.#out.skip(start + offset);
      return stop + 1;
    }
    this.#dropHeld();
    // trace-cmd puts the name of an instance or a file before the lines of each.
    const behind = behindLabel(bytes, start, end);
    if (behind > 0 && (this.#isEvent(bytes, behind, end) || lossLine(bytes, behind, end) !== undefined)) {
      return this.#read(bytes, behind, end, stop, offset);
    }
    if (this.#aside(bytes, start, end)) return stop + 1;
    this.#heldOffset = start + offset;
    if (mayBeName(bytes, start, end)) this.#held = skipBlanks(bytes, start, end);
    else this.#out.skip(this.#heldOffset);
    return stop + 1;
  }

  #isEvent(bytes: Uint8Array, start: number, end: number): boolean {
    return this.#probe.read(bytes, start, trimEnd(bytes, start, end));
  }

  /** The line held back was no beginning of a name after all. */
  #dropHeld(): void {
    if (this.#held >= 0) this.#out.skip(this.#heldOffset);
    this.#held = -1;
  }

  /** Files the line just read; false when its arguments cannot be understood. */
  #file(bytes: Uint8Array): boolean {
    const line = this.#line;
    const out = this.#out;
    const { event } = this.#sink;
    if (line.isTicks) out.clock = 'ticks';
    if (this.#pending.length > 0) this.#settle(line.cpu, line.time);
    event.time = line.time;
    event.cpu = line.cpu;
    event.pid = line.tgid;
    event.tid = line.tid;
    event.inInterrupt = line.inInterrupt;
    const name = out.strings.intern(bytes, line.nameStart, line.nameEnd);
    event.thread = out.thread(line.tgid, line.tid, name, line.time);
    this.#afterText = false;
    this.#afterMark = false;
    switch (line.kind) {
      case 'function':
        this.#function(bytes);
        return true;
      case 'stack':
      case 'user-stack':
        this.#beginStack(line.kind === 'user-stack');
        return true;
      case 'syscall-enter':
        this.#sample(this.#callEvent(bytes, this.#entries, 'sys_enter_'));
        return true;
      case 'syscall-exit':
        this.#sample(this.#callEvent(bytes, this.#exits, 'sys_exit_'));
        return true;
      default:
        return this.#named(bytes);
    }
  }

  #named(bytes: Uint8Array): boolean {
    const line = this.#line;
    const out = this.#out;
    const { event } = this.#sink;
    const name = out.strings.intern(bytes, line.eventStart, line.eventEnd);
    let id = this.#events[name];
    if (id === undefined) {
      // trace-cmd's names for what the kernel prints as `<stack trace>`.
      const text = latin1(bytes, line.eventStart, line.eventEnd);
      id = specialEvents.get(text) ?? out.events.intern({ name });
      this.#events[name] = id;
    }
    if (id < 0) return this.#special(bytes, id);
    event.event = id;
    event.bytes = bytes;
    event.from = line.restStart;
    event.to = line.restEnd;
    if (!this.#sink.file(name, bytes, line.eventStart, line.eventEnd)) return false;
    this.#afterText = !this.#sink.hasReader(name);
    this.#afterMark = out.marks.length > this.#marks;
    this.#noteStart = line.restStart;
    this.#marks = out.marks.length;
    if (this.#everyEvent || !this.#sink.hasTable(name)) this.#sample(id);
    else out.countEvent(id);
    return true;
  }

  #special(bytes: Uint8Array, id: number): boolean {
    const line = this.#line;
    if (id === FUNCTION) {
      // `callee <-- caller`.
      const arrow = bytes.indexOf(60, line.restStart);
      if (arrow < 0 || arrow >= line.restEnd) return false;
      line.eventStart = line.restStart;
      line.eventEnd = arrow - 1;
      line.restStart = skipBlanks(bytes, bytes[arrow + 2] === 45 ? arrow + 3 : arrow + 2, line.restEnd);
      this.#function(bytes);
      return true;
    }
    if (id === GRAPH) return this.#graphLine(bytes);
    this.#beginStack(id === USER_STACK_BELOW);
    return true;
  }

  /** `+ 12.3 us | }`: what trace-cmd report prints of function_graph behind a line's beginning. */
  #graphLine(bytes: Uint8Array): boolean {
    const graph = this.#graph;
    if (!graph.readShort(bytes, this.#line.restStart, this.#line.restEnd)) return false;
    if (graph.kind === 'event' || graph.kind === 'nothing') return true;
    const frame = graph.nameEnd > graph.nameStart ? this.#frame(bytes, graph.nameStart, graph.nameEnd) : 0;
    this.#call(callKindId[graph.kind], frame, 0, graph.depth, graph.duration);
    return true;
  }

  #callEvent(bytes: Uint8Array, known: number[], prefix: string): number {
    const line = this.#line;
    const { strings, events } = this.#out;
    const name = strings.intern(bytes, line.eventStart + 4, line.eventEnd);
    known[name] ??= events.intern({
      name: strings.internText(prefix + latin1(bytes, line.eventStart + 4, line.eventEnd)),
    });
    return known[name] as number;
  }

  #sample(id: number): void {
    const { event } = this.#sink;
    this.#out.sample(event.time, event.thread, event.cpu, 0, id, 1);
  }

  #function(bytes: Uint8Array): void {
    const line = this.#line;
    const callee = this.#frame(bytes, line.eventStart, line.eventEnd);
    const caller = this.#frame(bytes, line.restStart, line.restEnd);
    this.#call(callKindId.function, callee, caller, NO_DEPTH, Number.NaN);
  }

  #call(kind: number, frame: number, caller: number, depth: number, duration: number): void {
    const out = this.#out;
    const row = out.calls.add();
    const { columns } = out.calls;
    columns.time[row] = this.#line.time;
    columns.cpu[row] = this.#line.cpu;
    columns.thread[row] = this.#sink.event.thread;
    columns.kind[row] = kind;
    columns.frame[row] = frame;
    columns.caller[row] = caller;
    columns.depth[row] = depth;
    columns.duration[row] = duration;
    out.counts.records++;
  }

  /** `name`, `name+0x12/0x34`, `name [module]`. */
  #frame(bytes: Uint8Array, from: number, end: number): number {
    let to = from;
    while (to < end && bytes[to] !== 43 && bytes[to] !== 32) to++;
    const name = this.#out.strings.intern(bytes, from, to);
    return this.#out.frames.intern({ name, kind: frameKindId.kernel });
  }

  #beginStack(isUser: boolean): void {
    this.#open = true;
    const { events, strings } = this.#out;
    this.#event = events.intern({ name: strings.internText(isUser ? USER_STACK : KERNEL_STACK) });
    this.#stack.begin(isUser);
  }

  #finishStack(): void {
    if (!this.#open) return;
    this.#open = false;
    const { event } = this.#sink;
    this.#out.sample(event.time, event.thread, event.cpu, this.#stack.finish(), this.#event, 1);
  }

  /** Lines that are no events: comments, losses, what trace-cmd says of the file. */
  #aside(bytes: Uint8Array, start: number, end: number): boolean {
    const loss = lossLine(bytes, start, end);
    if (loss !== undefined) {
      this.#pending.push(loss);
      if (loss.count > 0) this.#out.counts.lost += loss.count;
      return true;
    }
    if (bytes[start] === HASH) {
      this.#comment(latin1(bytes, start, end));
      return true;
    }
    const said = /^(version|cpus)\s*=\s*(\d+)$/.exec(latin1(bytes, skipBlanks(bytes, start, end), end));
    if (said?.[1] !== undefined && said[2] !== undefined) {
      if (said[1] === 'cpus') this.#out.fact('nrcpus online', said[2]);
      return true;
    }
    if (this.#afterMark) {
      // A note of several lines is one note.
      const { text } = this.#out.marks.columns;
      text[this.#out.marks.length - 1] = this.#out.strings.intern(bytes, this.#noteStart, end);
      return true;
    }
    // Arguments of an event no one reads, or a page around the trace, may hold any lines.
    if (this.#wrapped || this.#afterText || isAside(bytes, start, end)) {
      this.#out.counts.ignored++;
      return true;
    }
    return false;
  }

  /** `# tracer: nop`, `# entries-in-buffer/entries-written: 567325/647751   #P:2`. */
  #comment(text: string): void {
    const entries = /^# entries-in-buffer\/entries-written: (\d+)\/(\d+)\s+#P:(\d+)/.exec(text);
    if (entries !== null) {
      this.#out.fact('entries in buffer', entries[1] ?? '');
      this.#out.fact('entries written', entries[2] ?? '');
      this.#out.fact('nrcpus online', entries[3] ?? '');
    }
    const kernel = /^# \w+ latency trace v\S+ on (\S+)/.exec(text);
    if (kernel?.[1] !== undefined) this.#out.fact('os release', kernel[1]);
    const tracer = /^# tracer: (\w+)/.exec(text);
    if (tracer?.[1] !== undefined) this.#out.fact('tracer', tracer[1]);
  }

  #settle(cpu: number, time: number): void {
    this.#pending = this.#pending.filter((loss) => {
      if (loss.cpu !== cpu) return true;
      this.#loss(cpu, loss.kind, loss.count, time);
      return false;
    });
  }

  #loss(cpu: number, kind: number, count: number, time: number): void {
    const row = this.#out.losses.add();
    const { columns } = this.#out.losses;
    columns.time[row] = time;
    columns.cpu[row] = cpu;
    columns.kind[row] = kind;
    columns.count[row] = count;
  }
}

/** Behind `label: `, a word and a colon at the beginning of a line; 0 = there is none. */
export function behindLabel(bytes: Uint8Array, start: number, end: number): number {
  const colon = bytes.indexOf(58, start);
  if (colon <= start || colon + 2 >= end || bytes[colon + 1] !== 32) return 0;
  for (let at = start; at < colon; at++) if (bytes[at] === 32) return 0;
  return colon - start <= 64 ? colon + 2 : 0;
}

/** Whether a line may be the beginning of a task name that holds a newline: short, and no other thing. */
export function mayBeName(bytes: Uint8Array, start: number, end: number): boolean {
  const from = skipBlanks(bytes, start, end);
  return (
    end - from > 0 &&
    end - from < LONGEST_NAME &&
    bytes[from] !== HASH &&
    !StackLines.isLine(bytes, start, end)
  );
}

/** `CPU 3 is empty`, `"to_ftrace(id)"` of query outputs, a line of blanks. */
function isAside(bytes: Uint8Array, start: number, end: number): boolean {
  const text = latin1(bytes, start, trimEnd(bytes, start, end)).trim();
  return text === '' || /^(?:CPU \d+ is empty|to_ftrace\(id\)|line|trace-cmd version \S+.*)$/.test(text);
}
