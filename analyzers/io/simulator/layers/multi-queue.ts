import type { BlockLayer, LayerHost } from '../block-layer.ts';
import type { Merger } from '../merging.ts';
import type { Plugs } from '../plug.ts';
import type { Requests } from '../requests.ts';
import type { Scheduler } from '../scheduler.ts';

/** BLK_MQ_BUDGET_DELAY: a scheduler that holds work back is asked again after this, ns. */
const BUDGET_DELAY = 3e6;

/**
 * blk-mq with a scheduler: scheduler tags to queue, driver tags to be given to the device.
 *
 * - After a completion the queue is run only if the last run ended for lack of a driver tag. A scheduler
 *   that holds work back is asked again at the next insertion, or after 3 ms.
 * - A task that waits for a tag runs the queue whenever one comes free, may it have that one or not: blk_mq_get_tag().
 * - A task that submits several pieces holds them, with their tags, on its plug list.
 * - A request taken from the scheduler for which there is no driver tag is kept and goes first next time.
 *
 * Source: block/blk-mq-sched.c, __blk_mq_do_dispatch_sched(); block/blk-mq.c, blk_mq_dispatch_rq_list().
 */
export function createMultiQueueLayer(
  requests: Requests,
  scheduler: Scheduler,
  merger: Merger,
  host: LayerHost,
  tags: number,
  plugs: Plugs,
): BlockLayer {
  let used = 0;
  /** Requests on lists of tasks. */
  let onLists = 0;
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
          delayedUntil = host.now() + BUDGET_DELAY;
          host.runLater(BUDGET_DELAY);
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
  const insert = (row: number): void => {
    requests.inserted[row] = host.now();
    merger.add(row);
    scheduler.insert(row);
  };
  const flush = (task: number): void => {
    for (const row of plugs.take(task)) {
      onLists--;
      if (merger.absorb(row)) used--;
      else insert(row);
    }
  };
  return {
    submit: (piece, task, plugged) => {
      if (plugged && plugs.merge(piece, task)) {
        merger.joinedBefore();
        return true;
      }
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
      if (!plugged) insert(piece);
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
    unplug: (task) => {
      if (onLists > 0) flush(task);
      run();
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
