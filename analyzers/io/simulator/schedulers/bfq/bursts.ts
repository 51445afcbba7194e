import type { BfqQueue } from './queue.ts';
import { type BfqState, busyQueues } from './state.ts';

const LARGE = 8;
const INTERVAL = 180;
const SINCE_SPLIT = 10;

/** Many queues created shortly after one another serve one task, which wants throughput, not latency. */
export interface Bursts {
  /** A queue is used, perhaps for the first time. */
  used(queue: BfqQueue): void;
  /** A queue was away for so long that it has nothing to do with the burst any more. */
  leave(queue: BfqQueue): void;
  large(): boolean;
  /** Puts a queue that was split off back on the list. */
  rejoin(queue: BfqQueue): void;
}

/** Source: bfq-iosched.c, bfq_handle_burst(), bfq_add_to_burst(). */
export function createBursts(state: BfqState): Bursts {
  const list = new Set<BfqQueue>();
  let size = 0;
  let large = false;
  let lastEntry = 0;

  const enter = (queue: BfqQueue): void => {
    list.add(queue);
    queue.inBurst = true;
  };
  const clear = (): void => {
    for (const queue of list) queue.inBurst = false;
    list.clear();
  };
  const add = (queue: BfqQueue): void => {
    size++;
    if (size !== LARGE) {
      enter(queue);
      return;
    }
    large = true;
    for (const each of list) each.inLargeBurst = true;
    queue.inLargeBurst = true;
    clear();
  };
  return {
    used: (queue) => {
      if (!queue.justCreated || (size === 0 && busyQueues(state) > 0)) return;
      if (queue.inBurst || queue.inLargeBurst) return;
      if (queue.splitTime + state.ticks(SINCE_SPLIT) >= state.tick()) return;
      if (lastEntry + state.ticks(INTERVAL) < state.tick()) {
        large = false;
        clear();
        size = 0;
        if (busyQueues(state) === 0) {
          enter(queue);
          size = 1;
        }
      } else if (large) queue.inLargeBurst = true;
      else add(queue);
      lastEntry = state.tick();
    },
    leave: (queue) => {
      list.delete(queue);
      queue.inBurst = false;
      queue.inLargeBurst = false;
    },
    large: () => large,
    rejoin: enter,
  };
}
