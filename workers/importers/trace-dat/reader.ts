import { Problem } from '../../../model/problem.ts';
import { callKindId, NO_DEPTH } from '../../../model/sched-tables.ts';
import { frameKindId, NO_CPU, NO_ID, NO_PRIORITY } from '../../../model/tables.ts';
import type { TraceBuilder } from '../../../model/trace-builder.ts';
import { TraceEventSink } from '../trace-event/sink.ts';
import { stateOfBits } from '../trace-event/task-state.ts';
import { readContainer, type TraceDat } from './container.ts';
import { type EventFormat, parseEventFormat } from './event-format.ts';
import { PrintEvents } from './print-events.ts';
import { EventRecord } from './record.ts';
import { PageReader, pageLayout } from './ring-buffer.ts';
import { stateLetters } from './state-letters.ts';
import { Symbols } from './symbols.ts';
import { fileTableRecord, inTable } from './table-record.ts';

const KERNEL_STACK = '<stack trace>';
const USER_STACK = '<user stack trace>';
/** Clocks that count something else than ns. */
const tickClocks = new Set(['x86-tsc', 'counter', 'uptime']);
const IN_HARD_OR_SOFT_IRQ = 8 | 16;

/** Reads a whole trace.dat into tables: every event a sample, and what its arguments mean into their own tables. */
export class TraceDatReader {
  readonly #out: TraceBuilder;
  readonly #sink: TraceEventSink;
  readonly #file: TraceDat;
  readonly #formats = new Map<number, EventFormat>();
  readonly #record: EventRecord;
  readonly #symbols: Symbols;
  readonly #comms = new Map<number, number>();
  readonly #prints: PrintEvents;
  readonly #letters = new Map<number, (bits: number) => number>();
  readonly #longSize: number;
  /** Row of the graph entry that was the last record of a CPU. */
  readonly #entered = new Map<number, number>();
  readonly #eventRows = new Map<number, number>();
  readonly #unknownComm: number;
  readonly #everyEvent: boolean;
  /** Byte of the file at which the pages of the record's CPU begin. */
  #offset = 0;

  constructor(out: TraceBuilder, bytes: Uint8Array, everyEvent: boolean) {
    this.#everyEvent = everyEvent;
    this.#out = out;
    this.#sink = new TraceEventSink(out);
    this.#file = readContainer(bytes);
    this.#record = new EventRecord(this.#file.little);
    this.#symbols = new Symbols(this.#file.kallsyms);
    this.#longSize = pageLayout(this.#file.pageHeader).commitSize;
    this.#prints = new PrintEvents(this.#file.printk, this.#symbols, this.#longSize);
    this.#unknownComm = out.strings.internText('<...>');
    this.#comms.set(0, out.strings.internText('<idle>'));
    this.#describe();
  }

