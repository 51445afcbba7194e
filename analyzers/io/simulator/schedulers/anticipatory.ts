import { endSector } from '../requests.ts';
import type { SchedulerDefinition } from '../scheduler.ts';
import { jiffies, jiffy } from '../scheduler.ts';
import { createAnticipation } from './anticipation.ts';
import { chooseRequest, nextAfter } from './choose-request.ts';
import { createSortedQueue } from './sorted-queue.ts';

/** MAXBACK, sectors: 512 MiB. */
export const BACK_MAX = 1024 * 1024;
const SYNC = 1;

/**
 * Anticipatory: batches of synchronous and asynchronous requests, and a short wait for the next request of the
 * process just served when that is likely to be near. Expiry in ms, 0 for the default, which depends on HZ.
 * Source: block/as-iosched.c of Linux 2.6.17 (removed in 2.6.33), as_dispatch_request().
 */
export const anticipatory: SchedulerDefinition = {
  defaults: {
    read_expire: 125,
    write_expire: 250,
    read_batch_expire: 500,
    write_batch_expire: 125,
    /** -1: HZ/150 jiffies, at least one. 0: never waits. */
    antic_expire: -1,
  },
  create: (host, settings) => {
    const { requests, hz } = host;
    const tick = jiffy(hz);
    const { antic_expire = -1, read_expire = 125, write_expire = 250 } = settings;
    const { read_batch_expire = 500, write_batch_expire = 125 } = settings;
    const anticExpire = antic_expire < 0 ? Math.max(1, Math.floor(hz / 150)) * tick : antic_expire * 1e6;
    const fifoExpire = [write_expire * 1e6, read_expire * 1e6] as const;
    const batchExpire = [write_batch_expire * 1e6, read_batch_expire * 1e6] as const;
    /** Asynchronous first, as REQ_ASYNC is 0. */
    const queues = [createSortedQueue(requests), createSortedQueue(requests)] as const;
    const next = [-1, -1];
    const lastSector = [0, 0];
    const lastCheck = [0, 0];
    let direction: 0 | 1 = SYNC;
    let batchEnd = jiffies(host.now(), hz) + batchExpire[1];
    let changed = false;
    let fresh = false;
    let dispatched = 0;
    let writeBatch = Math.max(2, Math.floor(batchExpire[0] / tick / 10));
    let writesLeft = 0;
    let writeIdled = false;
    const now = (): number => jiffies(host.now(), hz);
    const antic = createAnticipation(host, anticExpire, () => lastSector[direction] as number);

    const fifoExpired = (of: 0 | 1): boolean => {
      if (now() - (lastCheck[of] as number) < fifoExpire[of]) return false;
      lastCheck[of] = now();
      const oldest = queues[of].oldest();
      return oldest >= 0 && now() > (requests.deadline[oldest] as number);
    };
    const batchExpired = (): boolean => {
      if (changed || fresh) return false;
      return now() > batchEnd || (direction === 0 && writesLeft === 0);
    };
    /** How long the last batch of writes took decides how many the next one has. */
    const adaptWriteBatch = (): void => {
      const target = batchExpire[0];
      const took = Math.max(0, now() - batchEnd + target);
      if (took > target && !writeIdled) {
        writeBatch = took > 3 * target ? Math.floor(writeBatch / 2) : writeBatch - 1;
      } else if (took < target && writesLeft === 0) {
        writeBatch = target > 3 * took ? writeBatch * 2 : writeBatch + 1;
      }
      writeBatch = Math.max(1, writeBatch);
    };
    const send = (row: number): number => {
      if (changed) {
        // Requests of the other direction have to be completed first.
        if (dispatched > 0) return -1;
        if (direction === SYNC) fresh = true;
        else batchEnd = now() + batchExpire[0];
        changed = false;
      }
      const end = endSector(requests, row);
      lastSector[direction] = end;
      next[direction] = nextAfter(requests, queues[direction], row, end, BACK_MAX, 2);
      antic.sent(row, direction === SYNC);
      if (direction !== SYNC && writesLeft > 0) writesLeft--;
      queues[direction].remove(row);
      dispatched++;
      return row;
    };
    const sendChecked = (row: number): number =>
      send(fifoExpired(direction) ? queues[direction].oldest() : row);
    const newBatch = (reads: boolean, writes: boolean): number => {
      if (reads && !(writes && direction === SYNC)) {
        if (direction !== SYNC) changed = true;
        direction = SYNC;
        lastCheck[SYNC] = now();
        return sendChecked(queues[SYNC].oldest());
      }
      if (!writes) return -1;
      if (direction === SYNC) {
        changed = true;
        fresh = false;
      }
      direction = 0;
      writesLeft = writeBatch;
      writeIdled = false;
      return sendChecked(next[0] as number);
    };
    return {
      layer: 'legacy',
      plugsQueue: true,
      dispatchOrder: 'sort',
      insert: (row) => {
        const of = requests.sync[row] as 0 | 1;
        requests.deadline[row] = now() + fifoExpire[of];
        queues[of].add(row);
        next[of] = chooseRequest(requests, row, next[of] as number, lastSector[of] as number, BACK_MAX, 2);
        antic.arrived(row);
      },
      dispatch: () => {
        const [reads, writes] = [queues[1].length() > 0, queues[0].length() > 0];
        // A batch of writes nobody competes with tells nothing of how many fit into its time.
        if (direction === 0 && !reads && (writesLeft === 0 || !writes)) writeIdled = true;
        // A change of direction waits for what is in flight.
        if ((!reads && !writes) || antic.waiting() || changed) return -1;
        if (!(reads && writes && batchExpired())) {
          const row = next[direction] as number;
          if (direction === SYNC && anticExpire > 0) {
            if (fifoExpired(SYNC)) return send(queues[SYNC].oldest());
            if (antic.shouldWait(row)) {
              antic.wait();
              return -1;
            }
          }
          if (row >= 0) {
            if (reads && !writes) batchEnd = now() + batchExpire[1];
            return sendChecked(row);
          }
        }
        return newBatch(reads, writes);
      },
      hasWork: () => queues[0].length() + queues[1].length() > 0,
      completed: (row) => {
        if (changed && dispatched === 1) {
          batchEnd = now() + batchExpire[direction];
          host.kick();
          changed = false;
          if (direction === SYNC) fresh = true;
        }
        dispatched--;
        if (fresh && direction === requests.sync[row]) {
          if (direction === SYNC) adaptWriteBatch();
          batchEnd = now() + batchExpire[direction];
          fresh = false;
        }
        antic.completed(row);
      },
      timer: () => antic.timedOut(),
      taskEnded: (task) => antic.exited(task),
      findFront: (piece) => queues[requests.sync[piece] as 0 | 1].startingAtEndOf(piece),
      beforeFront: (row) => queues[requests.sync[row] as 0 | 1].unsort(row),
      afterFront: (row) => queues[requests.sync[row] as 0 | 1].sort(row),
      following: (row) => queues[requests.sync[row] as 0 | 1].following(row),
      preceding: (row) => queues[requests.sync[row] as 0 | 1].preceding(row),
      joined: (row, absorbed) => {
        const of = requests.sync[row] as 0 | 1;
        if (next[of] === absorbed) next[of] = row;
        queues[of].join(row, absorbed);
        antic.absorbed(absorbed);
      },
    };
  },
};
