import type { BlockLayer, LayerHost } from '../block-layer.ts';
import type { Plugs } from '../plug.ts';

/** SBQ_WAIT_QUEUES: queues of tasks that wait for a tag. */
const WAIT_QUEUES = 8;

/**
 * blk-mq without a scheduler: tasks contend for the driver's tags. A task waits inside its system call, so
 * it has one request waiting however many it could submit; who waits is woken in turn over eight wait queues,
 * and may find that somebody else took the tag meanwhile. Pieces merge only on a task's plug list.
 *
 * Source: block/blk-mq-tag.c, blk_mq_get_tag(); lib/sbitmap.c, sbitmap_queue_wake_up().
 */
export function createNoSchedulerLayer(host: LayerHost, plugs: Plugs): BlockLayer {
  const queues: number[][] = Array.from({ length: WAIT_QUEUES }, () => []);
  const wakeBatch = Math.min(8, Math.max(1, Math.floor(host.depth / WAIT_QUEUES)));
  let waiting = 0;
  /** Tags held by plug lists; pieces merged there. */
  let held = 0;
  let merges = 0;
  let waitIndex = 0;
  let wakeIndex = 0;
  let completions = 0;

  const wake = (): void => {
    let left = wakeBatch;
    for (let i = 0; i < WAIT_QUEUES && left > 0; i++) {
      const queue = queues[wakeIndex] as number[];
      wakeIndex = (wakeIndex + 1) % WAIT_QUEUES;
      for (; left > 0 && queue.length > 0; left--) {
        waiting--;
        host.resume(queue.shift() as number, 'woken');
      }
    }
  };
  const flush = (task: number): void => {
    for (const row of plugs.take(task)) {
      held--;
      host.issue(row);
    }
  };
  return {
    submit: (piece, task, plugged) => {
      if (plugged && plugs.merge(piece, task)) {
        merges++;
        return true;
      }
      if (host.inDriver() + held >= host.depth) {
        queues[waitIndex]?.push(task);
        waitIndex = (waitIndex + 1) % WAIT_QUEUES;
        waiting++;
        return false;
      }
      if (!plugged) {
        host.issue(piece);
        return true;
      }
      // Its tag is taken before the list is looked at.
      held++;
      if (plugs.isFull(task)) flush(task);
      plugs.add(piece, task);
      return true;
    },
    unplug: (task) => {
      if (held > 0) flush(task);
    },
    completed: () => {
      if (waiting === 0) return;
      completions++;
      if (completions < wakeBatch) return;
      completions = 0;
      wake();
    },
    run: () => undefined,
    merges: () => merges,
  };
}
