import type { BlockLayer, LayerHost } from '../block-layer.ts';
import type { Merger } from '../merging.ts';
import type { Plugs } from '../plug.ts';
import type { Requests } from '../requests.ts';
import { type Scheduler, timerRings } from '../scheduler.ts';

/** BLK_MQ_BUDGET_DELAY: a scheduler that holds work back is asked again after this, by a timer; ns. */
const BUDGET_DELAY = 3e6;

/** What a lack of tags adds to the moving average of lacking them: 1 << BLK_MQ_DISPATCH_BUSY_EWMA_FACTOR. */
const BUSY = 16;

/**
 * blk-mq with a scheduler: scheduler tags to queue, driver tags to be given to the device.
 *
 * - After a completion the queue is run only if the last run ended for lack of a driver tag. A scheduler
 *   that holds work back is asked again at the next insertion, or when a timer of 3 ms rings: after 4 to 8 ms at 250 Hz.
 * - A task that waits for a tag runs the queue whenever one comes free, may it have that one or not: blk_mq_get_tag().
 * - How many tags may be in use for a task to have one is asked once, before it waits: what the scheduler would allow
 *   later does not help. The tag of a request of its own lies where it may take one: it has that next.
 * - Requests are taken until there is none, and only then given to the device; then the scheduler is asked once more. So
 *   one that counts how often it is asked, as mq-deadline does when it looks for aged requests, counts more.
 * - A task that submits several pieces holds them, with their tags, on its plug list.
 * - A request taken from the scheduler for which there is no driver tag is kept and goes first next time.
 *
 * Source: block/blk-mq-sched.c, __blk_mq_do_dispatch_sched(); block/blk-mq.c, blk_mq_dispatch_rq_list(),
 * blk_mq_delay_run_hw_queues(); blk_mq_update_dispatch_busy(); block/blk-mq-tag.c, blk_mq_get_tag().
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
  const taken: number[] = [];
  /** Above 0 when the device has lately been short of tags: then requests are taken one by one. */
  let busy = 0;
  /** Tasks that wait for a scheduler tag, what each wants, and how many may be in use for it to have one. */
  const waiting: {
    readonly task: number;
    readonly write: boolean;
    readonly sync: boolean;
    readonly limit: number;
  }[] = [];
  /** Under which limit a request got its tag: its tag is one of the first so many. -1: it was merged, and got none. */
  const granted = new Float64Array(requests.capacity);
  /** Tags by task; those of requests that were joined with others count until these are completed. */
  const held: number[] = [];
  const hold = (task: number, change: number): void => {
    held[task] = (held[task] ?? 0) + change;
  };
  /** The task that has been left the tag of its own request; -1: none. */
  let heir = -1;

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
    while (dispatchSome());
  };
  /** Takes requests from the scheduler until it yields none or the tags are used up, then gives them to the device. */
  const dispatchSome = (): boolean => {
    const most = busy > 0 ? 1 : tags;
    let nothing = false;
    let left = -1;
    taken.length = 0;
    while (taken.length < most && left < 0 && scheduler.hasWork()) {
      const row = scheduler.dispatch();
      nothing = row < 0;
      if (nothing) break;
      merger.drop(row);
      if (host.inDriver() + taken.length < host.depth) taken.push(row);
      else left = row;
    }
    for (const row of taken) host.issue(row);
    if (left >= 0) {
      kept = left;
      restart = true;
      busy = Math.floor((busy * 7 + BUSY) / 8);
      return false;
    }
    if (taken.length > 0) {
      busy = Math.floor((busy * 7) / 8);
      return true;
    }
    // A run that is on its way already stays where it is.
    if (nothing && host.now() >= delayedUntil) {
      delayedUntil = timerRings(host.now(), BUDGET_DELAY, host.hz);
      host.runLater(delayedUntil - host.now());
    }
    return false;
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
        granted[piece] = -1;
        merger.joinedBefore();
        return true;
      }
      const inherits = task === heir && used < tags;
      if (task === heir) heir = -1;
      const merged = merger.merge(piece);
      if (merged === 'joined') used--;
      if (merged !== 'no') {
        granted[piece] = -1;
        return true;
      }
      const write = requests.write[piece] === 1;
      const sync = requests.sync[piece] === 1;
      const limit = limitOf(write, sync, task);
      if (!inherits && used >= limit) {
        waiting.push({ task, write, sync, limit });
        return false;
      }
      granted[piece] = limit;
      hold(task, 1);
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
      const owner = requests.task[row] as number;
      for (let piece = row; piece >= 0; piece = requests.chain[piece] as number)
        if ((granted[piece] as number) >= 0) hold(requests.task[piece] as number, -1);
      if (waiting.length === 0) return;
      const first = waiting.findIndex(
        ({ task, write, sync, limit }) =>
          (task === owner && (granted[row] as number) <= limit) ||
          used < ((held[task] ?? 0) > 0 ? limit : limitOf(write, sync, task)),
      );
      if (first >= 0) {
        const { task } = waiting.splice(first, 1)[0] as (typeof waiting)[number];
        if (task === owner) heir = task;
        host.resume(task, 'now');
      }
      // Woken by the tag that came free, a task runs the queue before it finds that the tag is not for it.
      else run();
    },
    run,
    merges: () => merger.merges(),
  };
}
