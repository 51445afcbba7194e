import type { SchedulerHost } from '../../scheduler.ts';
import type { BfqQueue } from './queue.ts';
import type { BfqState } from './state.ts';

/** Scheduler tags, so that writers leave some to readers, and nobody takes more than his share. */
export interface Depths {
  /** Tags a request may use; `queue`: the one it would go to. */
  limit(write: boolean, sync: boolean, queue: BfqQueue | undefined): number;
  /** A request is in; it takes the one tag of those over their share, if it is over its. */
  took(row: number, write: boolean, sync: boolean, queue: BfqQueue): void;
  gave(row: number): void;
}

/**
 * Source: bfq-iosched.c, bfq_limit_depth(), bfqq_request_over_limit(), with CONFIG_BFQ_GROUP_IOSCHED as
 * distributions have it; lib/sbitmap.c of Linux 6.17 and later: a depth of 1 is one tag of all.
 */
export function createDepths(state: BfqState, host: SchedulerHost): Depths {
  const all = host.schedulerTags;
  const async = [Math.max(1, all >> 1), Math.max(1, (3 * all) >> 4)] as const;
  const syncWrites = [Math.max(1, (3 * all) >> 2), Math.max(1, (6 * all) >> 4)] as const;
  let over = -1;

  const depth = (write: boolean, sync: boolean): number => {
    const raised = state.raisedBusy > 0 ? 1 : 0;
    if (!sync) return async[raised];
    return write ? syncWrites[raised] : all;
  };
  /** A queue's share: by weight, and higher classes count eight times as much. */
  const isOver = (queue: BfqQueue, limit: number, requests: number): boolean => {
    if (!queue.scheduled) return false;
    let weights = 0;
    for (let each = 1; each <= queue.priorityClass; each++)
      weights = weights * 8 + state.trees.weightOf(each);
    return requests >= Math.floor((limit * queue.weight + weights / 2) / weights);
  };
  return {
    limit: (write, sync, queue) => {
      const limit = depth(write, sync);
      if (queue === undefined || !isOver(queue, limit, queue.allocated)) return limit;
      return over < 0 ? limit : 0;
    },
    took: (row, write, sync, queue) => {
      // Itself counts already.
      if (over < 0 && isOver(queue, depth(write, sync), queue.allocated - 1)) over = row;
    },
    gave: (row) => {
      if (over === row) over = -1;
    },
  };
}
