import { defineTable, type Table } from '../../../model/table.ts';

/** What a thread does during an interval. `unknown`: a switch was lost, so it may be anything. */
export const activities = ['unknown', 'running', 'queued', 'sleeping'] as const;
export const UNKNOWN = 0;
export const RUNNING = 1;
export const QUEUED = 2;
export const SLEEPING = 3;

/** Why a thread is on a run queue without running. */
export const queueCauses = ['unknown', 'woken', 'preempted', 'new', 'at start'] as const;

/** The interval lasts beyond the trace: nobody saw it end. */
export const UNTERMINATED = 1;
/** Its beginning or end was put together from what is left around a lost switch. */
export const REPAIRED = 2;
/** The wake-up that ended it was not recorded; it ended when the thread ran again, at the latest. */
export const WAKEUP_LOST = 4;
/** The thread had another name when it woke than when it fell asleep: it ran unseen in between. */
export const NAME_CHANGED = 8;
/** Evidence other than a switch and a wake-up supports it: samples of /proc, or threads woken together. */
export const INFERRED = 16;

/** What every thread did when: intervals of one thread follow each other without overlap. */
export const intervalTable = defineTable('intervals', 'Derived: what each thread did when.', {
  life: { kind: 'u32', about: 'index into lives' },
  thread: { kind: 'u32', of: 'threads', about: 'thread under its name of that time' },
  start: { kind: 'f64', about: 'ns' },
  end: { kind: 'f64', about: 'ns' },
  activity: { kind: 'u8', about: 'index into activities' },
  state: { kind: 'u8', about: 'sleeping: index into taskStates; else 0' },
  cause: { kind: 'u8', about: 'queued: index into queueCauses; else 0' },
  flags: { kind: 'u8', about: 'UNTERMINATED, REPAIRED, WAKEUP_LOST, NAME_CHANGED, INFERRED' },
  cpu: { kind: 'u16', about: 'running: where; queued: where it ran next; sleeping: where it ran before' },
  priority: { kind: 'i16', about: 'kernel priority; −2 = not known' },
  stack: { kind: 'u32', of: 'stacks', about: 'sleeping: where; null row = not recorded' },
  wakeup: { kind: 'u32', about: 'sleeping: 1 + row of wakeups that ended it; 0 = not seen' },
});

export type Intervals = Table<(typeof intervalTable)['schema']>;

/** A thread from birth to death: thread ids are used again, names change at exec. */
export interface Lives {
  readonly count: number;
  readonly tid: Int32Array;
  /** Process id where any file told it, else −1. */
  readonly pid: Int32Array;
  /** Thread row under its last name. */
  readonly thread: Uint32Array;
}
