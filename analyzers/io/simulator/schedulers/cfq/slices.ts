import type { CfqQueue } from './queue.ts';

/** ns. */
export interface CfqTimes {
  readonly sliceSync: number;
  readonly sliceAsync: number;
  readonly sliceIdle: number;
  readonly groupIdle: number;
  readonly targetLatency: number;
  readonly lowLatency: boolean;
}

/** 180, 160 … 40 ms of a synchronous queue at levels 0 to 7. Source: cfq-iosched.c, cfq_prio_slice(). */
export function prioritySlice({ sliceSync, sliceAsync }: CfqTimes, sync: boolean, level: number): number {
  const base = sync ? sliceSync : sliceAsync;
  return base + (base / 5) * (4 - level);
}

/**
 * The slice, shortened so that all busy queues get their turn within the target latency; not below what two
 * idle waits take. `averageBusy` is of queues of the class. Source: cfq_scaled_cfqq_slice().
 */
export function scaledSlice(times: CfqTimes, queue: CfqQueue, averageBusy: number): number {
  const slice = prioritySlice(times, queue.sync, queue.level);
  if (!times.lowLatency) return slice;
  const expected = times.sliceSync * averageBusy;
  if (expected <= times.targetLatency) return slice;
  const least = Math.min(slice, (2 * times.sliceIdle * slice) / times.sliceSync);
  return Math.max((slice * times.targetLatency) / expected, least);
}

/** Slow to fall, quick to rise. Source: cfq_get_avg_queues(). */
export function averageBusyQueues(average: number, busy: number): number {
  return Math.floor((3 * Math.max(average, busy) + Math.min(average, busy) + 2) / 4);
}
