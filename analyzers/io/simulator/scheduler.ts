import type { Requests } from './requests.ts';

/** What a scheduler sees of the machine around it. */
export interface SchedulerHost {
  readonly requests: Requests;
  /** Timer frequency; the older schedulers count in jiffies. */
  readonly hz: number;
  readonly rotational: boolean;
  readonly cpus: number;
  /** Requests the device takes at once, and requests the scheduler may hold (`nr_requests`). */
  readonly depth: number;
  readonly schedulerTags: number;
  /** ns. */
  now(): number;
  /** Requests given to the device and not completed. */
  inDriver(): number;
  /** Calls `timer` at this time; a later call replaces an earlier one, Infinity takes it back. */
  setTimer(at: number): void;
  /** Runs the queue once the current step is over, as kblockd would. */
  kick(): void;
}

/** One IO scheduler. Rows are requests; -1 is none. */
export interface Scheduler {
  /** Which block layer it lives in. */
  readonly layer: 'legacy' | 'blk-mq';
  /** Its age is that of plugged queues (until 2.6.38), not of plugged tasks. */
  readonly plugsQueue?: boolean;
  /** Keeps what each CPU submits apart. */
  readonly perCpu?: boolean;
  /** How the older layer's dispatch list takes what it yields. */
  readonly dispatchOrder?: 'sort' | 'tail';
  insert(row: number): void;
  /** The next request for the device, removed from the scheduler; -1 to wait. */
  dispatch(): number;
  /** It holds requests, whether or not it would yield one now. */
  hasWork(): boolean;
  completed?(row: number): void;
  timer?(): void;
  /** May `piece`, not inserted, become part of `row`? Direction and size are checked already. */
  mayMerge?(row: number, piece: number): boolean;
  /** The request that starts where `piece` ends and could take it in front. */
  findFront?(piece: number): number;
  /** `row` has grown at its end. Only who keeps order by end or count of it cares. */
  grown?(row: number): void;
  /** Called around a change of the first sector of `row`. */
  beforeFront?(row: number): void;
  afterFront?(row: number): void;
  /** Neighbours by sector, for joining two requests that have met. */
  following?(row: number): number;
  preceding?(row: number): number;
  /** `absorbed` becomes part of `row` and leaves the scheduler. */
  joined?(row: number, absorbed: number): void;
  /** Back merges only with the last `n` requests queued, as the software queues do; absent: with any. */
  readonly mergeWindow?: number;
  /** Scheduler tags this kind of request may use. */
  tagLimit?(write: boolean, sync: boolean, task: number): number;
  /** The task will submit no more. */
  taskEnded?(task: number): void;
}

export type SchedulerFactory = (host: SchedulerHost, settings: Readonly<Record<string, number>>) => Scheduler;

/** A scheduler, and every tunable it has with its default. Units as in sysfs. */
export interface SchedulerDefinition {
  readonly create: SchedulerFactory;
  readonly defaults: Readonly<Record<string, number>>;
}

/** ns per jiffy. */
export function jiffy(hz: number): number {
  return 1e9 / hz;
}

/** The last timer tick, ns: what `jiffies` says. */
export function jiffies(now: number, hz: number): number {
  return Math.floor((now * hz) / 1e9 + 1e-9) * (1e9 / hz);
}

/**
 * When a timer set at `now` for `delay` ns rings: the delay in whole ticks, and with the tick after them, so that
 * it is never early. Source: kernel/time/timer.c, calc_index().
 */
export function timerRings(now: number, delay: number, hz: number): number {
  const tick = jiffy(hz);
  return (Math.floor(now / tick + 1e-9) + Math.ceil(delay / tick - 1e-9) + 1) * tick;
}
