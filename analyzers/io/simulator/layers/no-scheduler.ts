import type { BlockLayer, LayerHost } from '../block-layer.ts';

/** SBQ_WAIT_QUEUES: queues of tasks that wait for a tag. */
const WAIT_QUEUES = 8;

/**
 * blk-mq without a scheduler: tasks contend for the driver's tags. A task waits inside its system call, so
 * it has one request waiting however many it could submit; who waits is woken in turn over eight wait queues,
 * and may find that somebody else took the tag meanwhile.
 *
 * Source: block/blk-mq-tag.c, blk_mq_get_tag(); lib/sbitmap.c, sbitmap_queue_wake_up().
 */
export function createNoSchedulerLayer(host: LayerHost): BlockLayer {
  const queues: number[][] = Array.from({ length: WAIT_QUEUES }, () => []);
  const wakeBatch = Math.min(8, Math.max(1, Math.floor(host.depth / WAIT_QUEUES)));
  let waiting = 0;
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
  return {
    submit: (piece, task) => {
      if (host.inDriver() >= host.depth) {
        queues[waitIndex]?.push(task);
        waitIndex = (waitIndex + 1) % WAIT_QUEUES;
        waiting++;
        return false;
      }
      host.issue(piece);
      return true;
    },
    completed: () => {
      if (waiting === 0) return;
      completions++;
      if (completions < wakeBatch) return;
      completions = 0;
      wake();
    },
    run: () => undefined,
    merges: () => 0,
  };
}
