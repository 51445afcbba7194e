import { type BfqQueue, isEmpty, seeksOnly } from './queue.ts';
import type { BfqState } from './state.ts';

const FACTOR = 30;
/** Soft real time counts so much more still. */
const SOFT_FACTOR = 100;
const SOFT_DURATION = 300;
const LEAST_IDLE = 2000;
const ASYNC_PAUSE = 500;
/** Sectors per second above which nothing is soft real time. */
const SOFT_RATE = 7000;
/** Sectors after which a queue was no interactive task. */
const MOST_SERVICE = 120_000;
/** Only queues of the default weight are raised. */
const DEFAULT_WEIGHT = 40;

export interface Deserts {
  readonly interactive: boolean;
  readonly soft: boolean;
}

/** Queues of tasks somebody waits for get 30 times their weight for some seconds, those that play or record more. */
export interface Raising {
  /** How a queue that becomes busy looks; before its budget changes. */
  deserts(queue: BfqQueue): Deserts;
  /**
   * Raises a queue that becomes busy and deserves it. `merged`: several use it, and not because they belong
   * together; `least`: the smallest budget.
   */
  arrived(queue: BfqQueue, deserts: Deserts, merged: boolean, least: number): void;
  /** A request for a busy asynchronous queue. */
  arrivedAsync(queue: BfqQueue): boolean;
  /** A request of a queue in service was dispatched. */
  dispatched(queue: BfqQueue): void;
  /** A queue gets its turn: soft real time is not counted while nobody was served. */
  chosen(queue: BfqQueue): void;
  timeoutFactor(queue: BfqQueue): number;
  /** A queue turns out to do nothing but seeks. */
  seeksOnly(queue: BfqQueue): void;
  expired(queue: BfqQueue): void;
  completed(queue: BfqQueue): void;
  /** What `raise` was before has been decided anew; ends what is over. */
  resume(queue: BfqQueue): void;
}

