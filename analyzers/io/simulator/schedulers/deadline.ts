import type { SchedulerDefinition } from '../scheduler.ts';
import { jiffies } from '../scheduler.ts';
import { createSortedQueue } from './sorted-queue.ts';

/**
 * deadline: batches in order of sector, a FIFO per direction that breaks in when its head has waited too
 * long, reads before writes. Expiry in ms. Source: block/deadline-iosched.c, deadline_dispatch_requests().
 */
export const deadline: SchedulerDefinition = {
  defaults: { read_expire: 500, write_expire: 5000, fifo_batch: 16, writes_starved: 2, front_merges: 1 },
  create: (host, settings) => {
    const { requests, hz } = host;
    const { read_expire = 500, write_expire = 5000, fifo_batch = 16, writes_starved = 2 } = settings;
    const expire = [read_expire * 1e6, write_expire * 1e6] as const;
    const queues = [createSortedQueue(requests), createSortedQueue(requests)] as const;
    /** Where the batch of each direction goes on; at most one is set. */
    const next = [-1, -1];
    let batching = 0;
    let starved = 0;

    const send = (row: number, direction: 0 | 1): number => {
      batching++;
      next[0] = -1;
      next[1] = -1;
      next[direction] = queues[direction].following(row);
      queues[direction].remove(row);
      return row;
    };
    const start = (direction: 0 | 1): number => {
      batching = 0;
      const oldest = queues[direction].oldest();
      const going = next[direction] as number;
      // No wrap: behind the last sector a batch starts again at the oldest request.
      const late = (requests.deadline[oldest] as number) <= jiffies(host.now(), hz);
      return send(late || going < 0 ? oldest : going, direction);
    };
    const queueOf = (row: number) => queues[requests.write[row] as 0 | 1];
    return {
      layer: 'legacy',
      dispatchOrder: 'tail',
      insert: (row) => {
        const direction = requests.write[row] as 0 | 1;
        requests.deadline[row] = jiffies(host.now(), hz) + expire[direction];
        queues[direction].add(row);
      },
      dispatch: () => {
        const direction = (next[1] as number) >= 0 ? 1 : 0;
        const going = next[direction] as number;
        if (going >= 0 && batching < fifo_batch) return send(going, direction);
        const [reads, writes] = [queues[0].length() > 0, queues[1].length() > 0];
        if (reads && !(writes && starved++ >= writes_starved)) return start(0);
        if (writes) {
          starved = 0;
          return start(1);
        }
        return -1;
      },
      hasWork: () => queues[0].length() + queues[1].length() > 0,
      findFront: (piece) =>
        settings.front_merges === 0 ? -1 : queues[requests.write[piece] as 0 | 1].startingAtEndOf(piece),
      beforeFront: (row) => queueOf(row).unsort(row),
      afterFront: (row) => queueOf(row).sort(row),
      following: (row) => queueOf(row).following(row),
      preceding: (row) => queueOf(row).preceding(row),
      joined: (row, absorbed) => {
        for (const direction of [0, 1]) if (next[direction] === absorbed) next[direction] = row;
        queueOf(row).join(row, absorbed);
      },
    };
  },
};
