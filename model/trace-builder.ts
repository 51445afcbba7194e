import { DimensionBuilder } from './dimension.ts';
import { dirtyPauses, vmTransitions } from './host-event-tables.ts';
import { blockEvents } from './io-tables.ts';
import { counters, losses, marks, type SeriesKind, series, seriesKinds } from './recording-tables.ts';
import {
  blockedReasons,
  calls,
  lifecycle,
  migrations,
  switches,
  taskSamples,
  wakeups,
} from './sched-tables.ts';
import type { SpareColumns } from './spare-columns.ts';
import { StackBuilder } from './stack-builder.ts';
import { StringBuilder } from './strings.ts';
import { TableBuilder } from './table.ts';
import {
  events,
  facts,
  frames,
  samples,
  type TableName,
  type Tables,
  tableDefinitions,
  threads,
} from './tables.ts';
import { type Chunk, type ImportCounts, noCounts } from './trace.ts';

/** What an importer writes to: every table of a trace, and the counts of what it read. */
export class TraceBuilder {
  readonly strings = new StringBuilder();
  readonly events = new DimensionBuilder(events);
  readonly frames = new DimensionBuilder(frames);
  readonly stacks = new StackBuilder();
  readonly threads = new DimensionBuilder(threads);
  readonly samples;
  readonly facts;
  readonly series = new DimensionBuilder(series);
  readonly switches;
  readonly wakeups;
  readonly migrations;
  readonly lifecycle;
  readonly blockedReasons;
  readonly dirtyPauses;
  readonly vmTransitions;
  readonly taskSamples;
  readonly calls;
  readonly blockEvents;
  readonly losses;
  readonly marks;
  readonly counters;
  readonly counts: ImportCounts = noCounts();
  readonly #known = new ThreadCache();
  /** Name of the clock the times are of, when the file says: local, mono, boot, ticks …; empty = it does not. */
  clock = '';

  /**
   * `shared`: log tables grow on shared memory, and are not copied at the end. `spare`: shared columns of chunks
   * whose rows are elsewhere by now.
   */
  constructor(shared = false, spare?: SpareColumns) {
    this.samples = new TableBuilder(samples, 1024, shared, spare);
    this.facts = new TableBuilder(facts, 64, shared, spare);
    this.switches = new TableBuilder(switches, 64, shared, spare);
    this.wakeups = new TableBuilder(wakeups, 64, shared, spare);
    this.migrations = new TableBuilder(migrations, 64, shared, spare);
    this.lifecycle = new TableBuilder(lifecycle, 64, shared, spare);
    this.blockedReasons = new TableBuilder(blockedReasons, 64, shared, spare);
    this.dirtyPauses = new TableBuilder(dirtyPauses, 64, shared, spare);
    this.vmTransitions = new TableBuilder(vmTransitions, 64, shared, spare);
    this.taskSamples = new TableBuilder(taskSamples, 64, shared, spare);
    this.calls = new TableBuilder(calls, 64, shared, spare);
    this.blockEvents = new TableBuilder(blockEvents, 64, shared, spare);
    this.losses = new TableBuilder(losses, 64, shared, spare);
    this.marks = new TableBuilder(marks, 64, shared, spare);
    this.counters = new TableBuilder(counters, 64, shared, spare);
  }

  /** Counts one entry that could not be understood, at this byte offset of the file. */
  skip(offset: number): void {
    this.counts.skipped++;
    if (Number.isNaN(this.counts.firstSkipped) || offset < this.counts.firstSkipped) {
      this.counts.firstSkipped = offset;
    }
  }

  fact(key: string, value: string): void {
    const row = this.facts.add();
    this.facts.columns.key[row] = this.strings.internText(key);
    this.facts.columns.value[row] = this.strings.internText(value);
  }

  /** Row of the thread called string `comm`, seen at `time` (ns, or NaN). */
  thread(pid: number, tid: number, comm: number, time: number): number {
    const known = this.#known.find(pid, tid, comm);
    if (known === 0) {
      const row = this.threads.intern({ pid, tid, comm, start: time, end: time });
      this.#known.keep(pid, tid, comm, row);
      return row;
    }
    const { start, end } = this.threads.columns;
    if (!(time >= (start[known] as number)) && !Number.isNaN(time)) start[known] = time;
    if (!(time <= (end[known] as number)) && !Number.isNaN(time)) end[known] = time;
    return known;
  }

  /** Files one value of a series. */
  counter(
    name: string,
    unit: string,
    entity: string,
    entityName: string,
    time: number,
    value: number,
    kind: SeriesKind = 'gauge',
  ): void {
    const { strings } = this;
    const id = this.series.intern({
      name: strings.internText(name),
      unit: strings.internText(unit),
      entity: strings.internText(entity),
      entityName: strings.internText(entityName),
      kind: seriesKinds.indexOf(kind),
    });
    const row = this.counters.add();
    this.counters.columns.time[row] = time;
    this.counters.columns.series[row] = id;
    this.counters.columns.value[row] = value;
  }

  mark(time: number, cpu: number, thread: number, event: number, text: number): void {
    const row = this.marks.add();
    const { columns } = this.marks;
    columns.time[row] = time;
    columns.cpu[row] = cpu;
    columns.thread[row] = thread;
    columns.event[row] = event;
    columns.text[row] = text;
  }

  /** Appends one sample and counts it as a record. */
  sample(time: number, thread: number, cpu: number, stack: number, event: number, weight: number): void {
    const row = this.samples.add();
    const columns = this.samples.columns;
    columns.time[row] = time;
    columns.thread[row] = thread;
    columns.cpu[row] = cpu;
    columns.stack[row] = stack;
    columns.event[row] = event;
    columns.weight[row] = weight;
    this.counts.records++;
  }

  /** Counts one event that is in a table of its own and needs no row among the samples. */
  countEvent(event: number): void {
    const { counted } = this.events.columns;
    counted[event] = (counted[event] as number) + 1;
    this.counts.records++;
  }

  finish(): Chunk {
    const tables: Partial<Record<TableName, unknown>> = {};
    for (const name of Object.keys(tableDefinitions) as TableName[]) tables[name] = this[name].finish();
    return {
      strings: this.strings.finish(),
      tables: tables as Tables,
      counts: this.counts,
      clock: this.clock,
    };
  }
}

/** Rows of the threads met lately: traces of switches name the same few over and over. */
class ThreadCache {
  static readonly #slots = 4096;
  readonly #row = new Uint32Array(ThreadCache.#slots);
  readonly #pid = new Int32Array(ThreadCache.#slots);
  readonly #tid = new Int32Array(ThreadCache.#slots);
  readonly #comm = new Uint32Array(ThreadCache.#slots);

  /** 0 when it is not known. */
  find(pid: number, tid: number, comm: number): number {
    const slot = ThreadCache.#slot(pid, tid, comm);
    const matches = this.#tid[slot] === tid && this.#comm[slot] === comm && this.#pid[slot] === pid;
    return matches ? (this.#row[slot] as number) : 0;
  }

  keep(pid: number, tid: number, comm: number, row: number): void {
    const slot = ThreadCache.#slot(pid, tid, comm);
    this.#row[slot] = row;
    this.#pid[slot] = pid;
    this.#tid[slot] = tid;
    this.#comm[slot] = comm;
  }

  static #slot(pid: number, tid: number, comm: number): number {
    return (tid ^ (comm * 31) ^ (pid * 7)) & (ThreadCache.#slots - 1);
  }
}
