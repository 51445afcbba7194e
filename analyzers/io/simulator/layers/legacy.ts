import type { BlockLayer, LayerHost } from '../block-layer.ts';
import { createDispatchList } from '../dispatch-list.ts';
import type { Merger } from '../merging.ts';
import type { Plugs } from '../plug.ts';
import type { Requests } from '../requests.ts';
import type { Scheduler } from '../scheduler.ts';

/** Requests a task that got one may take beyond the limit, and for how long (block/blk-core.c, ioc_set_batching). */
const BATCH_REQUESTS = 32;
const BATCH_TIME = 50e6;

/** Of old the queue is run when so many requests wait, or this long after the first (ns): unplug_thresh, unplug_delay. */
const UNPLUG_REQUESTS = 4;
const UNPLUG_DELAY = 3e6;

/**
 * The single-queue block layer up to Linux 4.20: `nr_requests` per direction, the scheduler moves one request
 * at a time to the dispatch list, the driver takes from there while it has tags.
 *
 * The driver looks at the next request before it asks whether the device has room, so one request is committed
 * ahead: the scheduler has chosen it, and nothing that arrives meanwhile passes it.
 *
 * Plugging is that of the scheduler's age. Tasks that submit several pieces hold them on a list of their own
 * (`plugs`); until 2.6.38 an empty queue is plugged instead (none given), until four requests wait, 3 ms are over,
 * a request completes, or somebody waits.
 * Source: drivers/scsi/scsi_lib.c of Linux 4.4, scsi_request_fn(); block/ll_rw_blk.c of 2.6.17, __make_request();
 * block/elevator.c of 2.6.17, elv_insert().
 */
export function createLegacyLayer(
  requests: Requests,
  scheduler: Scheduler,
  merger: Merger,
  host: LayerHost,
  limit: number,
  tasks: number,
  plugs?: Plugs,
): BlockLayer {
  const dispatchList = createDispatchList(requests);
  const used = [0, 0];
  const waiting: [number[], number[]] = [[], []];
  const batchLeft = new Int32Array(tasks);
  const batchUntil = new Float64Array(tasks);

  const mayTake = (direction: 0 | 1, task: number): boolean => {
    const count = used[direction] as number;
    if (count < limit) return true;
    if (count >= limit * 1.5) return false;
    return (batchLeft[task] as number) > 0 && (batchUntil[task] as number) > host.now();
  };
  /** Until when the empty queue was plugged, ns; 0: it is not. */
  let pluggedUntil = 0;
  /** For which such time the queue is run again: asked for when a task leaves it plugged. */
  let runsAt = 0;
  /** Requests on lists of tasks. */
  let onLists = 0;
  const run = (): void => {
    if (pluggedUntil > 0) {
      if (pluggedUntil > host.now()) return;
      pluggedUntil = 0;
    }
    for (;;) {
      if (dispatchList.length() === 0) {
        const row = scheduler.dispatch();
        if (row < 0) return;
        merger.drop(row);
        if (scheduler.dispatchOrder === 'sort') dispatchList.sortIn(row);
        else dispatchList.append(row);
      }
      if (host.inDriver() >= host.depth) return;
      host.issue(dispatchList.take());
    }
  };
  const insert = (row: number): void => {
    requests.inserted[row] = host.now();
    merger.add(row);
    scheduler.insert(row);
  };
  const flush = (task: number): void => {
    if (plugs === undefined) return;
    for (const row of plugs.take(task)) {
      onLists--;
      if (!merger.absorb(row)) insert(row);
      else used[requests.write[row] as 0 | 1] = (used[requests.write[row] as 0 | 1] as number) - 1;
    }
  };
  /** Plugs an empty queue, and unplugs one in which enough is waiting. */
  const insertPlugged = (row: number): void => {
    if (pluggedUntil === 0 && !scheduler.hasWork() && dispatchList.length() === 0) {
      pluggedUntil = host.now() + UNPLUG_DELAY;
    }
    insert(row);
    if (pluggedUntil === 0) return;
    const taken = host.inDriver() + dispatchList.length();
    if ((used[0] as number) + (used[1] as number) - taken < UNPLUG_REQUESTS) return;
    pluggedUntil = 0;
    run();
  };
  return {
    submit: (piece, task, plugged) => {
      const direction = requests.write[piece] as 0 | 1;
      if (plugged && plugs?.merge(piece, task)) {
        merger.joinedBefore();
        return true;
      }
      const merged = merger.merge(piece);
      if (merged === 'joined') used[direction] = (used[direction] as number) - 1;
      if (merged !== 'no') return true;
      if (!mayTake(direction, task)) {
        waiting[direction].push(task);
        return false;
      }
      if ((used[direction] as number) >= limit) batchLeft[task] = (batchLeft[task] as number) - 1;
      used[direction] = (used[direction] as number) + 1;
      if (plugs === undefined) insertPlugged(piece);
      else if (!plugged) insert(piece);
      else {
        if (plugs.isFull(task)) {
          flush(task);
          run();
        }
        plugs.add(piece, task);
        onLists++;
      }
      return true;
    },
    unplug: (task, waits) => {
      if (onLists > 0) flush(task);
      if (waits) pluggedUntil = 0;
      else if (pluggedUntil > runsAt) {
        runsAt = pluggedUntil;
        host.runLater(runsAt - host.now());
      }
      run();
    },
    completed: (row) => {
      const direction = requests.write[row] as 0 | 1;
      used[direction] = (used[direction] as number) - 1;
      if ((used[direction] as number) < limit) {
        const task = waiting[direction].shift();
        if (task !== undefined) {
          batchLeft[task] = BATCH_REQUESTS;
          batchUntil[task] = host.now() + BATCH_TIME;
          host.resume(task, 'now');
        }
      }
      scheduler.completed?.(row);
      pluggedUntil = 0;
      run();
    },
    run,
    merges: () => merger.merges(),
  };
}
