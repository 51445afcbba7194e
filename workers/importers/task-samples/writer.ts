import { WALL_CLOCK_SERIES } from '../../../model/align.ts';
import { type TaskState, taskStateId } from '../../../model/sched-tables.ts';
import { frameKindId, NO_ID } from '../../../model/tables.ts';
import type { TraceBuilder } from '../../../model/trace-builder.ts';

/** One thread as a sampler saw it. Names are one character per byte (latin1). */
export interface SeenTask {
  readonly pid: number;
  readonly tid: number;
  readonly comm: string;
  readonly state: string;
  readonly wchan?: string;
  readonly cgroup?: string;
  /** Kernel functions, outermost first. */
  readonly stack?: readonly string[];
  readonly hungSeconds?: number;
}

/** Files what samplers of /proc see: looks, threads, load averages. */
export class TaskSampleWriter {
  readonly #out: TraceBuilder;

  constructor(out: TraceBuilder) {
    this.#out = out;
  }

  /** A look at `time` (ns): filed even when it finds no thread worth a row, so that looks can be counted. */
  look(time: number): void {
    const row = this.#out.taskSamples.add();
    this.#out.taskSamples.columns.time[row] = time;
    this.#out.counts.records++;
  }

  task(time: number, seen: SeenTask): void {
    const { strings, taskSamples } = this.#out;
    const thread = this.#out.thread(seen.pid, seen.tid < 0 ? NO_ID : seen.tid, this.#intern(seen.comm), time);
    const row = taskSamples.add();
    const { columns } = taskSamples;
    columns.time[row] = time;
    columns.thread[row] = thread;
    columns.state[row] = taskStateId[seen.state.charAt(0) as TaskState] ?? 0;
    columns.wchan[row] = seen.wchan === undefined ? 0 : this.#intern(seen.wchan);
    columns.cgroup[row] = seen.cgroup === undefined ? 0 : strings.internText(seen.cgroup);
    columns.stack[row] = this.#stack(seen.stack ?? []);
    columns.hungSeconds[row] = seen.hungSeconds ?? 0;
    this.#out.counts.records++;
  }

  /** `1.22 0.91 0.41 4/234 10618`: what /proc/loadavg says, at `time` (ns). */
  loadAverage(time: number, text: string): boolean {
    const values = loadAverageLine.exec(text);
    if (values === null) return false;
    const out = this.#out;
    for (const [i, window] of ['1m', '5m', '15m'].entries()) {
      out.counter(`loadavg ${window}`, 'tasks', 'host', '', time, Number(values[i + 1]));
    }
    out.counter('runnable tasks', 'tasks', 'host', '', time, Number(values[4]));
    out.counter('tasks', 'tasks', 'host', '', time, Number(values[5]));
    return true;
  }

  /** The wall clock, in seconds, at `time` of the file's clock. */
  wallClock(time: number, seconds: number): void {
    this.#out.counter(WALL_CLOCK_SERIES, 's', 'clock', '', time, seconds);
  }

  #stack(functions: readonly string[]): number {
    let stack = 0;
    for (const name of functions) {
      const frame = this.#out.frames.intern({ name: this.#intern(name), kind: frameKindId.kernel });
      stack = this.#out.stacks.push(stack, frame);
    }
    return stack;
  }

  #intern(text: string): number {
    const bytes = Buffer.from(text, 'latin1');
    return this.#out.strings.intern(bytes, 0, bytes.length);
  }
}

/** /proc/loadavg (proc(5)): three averages, runnable/all, last pid. */
export const loadAverageLine = /^(\d+\.\d\d) (\d+\.\d\d) (\d+\.\d\d) (\d+)\/(\d+) (\d+)$/;

/** `/proc/…/stack` and Call Trace names without their offset: `schedule+0x2a/0xa0` → `schedule`. */
export function withoutOffset(name: string): string {
  return name.replace(/\+0x[0-9a-f]+(?:\/0x[0-9a-f]+)?.*$/, '');
}
