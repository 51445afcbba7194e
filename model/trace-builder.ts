import { DimensionBuilder } from './dimension.ts';
import { StackBuilder } from './stack-builder.ts';
import { StringBuilder } from './strings.ts';
import { TableBuilder } from './table.ts';
import { events, facts, frames, samples, type TableName, type Tables, threads } from './tables.ts';
import { type Chunk, type ImportCounts, noCounts } from './trace.ts';

/** What an importer writes to: every table of a trace, and the counts of what it read. */
export class TraceBuilder {
  readonly strings = new StringBuilder();
  readonly events = new DimensionBuilder(events);
  readonly frames = new DimensionBuilder(frames);
  readonly stacks = new StackBuilder();
  readonly threads = new DimensionBuilder(threads);
  readonly samples = new TableBuilder(samples, 1024);
  readonly facts = new TableBuilder(facts);
  readonly counts: ImportCounts = noCounts();
  #lastThread = { row: 0, pid: 0, tid: 0, comm: 0 };

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

  /** Row of the thread called string `comm`, seen at `time` (ns, or NaN). Asking for the one asked for last costs little. */
  thread(pid: number, tid: number, comm: number, time: number): number {
    const last = this.#lastThread;
    if (last.row === 0 || last.tid !== tid || last.comm !== comm || last.pid !== pid) {
      this.#lastThread = {
        row: this.threads.intern({ pid, tid, comm, start: time, end: time }),
        pid,
        tid,
        comm,
      };
      return this.#lastThread.row;
    }
    const { start, end } = this.threads.columns;
    if (!(time >= (start[last.row] as number)) && !Number.isNaN(time)) start[last.row] = time;
    if (!(time <= (end[last.row] as number)) && !Number.isNaN(time)) end[last.row] = time;
    return last.row;
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

  finish(): Chunk {
    return {
      strings: this.strings.finish(),
      tables: {
        events: this.events.finish(),
        frames: this.frames.finish(),
        stacks: this.stacks.finish(),
        threads: this.threads.finish(),
        samples: this.samples.finish(),
        facts: this.facts.finish(),
      } satisfies Tables & Record<TableName, unknown>,
      counts: this.counts,
    };
  }
}
