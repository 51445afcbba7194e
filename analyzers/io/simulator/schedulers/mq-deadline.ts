import type { SchedulerDefinition } from '../scheduler.ts';
import { jiffies } from '../scheduler.ts';
import { createSortedQueue } from './sorted-queue.ts';

const RT = 0;
const BEST_EFFORT = 1;
const IDLE = 2;

/**
 * mq-deadline: deadline's batches within each priority class, and nothing of a class while a higher one has
 * requests queued or in flight, until they have aged. Expiry in ms.
 * Source: block/mq-deadline.c of Linux 6.5 and later, dd_dispatch_request(): a batch goes on from a sector, not
 * from a request.
 */
export const mqDeadline: SchedulerDefinition = {
  defaults: {
    read_expire: 500,
    write_expire: 5000,
    fifo_batch: 16,
    writes_starved: 2,
    front_merges: 1,
    prio_aging_expire: 10_000,
    /** 0: as many as `nr_requests`. */
    async_depth: 0,
  },
  create: (host, settings) => {
    const { requests, hz } = host;
    const { read_expire = 500, write_expire = 5000, fifo_batch = 16, writes_starved = 2 } = settings;
    const { prio_aging_expire = 10_000, async_depth = 0 } = settings;
    const expire = [read_expire * 1e6, write_expire * 1e6] as const;
    const aging = prio_aging_expire * 1e6;
    const classes = [RT, BEST_EFFORT, IDLE].map(() => ({
      queues: [createSortedQueue(requests), createSortedQueue(requests)] as const,
      /** Sector of the last request sent of each direction: a batch goes on from there. */
      position: [0, 0],
      /** Inserted and not yet completed: in flight counts as queued. */
      present: 0,
    }));
    /** As the kernel begins: a first batch takes writes, if there are any. */
    let lastDirection: 0 | 1 = 1;
    let batching = 0;
    let starved = 0;
    type Class = (typeof classes)[number];
    const classOf = (row: number): Class =>
      classes[Math.max(0, (requests.priorityClass[row] || 2) - 1)] as Class;
    const queueOf = (row: number) => classOf(row).queues[requests.write[row] as 0 | 1];

    const send = (from: Class, row: number, direction: 0 | 1, latest: number): number => {
      if ((requests.deadline[row] as number) - expire[direction] > latest) return -1;
      batching++;
      from.position[direction] = requests.sector[row] as number;
      from.queues[direction].remove(row);
      return row;
    };
    const start = (from: Class, direction: 0 | 1, latest: number): number => {
      const oldest = from.queues[direction].oldest();
      const going = from.queues[direction].atOrAfter(from.position[direction] as number);
      const late = (requests.deadline[oldest] as number) <= jiffies(host.now(), hz);
      // As in the kernel, looking for aged requests moves these even when it finds none.
      lastDirection = direction;
      batching = 0;
      return send(from, late || going < 0 ? oldest : going, direction, latest);
    };
    const dispatchFrom = (from: Class, latest: number): number => {
      const going = from.queues[lastDirection].atOrAfter(from.position[lastDirection] as number);
      if (going >= 0 && batching < fifo_batch) return send(from, going, lastDirection, latest);
      const [reads, writes] = [from.queues[0].length() > 0, from.queues[1].length() > 0];
      if (reads && !(writes && starved++ >= writes_starved)) return start(from, 0, latest);
      if (writes) {
        starved = 0;
        return start(from, 1, latest);
      }
      return -1;
    };
    return {
      layer: 'blk-mq',
      insert: (row) => {
        const direction = requests.write[row] as 0 | 1;
        requests.deadline[row] = jiffies(host.now(), hz) + expire[direction];
        const to = classOf(row);
        to.present++;
        to.queues[direction].add(row);
      },
      dispatch: () => {
        const now = jiffies(host.now(), hz);
        if (classes.filter(({ present }) => present > 0).length > 1) {
          for (const lower of [BEST_EFFORT, IDLE]) {
            const row = dispatchFrom(classes[lower] as Class, now - aging);
            if (row >= 0) return row;
          }
        }
        for (const from of classes) {
          const row = dispatchFrom(from, now);
          if (row >= 0) return row;
          if (from.present > 0) break;
        }
        return -1;
      },
      hasWork: () => classes.some(({ queues: [reads, writes] }) => reads.length() > 0 || writes.length() > 0),
      completed: (row) => {
        classOf(row).present--;
      },
      mayMerge: (row, piece) => classOf(row) === classOf(piece),
      findFront: (piece) => (settings.front_merges === 0 ? -1 : queueOf(piece).startingAtEndOf(piece)),
      beforeFront: (row) => queueOf(row).unsort(row),
      afterFront: (row) => queueOf(row).sort(row),
      following: (row) => queueOf(row).following(row),
      preceding: (row) => queueOf(row).preceding(row),
      joined: (row, absorbed) => {
        queueOf(row).join(row, absorbed);
        classOf(row).present--;
      },
      tagLimit: (write, sync) => (!write && sync ? host.schedulerTags : async_depth || host.schedulerTags),
    };
  },
};