  #describe(): void {
    const { events, cmdlines, clock, uname, cpus } = this.#file;
    for (const { system, text } of events) {
      const format = parseEventFormat(system, text);
      if (format !== undefined) this.#formats.set(format.id, format);
    }
    if (this.#formats.size === 0) {
      throw new Problem({
        code: 'broken',
        message: 'describes no events',
        hint: 'copy the file again, whole; or give the text of trace-cmd report',
      });
    }
    for (const line of cmdlines.split('\n')) {
      const found = /^(\d+) (.*)$/.exec(line);
      if (found === null) continue;
      const name = Buffer.from(found[2] ?? '', 'latin1');
      this.#comms.set(Number(found[1]), this.#out.strings.intern(name, 0, name.length));
    }
    const inNs = clock === 'x86-tsc' && this.#file.tscToNs !== undefined;
    this.#out.clock = tickClocks.has(clock) && !inNs ? 'ticks' : clock;
    if (clock !== '') this.#out.fact('trace clock', clock);
    const [, host, release] = uname.split(' ');
    if (host !== undefined) this.#out.fact('hostname', host);
    if (release !== undefined) this.#out.fact('os release', release);
    this.#out.fact('nrcpus online', String(cpus));
  }

  /** Events of all CPUs in time order. */
  read(): void {
    const layout = pageLayout(this.#file.pageHeader);
    const cpus = this.#file.pages
      .map(({ cpu, pageSize, bytes, offset }) => ({
        cpu,
        offset,
        reader: new PageReader(bytes, pageSize, layout, this.#file.little),
      }))
      .filter(({ reader }) => reader.next());
    while (cpus.length > 0) {
      let first = cpus[0] as (typeof cpus)[number];
      for (const each of cpus) if (each.reader.time < first.reader.time) first = each;
      this.#event(first.cpu, first.reader, first.offset);
      if (!first.reader.next()) {
        if (first.reader.damaged > 0) {
          this.#out.counts.skipped += first.reader.damaged - 1;
          this.#out.skip(first.offset + first.reader.firstDamaged);
        }
        cpus.splice(cpus.indexOf(first), 1);
      }
    }
  }

  /** Time of a record in ns, where its clock counts time or the recorder measured how fast it counts. */
  #toNs(time: number): number {
    const { tscToNs } = this.#file;
    return tscToNs === undefined ? time : (time * tscToNs.mult) / 2 ** tscToNs.shift + tscToNs.offset;
  }

  #event(cpu: number, reader: PageReader, offset: number): void {
    const record = this.#record;
    if (record.bytes !== reader.bytes) record.over(reader.bytes);
    record.start = reader.start;
    record.end = reader.end;
    const { event } = this.#sink;
    event.time = this.#toNs(reader.time) + this.#file.offset;
    event.cpu = cpu;
    if (reader.lost !== 0) this.#lost(cpu, event.time, reader.lost);
    const format =
      reader.end - reader.start >= 2 ? this.#formats.get(record.integer(reader.start, 2, false)) : undefined;
    if (format === undefined) {
      this.#out.skip(offset + reader.start);
      return;
    }
    record.format = format;
    this.#offset = offset;
    event.tid = record.number('common_pid');
    const flags = record.number('common_flags');
    event.inInterrupt = (flags & IN_HARD_OR_SOFT_IRQ) !== 0 ? 1 : 0;
    event.thread = this.#out.thread(
      NO_ID,
      event.tid,
      this.#comms.get(event.tid) ?? this.#unknownComm,
      event.time,
    );
    this.#fileEvent(format);
  }

  #fileEvent(format: EventFormat): void {
    const record = this.#record;
    const { event } = this.#sink;
    const key = format.system === 'ftrace' ? `ftrace:${format.name}` : format.name;
    let isFiled: boolean | undefined;
    if (key !== 'ftrace:funcgraph_exit') this.#entered.delete(event.cpu);
    switch (key) {
      case 'sched_switch':
        this.#sink.switched(
          this.#task('prev_comm', 'prev_pid'),
          this.#state(format),
          priority(record.number('prev_prio')),
          this.#task('next_comm', 'next_pid'),
          priority(record.number('next_prio')),
        );
        break;
      case 'sched_wakeup':
      case 'sched_waking':
      case 'sched_wakeup_new':
        this.#sink.woken(
          this.#task('comm', 'pid'),
          priority(record.number('prio')),
          cpuOf(record.number('target_cpu')),
          key === 'sched_wakeup' ? 0 : key === 'sched_waking' ? 1 : 2,
        );
        break;
      case 'sched_migrate_task':
        this.#sink.migrated(
          this.#task('comm', 'pid'),
          cpuOf(record.number('orig_cpu')),
          cpuOf(record.number('dest_cpu')),
        );
        break;
      case 'sched_process_fork':
        this.#sink.lived(
          0,
          this.#task(record.format?.fields.has('parent_comm') ? 'parent_comm' : 'comm', 'parent_pid'),
          this.#task('child_comm', 'child_pid'),
        );
        break;
      case 'task_newtask':
        this.#sink.lived(0, event.thread, this.#task('comm', 'pid'));
        break;
      case 'sched_process_exec':
        this.#sink.lived(1, event.thread, 0);
        break;
      case 'sched_process_exit':
        this.#sink.lived(2, this.#task('comm', 'pid'), 0);
        break;
      case 'task_rename':
        this.#sink.lived(3, this.#task('newcomm', 'pid'), this.#task('oldcomm', 'pid'));
        break;
      case 'sched_blocked_reason':
        this.#blocked();
        break;
      case 'cpu_frequency':
        this.#out.counter(
          'cpu frequency',
          'kHz',
          'cpu',
          String(record.number('cpu_id')),
          event.time,
          record.number('state'),
        );
        break;
      case 'cpu_frequency_limits':
        this.#limits();
        break;
      case 'ftrace:kernel_stack':
      case 'ftrace:user_stack':
        this.#stack(key === 'ftrace:user_stack');
        return;
      case 'ftrace:function':
        this.#call(callKindId.function, 'ip', 'parent_ip');
        return;
      case 'ftrace:funcgraph_entry':
        this.#enter(this.#call(callKindId.entry, 'func', ''));
        return;
      case 'ftrace:funcgraph_exit':
        this.#exit();
        return;
      case 'ftrace:bprint':
      case 'ftrace:bputs':
      case 'ftrace:print':
        this.#print(format.name);
        break;
      default:
        isFiled = fileTableRecord(this.#sink, key, record);
        if (isFiled === false) {
          this.#out.skip(this.#offset + record.start);
          return;
        }
    }
    if (!this.#everyEvent && (isFiled === true || inTable.has(key))) this.#out.countEvent(this.#row(format));
    else this.#out.sample(event.time, event.thread, event.cpu, 0, this.#row(format), 1);
  }

  #row(format: EventFormat): number {
    let row = this.#eventRows.get(format.id);
    if (row === undefined) {
      row = this.#out.events.intern({ name: this.#out.strings.internText(format.name) });
      this.#eventRows.set(format.id, row);
    }
    return row;
  }

  #task(name: string, id: string): number {
    const [from, to] = this.#record.textRange(name);
    return this.#sink.task(this.#record.bytes, from, to, this.#record.number(id));
  }

  /** By the letters of the format's own __print_flags, which follow the kernel's version. */
  #state(format: EventFormat): number {
    let decode = this.#letters.get(format.id);
    if (decode === undefined) {
      decode = stateLetters(format.printFormat) ?? stateOfBits;
      this.#letters.set(format.id, decode);
    }
    return decode(this.#record.number('prev_state'));
  }

  #blocked(): void {
    const record = this.#record;
    const thread = this.#out.thread(NO_ID, record.number('pid'), 0, this.#sink.event.time);
    const field = record.format?.fields.get('caller');
    const name =
      field === undefined ? '' : this.#symbols.name(record.big(record.start + field.offset, field.size));
    this.#sink.blocked(thread, record.number('io_wait') === 1 ? 1 : 0, this.#kernelFrame(name));
  }

  #limits(): void {
    const record = this.#record;
    const cpu = String(record.number('cpu_id'));
    const { time } = this.#sink.event;
    this.#out.counter('cpu frequency limit min', 'kHz', 'cpu', cpu, time, record.number('min_freq'));
    this.#out.counter('cpu frequency limit max', 'kHz', 'cpu', cpu, time, record.number('max_freq'));
  }

  #stack(isUser: boolean): void {
    const record = this.#record;
    // The format declares eight callers; the record holds as many as there were.
    const [from] = record.range('caller');
    const to = record.end;
    let stack = 0;
    const frames: number[] = [];
    for (let at = from; at + this.#longSize <= to; at += this.#longSize) {
      const address = record.big(at, this.#longSize);
      if (address === 0n || address === 2n ** 64n - 1n) break;
      frames.push(
        isUser
          ? this.#out.frames.intern({ kind: frameKindId.unknown })
          : this.#kernelFrame(this.#symbols.name(address)),
      );
    }
    for (let i = frames.length - 1; i >= 0; i--) stack = this.#out.stacks.push(stack, frames[i] as number);
    const { strings, events } = this.#out;
    const row = events.intern({ name: strings.internText(isUser ? USER_STACK : KERNEL_STACK) });
    const { event } = this.#sink;
    this.#out.sample(event.time, event.thread, event.cpu, stack, row, 1);
  }

  #kernelFrame(name: string): number {
    return this.#out.frames.intern({
      name: name === '' ? 0 : this.#out.strings.internText(name),
      kind: frameKindId.kernel,
    });
  }

  #call(kind: number, field: string, caller: string): number {
    const record = this.#record;
    const { event } = this.#sink;
    const row = this.#out.calls.add();
    const { columns } = this.#out.calls;
    const address = (name: string): number => {
      const place = record.format?.fields.get(name);
      return place === undefined
        ? 0
        : this.#kernelFrame(this.#symbols.name(record.big(record.start + place.offset, place.size)));
    };
    columns.time[row] = event.time;
    columns.cpu[row] = event.cpu;
    columns.thread[row] = event.thread;
    columns.kind[row] = kind;
    columns.frame[row] = address(field);
    columns.caller[row] = caller === '' ? 0 : address(caller);
    columns.depth[row] = kind === callKindId.function ? NO_DEPTH : record.number('depth');
    columns.duration[row] = kind === callKindId.exit ? this.#graphTime() : Number.NaN;
    this.#out.counts.records++;
    return row;
  }

  #graphTime(): number {
    return this.#record.number('rettime') - this.#record.number('calltime');
  }

  #enter(row: number): void {
    this.#entered.set(this.#sink.event.cpu, row);
  }

  /** An exit right behind the entry of the same function on its CPU makes that a leaf, as the tracer prints it. */
  #exit(): void {
    const { event } = this.#sink;
    const entry = this.#entered.get(event.cpu);
    const { columns } = this.#out.calls;
    const before =
      entry === undefined ? undefined : { frame: columns.frame[entry], thread: columns.thread[entry] };
    const row = this.#call(callKindId.exit, 'func', '');
    const now = this.#out.calls.columns;
    this.#entered.delete(event.cpu);
    if (entry === undefined || before?.frame !== now.frame[row] || before?.thread !== now.thread[row]) return;
    now.kind[entry] = callKindId.call;
    now.duration[entry] = now.duration[row] as number;
    this.#out.calls.length--;
    this.#out.counts.records--;
  }

  #print(name: string): void {
    const { event } = this.#sink;
    const { events, strings } = this.#out;
    const bytes = Buffer.from(this.#prints.text(name, this.#record), 'latin1');
    const row = events.intern({ name: strings.internText(name) });
    this.#out.mark(event.time, event.cpu, event.thread, row, strings.intern(bytes, 0, bytes.length));
  }

  #lost(cpu: number, time: number, count: number): void {
    const row = this.#out.losses.add();
    const { columns } = this.#out.losses;
    columns.time[row] = time;
    columns.cpu[row] = cpu;
    columns.kind[row] = 1;
    columns.count[row] = count;
    if (count > 0) this.#out.counts.lost += count;
  }
}

function priority(value: number): number {
  return Number.isNaN(value) ? NO_PRIORITY : value;
}

function cpuOf(value: number): number {
  return value >= 0 && value < NO_CPU ? value : NO_CPU;
}