/** Source: bfq-iosched.c, bfq_bfqq_handle_idle_busy_switch(), bfq_update_wr_data(). `duration`: ns at this peak rate. */
export function createRaising(state: BfqState, duration: () => number): Raising {
  const { tunables, tick, ticks } = state;
  const softDuration = ticks(SOFT_DURATION);
  const isSoft = ({ raisedFor }: BfqQueue): boolean => raisedFor === softDuration;

  const end = (queue: BfqQueue): void => {
    if (!isSoft(queue)) queue.softNext = tick();
    if (queue.busy) state.raisedBusy--;
    queue.raise = 1;
    queue.raisedFor = 0;
    queue.raisedSince = tick();
    queue.weightChanged = true;
  };
  const backToInteractive = (queue: BfqQueue): void => {
    queue.raise = FACTOR;
    queue.raisedFor = duration();
    queue.raisedSince = queue.interactiveSince;
    queue.weightChanged = true;
  };
  const begin = (queue: BfqQueue, interactive: boolean): void => {
    if (interactive) {
      queue.serviceRaised = 0;
      queue.raise = FACTOR;
      queue.raisedFor = duration();
      return;
    }
    queue.interactiveSince = Number.NEGATIVE_INFINITY;
    queue.raise = FACTOR * SOFT_FACTOR;
    queue.raisedFor = softDuration;
  };
  const goOn = (queue: BfqQueue, interactive: boolean, soft: boolean): void => {
    if (interactive) {
      queue.raise = FACTOR;
      queue.raisedFor = duration();
    } else if (queue.inLargeBurst) queue.raise = 1;
    else if (soft) {
      if (!isSoft(queue)) {
        queue.interactiveSince = queue.raisedSince;
        queue.raisedFor = softDuration;
        queue.raise = FACTOR * SOFT_FACTOR;
      }
      queue.raisedSince = tick();
    }
  };
  /** Earliest arrival at which the queue is slow enough, and pauses long enough, to be soft real time. */
  const nextSoft = (queue: BfqQueue): number => {
    const { tickLength } = state;
    const slow = Math.floor((queue.serviceBacklogged / SOFT_RATE) * (1e9 / tickLength)) * tickLength;
    const pause = (Math.floor(tunables.sliceIdle / tickLength) + 4) * tickLength;
    return Math.max(queue.softNext, queue.backlogSince + slow, tick() + pause);
  };
  const isOver = (queue: BfqQueue): boolean => queue.raisedSince + queue.raisedFor < tick();
  const interactiveIsOver = (queue: BfqQueue): boolean => queue.interactiveSince + duration() < tick();
  return {
    deserts: (queue) => {
      const usual = !queue.inLargeBurst && queue.baseWeight === DEFAULT_WEIGHT && queue.dispatched === 0;
      return {
        interactive: usual && queue.budgetTimeout + ticks(LEAST_IDLE) < tick(),
        soft: usual && !seeksOnly(queue) && queue.softNext < tick(),
      };
    },
    arrived: (queue, { interactive, soft }, merged, least) => {
      if (!tunables.lowLatency || queue.splitTime + ticks(LEAST_IDLE) >= tick()) return;
      const before = queue.raise;
      if (before > 1) goOn(queue, interactive, soft);
      else if (queue.sync && !merged && (interactive || soft)) {
        begin(queue, interactive);
        queue.budget = Math.min(queue.budget, 2 * least);
      }
      if (queue.raise !== before) queue.weightChanged = true;
    },
    arrivedAsync: (queue) => {
      if (!tunables.lowLatency || queue.raise > 1 || queue.sync) return false;
      if (queue.raisedSince + ticks(ASYNC_PAUSE) >= tick()) return false;
      queue.raise = FACTOR;
      queue.raisedFor = duration();
      queue.weightChanged = true;
      state.raisedBusy++;
      return true;
    },
    dispatched: (queue) => {
      if (queue.raise > 1) {
        if (queue.inLargeBurst) end(queue);
        else if (isOver(queue)) {
          if (isSoft(queue) && !interactiveIsOver(queue)) backToInteractive(queue);
          else end(queue);
        }
        if (queue.raise > 1 && !isSoft(queue) && queue.serviceRaised > MOST_SERVICE) end(queue);
      }
      if (queue.weight > queue.baseWeight !== queue.raise > 1) state.trees.reweigh(queue);
    },
    chosen: (queue) => {
      if (queue.raise === 1 || !isSoft(queue)) return;
      if (queue.raisedSince >= tick() || queue.budgetTimeout >= tick()) return;
      if (queue.budgetTimeout > queue.raisedSince) queue.raisedSince += tick() - queue.budgetTimeout;
      else queue.raisedSince = tick();
    },
    timeoutFactor: (queue) => (isSoft(queue) ? 1 : Math.floor(queue.weight / queue.baseWeight)),
    seeksOnly: (queue) => {
      if (queue.raise === 1 || !isSoft(queue) || !seeksOnly(queue)) return;
      if (interactiveIsOver(queue)) end(queue);
      else backToInteractive(queue);
    },
    expired: (queue) => {
      if (!tunables.lowLatency) return;
      if (queue.raise === 1) queue.raisedSince = tick();
      if (!isEmpty(queue)) return;
      if (queue.dispatched === 0) queue.softNext = nextSoft(queue);
      else queue.softUpdate = true;
    },
    completed: (queue) => {
      if (queue.softUpdate && queue.dispatched === 0 && isEmpty(queue) && queue.raise !== FACTOR)
        queue.softNext = nextSoft(queue);
    },
    resume: (queue) => {
      if (queue.raise > 1 && (queue.inLargeBurst || isOver(queue))) {
        if (isSoft(queue) && !queue.inLargeBurst && !interactiveIsOver(queue)) backToInteractive(queue);
        else queue.raise = 1;
      }
      queue.weightChanged = true;
    },
  };
}
