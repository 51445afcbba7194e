import { ASYNC, BEST_EFFORT, type CfqQueue, IDLE, RT, SYNC, SYNC_NOIDLE, type WorkType } from './queue.ts';
import type { CfqTimes } from './slices.ts';
import type { ServiceTrees } from './trees.ts';

/** Which class and kind of work is served, and for how long before another kind gets its turn. */
export interface CfqWorkload {
  /** The queue to serve next. */
  next(now: number): CfqQueue | undefined;
  /** Kind of work that is served. */
  type(): WorkType;
  /** After a preemption by another kind of work the kind is chosen anew. */
  restart(): void;
}

/** Shortest turn of a kind of work, jiffies (CFQ_MIN_TT). */
const LEAST_TICKS = 2;

/** Source: cfq-iosched.c, choose_wl_class_and_type(). */
export function createWorkload(
  trees: ServiceTrees,
  times: CfqTimes,
  tick: number,
  averageBusy: (priorityClass: number) => number,
): CfqWorkload {
  let priorityClass = BEST_EFFORT;
  let type: WorkType = SYNC;
  let expires = 0;

  /** The kind whose first queue has waited longest. */
  const longestWaiting = (): WorkType => {
    let best: WorkType = ASYNC;
    let lowest = Number.POSITIVE_INFINITY;
    for (const each of [ASYNC, SYNC_NOIDLE, SYNC] as const) {
      const key = trees.first(priorityClass, each)?.key ?? Number.POSITIVE_INFINITY;
      if (key < lowest) {
        lowest = key;
        best = each;
      }
    }
    return best;
  };
  const turnOf = (of: WorkType): number => {
    const busy = Math.max(averageBusy(priorityClass), trees.inClass(priorityClass), 1);
    let turn = (times.targetLatency * trees.count(priorityClass, of)) / busy;
    if (of === ASYNC) {
      turn = Math.min(turn, (times.targetLatency * trees.busyAsync()) / trees.busy());
      turn = (turn * times.sliceAsync) / times.sliceSync;
    } else turn = Math.max(turn, 2 * times.sliceIdle);
    return Math.max(turn, LEAST_TICKS * tick);
  };
  return {
    next: (now) => {
      if (trees.busy() === 0) return undefined;
      const before = priorityClass;
      priorityClass = [RT, BEST_EFFORT].find((each) => trees.inClass(each) > 0) ?? IDLE;
      if (priorityClass === IDLE) {
        expires = now + tick;
        return trees.first(IDLE, ASYNC);
      }
      const goesOn = before === priorityClass && trees.count(priorityClass, type) > 0 && now <= expires;
      if (!goesOn) {
        type = longestWaiting();
        expires = now + turnOf(type);
      }
      return trees.first(priorityClass, type);
    },
    type: () => type,
    restart: () => {
      expires = 0;
    },
  };
}
