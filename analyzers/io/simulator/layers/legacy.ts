import type { BlockLayer, LayerHost } from '../block-layer.ts';
import { createDispatchList } from '../dispatch-list.ts';
import type { Merger } from '../merging.ts';
import type { Requests } from '../requests.ts';
import type { Scheduler } from '../scheduler.ts';

/** Requests a task that got one may take beyond the limit, and for how long (block/blk-core.c, ioc_set_batching). */
const BATCH_REQUESTS = 32;
const BATCH_TIME = 50e6;

/**
 * The single-queue block layer up to Linux 4.20: `nr_requests` per direction, the scheduler moves one request
 * at a time to the dispatch list, the driver takes from there while it has tags.
 *
 * The driver looks at the next request before it asks whether the device has room, so one request is committed
 * ahead: the scheduler has chosen it, and nothing that arrives meanwhile passes it.
 * Source: drivers/scsi/scsi_lib.c of Linux 4.4, scsi_request_fn().
 */
export function createLegacyLayer(
  requests: Requests,
  scheduler: Scheduler,
  merger: Merger,
  host: LayerHost,
  limit: number,
  tasks: number,
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
  const run = (): void => {
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
  return {
    submit: (piece, task) => {
      const direction = requests.write[piece] as 0 | 1;
      const merged = merger.merge(piece);
      if (merged === 'joined') used[direction] = (used[direction] as number) - 1;
      if (merged !== 'no') return true;
      if (!mayTake(direction, task)) {
        waiting[direction].push(task);
        return false;
      }
      if ((used[direction] as number) >= limit) batchLeft[task] = (batchLeft[task] as number) - 1;
      used[direction] = (used[direction] as number) + 1;
      requests.inserted[piece] = host.now();
      merger.add(piece);
      scheduler.insert(piece);
      return true;
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
      run();
    },
    run,
    merges: () => merger.merges(),
  };
}
