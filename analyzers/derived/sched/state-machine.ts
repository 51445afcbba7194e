import { PREEMPTED, taskStateId } from '../../../model/sched-tables.ts';
import { TableBuilder } from '../../../model/table.ts';
import { NO_PRIORITY } from '../../../model/tables.ts';
import type { Context } from '../../context.ts';
import type { Coverage, Window } from './coverage.ts';
import {
  type Intervals,
  intervalTable,
  type Lives,
  NAME_CHANGED,
  QUEUED,
  REPAIRED,
  RUNNING,
  SLEEPING,
  UNKNOWN,
  UNTERMINATED,
  WAKEUP_LOST,
} from './intervals.ts';

/** Nothing is known yet of what runs on a CPU. */
const NOBODY_KNOWN = -1;
/** Life of all idle tasks; they have no intervals. */
const IDLE = 0;
const DEAD = 4;
const CAUSE_WOKEN = 1;
const CAUSE_PREEMPTED = 2;
const CAUSE_NEW = 3;
const CAUSE_AT_START = 4;

/** One thread's open interval. */
interface Life {
  readonly tid: number;
  pid: number;
  thread: number;
  activity: number;
  since: number;
  state: number;
  cause: number;
  flags: number;
  cpu: number;
  priority: number;
  stack: number;
  /** ns of the last wake-up that found it awake; NaN = none since it last changed. */
  lastWake: number;
  seen: boolean;
}

/**
 * Follows threads through switches and wake-ups. When prev is not the last next on a CPU, a switch
 * was lost there: the thread that was thought to run left at an unknown time into an unknown state,
 * and prev came at an unknown time. What is certain is kept (prev waited or ran since it was last
 * made runnable), the rest is an interval of activity `unknown` and counts as neither R nor D.
 */
export class StateMachine {
  readonly #context: Context;
  readonly #cover: Coverage;
  readonly #stacks: Uint32Array;
  /** Windows of each CPU, in time order. */
  readonly #windows = new Map<number, readonly Window[]>();
  readonly #out = new TableBuilder(intervalTable, 4096);
  readonly #lives: Life[] = [newLife(0)];
  readonly #lifeOfTid = new Map<number, number>();
  /** Life running on each CPU, and since when. */
  readonly #current: number[] = [];
  readonly #lastSwitch: number[] = [];
  #lost = 0;
  #repaired = 0;
  #lostWakeups = 0;

  constructor(context: Context, cover: Coverage, stacks: Uint32Array) {
    this.#context = context;
    this.#cover = cover;
    this.#stacks = stacks;
    for (const { cpu, windows } of cover.used) {
      this.#windows.set(
        cpu,
        [...(this.#windows.get(cpu) ?? []), ...windows].sort((x, y) => x.start - y.start),
      );
    }
  }

  switch(row: number): void {
    const { columns } = this.#context.trace.tables.switches;
    const cpu = columns.cpu[row] as number;
    const time = columns.time[row] as number;
    const prev = this.#life(columns.prev[row] as number);
    this.#leave(row, prev, cpu, time);
    const next = this.#life(columns.next[row] as number);
    if (next !== IDLE) {
      const life = this.#lives[next] as Life;
      life.priority = columns.nextPriority[row] as number;
      this.#arrive(life, columns.next[row] as number, cpu, time);
    }
    this.#current[cpu] = next;
    this.#lastSwitch[cpu] = time;
  }

  #leave(row: number, prev: number, cpu: number, time: number): void {
    const { columns } = this.#context.trace.tables.switches;
    const current = this.#current[cpu] ?? NOBODY_KNOWN;
    const life = this.#lives[prev] as Life;
    if (current !== prev) {
      if (current !== NOBODY_KNOWN && !this.#gapSince(cpu, time)) {
        this.#lost++;
        if (current !== IDLE) this.#repaired++;
      }
      this.#lostSwitch(current, cpu, time);
      if (prev !== IDLE) this.#appear(life, cpu, time, current === NOBODY_KNOWN);
    }
    if (prev === IDLE) return;
    life.thread = columns.prev[row] as number;
    life.priority = columns.prevPriority[row] as number;
    this.#close(life, time);
    const code = columns.prevState[row] as number;
    const state = code & ~PREEMPTED;
    life.cpu = cpu;
    life.since = time;
    life.lastWake = Number.NaN;
    if (state === taskStateId.R) {
      life.activity = QUEUED;
      life.cause = CAUSE_PREEMPTED;
    } else if (state === taskStateId.X || state === taskStateId.Z) {
      life.activity = DEAD;
    } else {
      life.activity = SLEEPING;
      life.state = state;
      life.stack = this.#stacks[row] as number;
    }
  }

