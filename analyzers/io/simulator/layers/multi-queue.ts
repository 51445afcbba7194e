import type { BlockLayer, LayerHost } from '../block-layer.ts';
import type { Merger } from '../merging.ts';
import type { Requests } from '../requests.ts';
import { type Scheduler, timerRings } from '../scheduler.ts';

/** BLK_MQ_BUDGET_DELAY: a scheduler that holds work back is asked again after this, by a timer; ns. */
const BUDGET_DELAY = 3e6;

/**
 * blk-mq with a scheduler: scheduler tags to queue, driver tags to be given to the device.
 *
 * - After a completion the queue is run only if the last run ended for lack of a driver tag. A scheduler
 *   that holds work back is asked again at the next insertion, or when a timer of 3 ms rings: after 4 to 8 ms at 250 Hz.
 * - A task that waits for a tag runs the queue whenever one comes free, may it have that one or not: blk_mq_get_tag().
 * - A request taken from the scheduler for which there is no driver tag is kept and goes first next time.
 *
 * Source: block/blk-mq-sched.c, __blk_mq_do_dispatch_sched(); block/blk-mq.c, blk_mq_dispatch_rq_list(),
 * blk_mq_delay_run_hw_queues().
 */
export function createMultiQueueLayer(
  requests: Requests,
  scheduler: Scheduler,
  merger: Merger,
  host: LayerHost,
  tags: number,
): BlockLayer {
  let used = 0;
  let kept = -1;
  let restart = false;
  let delayedUntil = 0;
  /** Tasks that wait for a scheduler tag, and the kind of request each wants. */
  const waiting: { readonly task: number; readonly write: boolean; readonly sync: boolean }[] = [];

  const limitOf = (write: boolean, sync: boolean, task: number): number =>
    Math.min(tags, scheduler.tagLimit?.(write, sync, task) ?? tags);
  const run = (): void => {
    if (kept >= 0) {
      if (host.inDriver() >= host.depth) {
        restart = true;
        return;
      }
      const row = kept;
      kept = -1;
      host.issue(row);
    }
    for (;;) {
      if (!scheduler.hasWork()) return;
      const row = scheduler.dispatch();
      if (row < 0) {
        // A run that is on its way already stays where it is.
        if (host.now() >= delayedUntil) {
          delayedUntil = timerRings(host.now(), BUDGET_DELAY, host.hz);
          host.runLater(delayedUntil - host.now());
        }
        return;
      }
      merger.drop(row);
      if (host.inDriver() >= host.depth) {
        kept = row;
        restart = true;
        return;
      }
      host.issue(row);
    }
  };
  return {
    submit: (piece, task) => {
      const merged = merger.merge(piece);
      if (merged === 'joined') used--;
      if (merged !== 'no') return true;
      const write = requests.write[piece] === 1;
      const sync = requests.sync[piece] === 1;
      if (used >= limitOf(write, sync, task)) {
        waiting.push({ task, write, sync });
        return false;
      }
      used++;
      requests.inserted[piece] = host.now();
      merger.add(piece);
      scheduler.insert(piece);
      return true;
    },
    completed: (row) => {
      used--;
      scheduler.completed?.(row);
      if (restart) {
        restart = false;
        run();
      }
      const first = waiting.findIndex(({ write, sync, task }) => used < limitOf(write, sync, task));
      if (first >= 0) host.resume((waiting.splice(first, 1)[0] as (typeof waiting)[number]).task, 'now');
      // Woken by the tag that came free, a task runs the queue before it finds that the tag is not for it.
      else if (waiting.length > 0) run();
    },
    run,
    merges: () => merger.merges(),
  };
}
