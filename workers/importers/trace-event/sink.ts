import { NO_VCPU } from '../../../model/host-event-tables.ts';
import type { TraceBuilder } from '../../../model/trace-builder.ts';
import { type EventReader, marks, readers } from './readers.ts';

const COLON = 58;

/** The event being read: what its line says before its arguments, and where these lie. */
export class TraceEvent {
  /** ns of the file's clock. */
  time = Number.NaN;
  cpu = 0;
  /** Thread that ran when the event was written, as its line names it. */
  thread = 0;
  /** Ids of that thread; −1 = not printed. */
  pid = -1;
  tid = -1;
  /** 1 = the latency flags say hard or soft interrupt. */
  inInterrupt = 0;
  /** Row of the events table. */
  event = 0;
  /** Stack printed with the event; 0 = none. */
  stack = 0;
  /** Arguments are bytes[from, to). */
  bytes: Uint8Array = new Uint8Array(0);
  from = 0;
  to = 0;
}

/**
 * Files trace events in the tables made for them. Importers of every dialect (tracefs text,
 * trace-cmd report, perf script, trace.dat) fill `event` and call `file`; what the arguments mean
 * is known here only.
 */
export class TraceEventSink {
  readonly out: TraceBuilder;
  readonly event = new TraceEvent();
  /** Reader of each event by the string of its name; undefined = not asked yet, null = none. */
  readonly #readers: (EventReader | null | undefined)[] = [];

  constructor(out: TraceBuilder) {
    this.out = out;
  }

  /**
   * Reads the arguments of the event called string `name` into its own table. False when the event
   * has one and its arguments cannot be understood: then the caller counts a skipped record.
   */
  file(name: number, bytes: Uint8Array, nameStart: number, nameEnd: number): boolean {
    let reader = this.#readers[name];
    if (reader === undefined) {
      let from = nameStart;
      for (let at = nameEnd - 1; at > nameStart; at--) {
        if (bytes[at] === COLON) {
          from = at + 1;
          break;
        }
      }
      reader = readers.get(Buffer.from(bytes.subarray(from, nameEnd)).toString('latin1')) ?? null;
      this.#readers[name] = reader;
    }
    return reader === null || reader(this, this.event);
  }

  /** Whether the arguments of the event called string `name` are read; known once it was filed. */
  hasReader(name: number): boolean {
    return this.#readers[name] != null;
  }

  /** Whether events called string `name` have a row in a table of their own; known once one was filed. */
  hasTable(name: number): boolean {
    const reader = this.#readers[name];
    return reader != null && !marks.has(reader);
  }

  /** Thread of an event's arguments: a name in bytes[from, to) and an id. */
  task(bytes: Uint8Array, from: number, to: number, tid: number): number {
    return this.out.thread(-1, tid, this.out.strings.intern(bytes, from, to), this.event.time);
  }

  switched(prev: number, prevState: number, prevPriority: number, next: number, nextPriority: number): void {
    const { out, event } = this;
    const row = out.switches.add();
    const { columns } = out.switches;
    columns.time[row] = event.time;
    columns.cpu[row] = event.cpu;
    columns.prev[row] = prev;
    columns.prevState[row] = prevState;
    columns.prevPriority[row] = prevPriority;
    columns.next[row] = next;
    columns.nextPriority[row] = nextPriority;
    columns.stack[row] = event.stack;
  }

  woken(wakee: number, priority: number, targetCpu: number, kind: number): void {
    const { out, event } = this;
    const row = out.wakeups.add();
    const { columns } = out.wakeups;
    columns.time[row] = event.time;
    columns.cpu[row] = event.cpu;
    columns.waker[row] = event.thread;
    columns.wakee[row] = wakee;
    columns.priority[row] = priority;
    columns.targetCpu[row] = targetCpu;
    columns.kind[row] = kind;
    columns.inInterrupt[row] = event.inInterrupt;
    columns.stack[row] = event.stack;
  }

  migrated(thread: number, from: number, to: number): void {
    const { out, event } = this;
    const row = out.migrations.add();
    const { columns } = out.migrations;
    columns.time[row] = event.time;
    columns.thread[row] = thread;
    columns.from[row] = from;
    columns.to[row] = to;
  }

  lived(kind: number, thread: number, other: number): void {
    const { out, event } = this;
    const row = out.lifecycle.add();
    const { columns } = out.lifecycle;
    columns.time[row] = event.time;
    columns.kind[row] = kind;
    columns.thread[row] = thread;
    columns.other[row] = other;
  }

  blocked(thread: number, ioWait: number, caller: number): void {
    const { out, event } = this;
    const row = out.blockedReasons.add();
    const { columns } = out.blockedReasons;
    columns.time[row] = event.time;
    columns.thread[row] = thread;
    columns.ioWait[row] = ioWait;
    columns.caller[row] = caller;
  }

  /** A vCPU thread leaves its guest, goes back, or goes on to user space; `kind` of vmTransitionId, reason 0 = none. */
  vmMoved(kind: number, vcpu: number, reason: number): void {
    const { out, event } = this;
    const row = out.vmTransitions.add();
    const { columns } = out.vmTransitions;
    columns.time[row] = event.time;
    columns.cpu[row] = event.cpu;
    columns.thread[row] = event.thread;
    columns.vcpu[row] = Number.isNaN(vcpu) ? NO_VCPU : vcpu;
    columns.kind[row] = kind;
    columns.reason[row] = reason;
  }

  /** A writer of dirty pages is held up: ns planned, ns slept before in the call; pages. */
  heldUp(device: number, pause: number, paused: number, dirty: number, limit: number): void {
    const { out, event } = this;
    const row = out.dirtyPauses.add();
    const { columns } = out.dirtyPauses;
    columns.time[row] = event.time;
    columns.thread[row] = event.thread;
    columns.device[row] = device;
    columns.pause[row] = pause;
    columns.paused[row] = paused;
    columns.dirty[row] = dirty;
    columns.limit[row] = limit;
  }
}