  /** `current` was thought to run on this CPU and is not the one that leaves it. */
  #lostSwitch(current: number, cpu: number, time: number): void {
    if (current <= IDLE) return;
    const life = this.#lives[current] as Life;
    if (life.activity !== RUNNING || life.cpu !== cpu) return;
    const woken = life.lastWake;
    life.activity = UNKNOWN;
    life.flags |= REPAIRED;
    this.#close(life, Number.isNaN(woken) ? time : woken);
    life.since = Number.isNaN(woken) ? time : woken;
    life.lastWake = Number.NaN;
    if (!Number.isNaN(woken)) {
      // Woken while it was thought to run: it had left, and waits since then.
      life.activity = QUEUED;
      life.cause = CAUSE_WOKEN;
    }
  }

  /** A thread leaves a CPU to which nobody saw it come. */
  #appear(life: Life, cpu: number, time: number, first: boolean): void {
    const arrived = first
      ? this.#windowStart(cpu, time)
      : Math.max(this.#lastSwitch[cpu] ?? time, this.#windowStart(cpu, time));
    if (life.activity === QUEUED) {
      const from = Math.min(time, Math.max(life.since, arrived));
      life.cpu = cpu;
      this.#close(life, from);
      life.since = from;
    } else if (life.activity === SLEEPING) {
      // It was woken and came unseen, after the last switch of this CPU at the earliest.
      const from = Math.min(time, Math.max(life.since, arrived));
      this.#lostWakeups++;
      life.flags |= WAKEUP_LOST | REPAIRED;
      this.#close(life, from);
      life.since = time;
    } else if (life.activity === RUNNING) {
      life.activity = UNKNOWN;
      life.flags |= REPAIRED;
      this.#close(life, time);
      life.since = time;
    } else {
      // It ran when recording began; after a lost switch nobody knows since when.
      life.since = first && !life.seen ? arrived : time;
    }
    life.activity = RUNNING;
    life.cpu = cpu;
    life.flags = REPAIRED;
    life.seen = true;
  }

  #arrive(life: Life, thread: number, cpu: number, time: number): void {
    const { wakeups, allFrom } = this.#cover;
    if (life.activity === QUEUED) {
      life.cpu = cpu;
      this.#close(life, time);
    } else if (life.activity === SLEEPING) {
      if (wakeups !== 'none') {
        this.#lostWakeups++;
        life.flags |= WAKEUP_LOST;
      }
      if (this.#name(thread) !== this.#name(life.thread)) life.flags |= NAME_CHANGED;
      this.#close(life, time);
    } else if (life.activity === RUNNING) {
      life.activity = UNKNOWN;
      life.flags |= REPAIRED;
      this.#close(life, time);
    } else if (!life.seen && wakeups !== 'none' && time > allFrom) {
      // Nobody woke it since every CPU is watched: it was on a run queue when that began.
      life.activity = QUEUED;
      life.cause = CAUSE_AT_START;
      life.since = allFrom;
      life.cpu = cpu;
      life.thread = thread;
      this.#close(life, time);
    }
    life.thread = thread;
    life.activity = RUNNING;
    life.since = time;
    life.cpu = cpu;
    life.flags = 0;
    life.lastWake = Number.NaN;
    life.seen = true;
  }

  /** Row of wakeups: its wakee becomes runnable. */
  wake(row: number): void {
    const { columns } = this.#context.trace.tables.wakeups;
    const time = columns.time[row] as number;
    const thread = columns.wakee[row] as number;
    const isNew = columns.kind[row] === 2;
    const id = this.#life(thread, isNew);
    if (id === IDLE) return;
    const life = this.#lives[id] as Life;
    if (life.activity === RUNNING || (life.activity === QUEUED && life.cause === CAUSE_PREEMPTED)) {
      life.lastWake = time;
      return;
    }
    if (life.activity === QUEUED) {
      // Nobody wakes a thread that is awake: it ran and slept unseen since it was woken last.
      life.activity = UNKNOWN;
      life.flags |= REPAIRED;
      this.#close(life, time);
    }
    if (life.activity === SLEEPING) {
      if (this.#name(thread) !== this.#name(life.thread)) life.flags |= NAME_CHANGED;
      this.#close(life, time, row + 1);
    }
    life.thread = thread;
    life.priority = columns.priority[row] as number;
    life.activity = QUEUED;
    life.cause = isNew ? CAUSE_NEW : CAUSE_WOKEN;
    life.since = time;
    life.flags = 0;
    life.lastWake = Number.NaN;
    life.seen = true;
  }

  /** Row of lifecycle: a rename tells the name a thread has from now on. */
  lived(row: number): void {
    const { columns } = this.#context.trace.tables.lifecycle;
    if (columns.kind[row] !== 3) return;
    const id = this.#life(columns.thread[row] as number);
    if (id !== IDLE) (this.#lives[id] as Life).thread = columns.thread[row] as number;
  }

  finish(): { intervals: Intervals; lives: Lives; lost: number; repaired: number; lostWakeups: number } {
    for (const life of this.#lives) {
      if (life.activity === UNKNOWN || life.activity === DEAD) continue;
      if (life.activity !== RUNNING) life.flags |= UNTERMINATED;
      this.#close(life, Math.max(life.since, this.#cover.end));
    }
    if (this.#lost > 0) this.#doubtQueuedAtStart();
    const count = this.#lives.length;
    return {
      intervals: this.#out.finish(),
      lives: {
        count,
        tid: Int32Array.from(this.#lives, ({ tid }) => tid),
        pid: Int32Array.from(this.#lives, ({ pid }) => pid),
        thread: Uint32Array.from(this.#lives, ({ thread }) => thread),
      },
      lost: this.#lost,
      repaired: this.#repaired,
      lostWakeups: this.#lostWakeups,
    };
  }

  /** Where events are lost, a thread nobody was seen waking need not have waited since the start. */
  #doubtQueuedAtStart(): void {
    const { activity, cause, flags } = this.#out.columns;
    for (let row = 0; row < this.#out.length; row++) {
      if (cause[row] !== CAUSE_AT_START) continue;
      activity[row] = UNKNOWN;
      cause[row] = 0;
      flags[row] = (flags[row] as number) | REPAIRED;
    }
  }

  /** Files what the thread did until `time`. */
  #close(life: Life, time: number, wakeup = 0): void {
    if (time > life.since || wakeup > 0) {
      const row = this.#out.add();
      const { columns } = this.#out;
      columns.life[row] = this.#lifeOfTid.get(life.tid) ?? 0;
      columns.thread[row] = life.thread;
      columns.start[row] = life.since;
      columns.end[row] = time;
      columns.activity[row] = life.activity;
      columns.state[row] = life.activity === SLEEPING ? life.state : 0;
      columns.cause[row] = life.activity === QUEUED ? life.cause : 0;
      columns.flags[row] = life.flags;
      columns.cpu[row] = life.cpu;
      columns.priority[row] = life.priority;
      columns.stack[row] = life.activity === SLEEPING ? life.stack : 0;
      columns.wakeup[row] = wakeup;
    }
    life.flags = 0;
  }

  /** Life of a thread row; a dead one's id means a new one. */
  #life(thread: number, isNew = false): number {
    const { tid, pid } = this.#context.trace.tables.threads.columns;
    const id = tid[thread] as number;
    if (id <= 0) return IDLE;
    let life = this.#lifeOfTid.get(id);
    const known = life === undefined ? undefined : this.#lives[life];
    if (
      known === undefined ||
      known.activity === DEAD ||
      (isNew && known.activity === UNKNOWN && known.seen)
    ) {
      life = this.#lives.push(newLife(id)) - 1;
      this.#lifeOfTid.set(id, life);
      (this.#lives[life] as Life).seen = known !== undefined;
    }
    const found = this.#lives[life as number] as Life;
    if (found.pid < 0 && (pid[thread] as number) >= 0) found.pid = pid[thread] as number;
    if (found.thread === 0) found.thread = thread;
    return life as number;
  }

  #name(thread: number): number {
    return this.#context.trace.tables.threads.columns.comm[thread] as number;
  }

  /** Start of the window of this CPU that holds `time`; `time` itself in a gap. */
  #windowStart(cpu: number, time: number): number {
    const windows = this.#windows.get(cpu) ?? [];
    let low = 0;
    let high = windows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((windows[middle] as Window).start <= time) low = middle + 1;
      else high = middle;
    }
    const last = windows[low - 1];
    return last !== undefined && time <= last.end ? last.start : time;
  }

  /** Whether recording had a gap between the last switch of this CPU and `time`. */
  #gapSince(cpu: number, time: number): boolean {
    return this.#windowStart(cpu, time) > (this.#lastSwitch[cpu] ?? time);
  }
}

function newLife(tid: number): Life {
  return {
    tid,
    pid: -1,
    thread: 0,
    activity: UNKNOWN,
    since: Number.NaN,
    state: 0,
    cause: 0,
    flags: 0,
    cpu: 0,
    priority: NO_PRIORITY,
    stack: 0,
    lastWake: Number.NaN,
    seen: false,
  };
}
