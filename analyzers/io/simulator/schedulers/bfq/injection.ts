import type { Budgets } from './budgets.ts';
import { type BfqQueue, budgetLeft, isEmpty } from './queue.ts';
import type { BfqState } from './state.ts';

const SMALL_REQUEST = 64;
/** A completion this recent may have woken the process, ns; as often within so many waits, it does. */
const WAKE_UP = 4e6;
const WAKE_UPS = 3;
const WAKER_WINDOW = 128;

/** Requests of other queues slipped in while the one in service is empty: as many as do it no harm. */
export interface Injection {
  /** A first request after a pause has come for a queue; `inService` is looked at. */
  arrived(queue: BfqQueue): void;
  /** A request of the queue in service goes out. */
  dispatched(row: number): void;
  /** Before a completed request is taken off the counts. */
  completing(queue: BfqQueue, row: number): void;
  completed(queue: BfqQueue): void;
  expired(): void;
  reset(queue: BfqQueue): void;
  /** A queue to take a request from, of whoever has one. */
  choose(): BfqQueue | undefined;
  /** The waker of the queue in service, or who is woken by it. */
  partner(queue: BfqQueue): BfqQueue | undefined;
}

/** Source: bfq-iosched.c, bfq_update_inject_limit(), bfq_choose_bfqq_for_injection(), bfq_check_waker(). */
export function createInjection(state: BfqState, budgets: Budgets): Injection {
  const { requests, tick, ticks } = state;
  let measured = -1;
  let measureNext = false;
  let injected = false;
  let arrivedAt = 0;
  let lastCompleted: BfqQueue | undefined;

  const reset = (queue: BfqQueue): void => {
    queue.baseService = 0;
    measured = -1;
    queue.injectLimit = queue.shortThink ? 0 : 1;
    queue.limitDecreased = tick();
  };
  const checkWaker = (queue: BfqQueue): void => {
    const now = state.now();
    if (lastCompleted === undefined || lastCompleted === queue || queue.shortThink) return;
    if (now - state.lastCompletion >= WAKE_UP) return;
    const late = now > queue.wakerSince + WAKER_WINDOW * state.tunables.sliceIdle;
    if (lastCompleted !== queue.tentativeWaker || late) {
      queue.tentativeWaker = lastCompleted;
      queue.wakerDetections = 1;
      queue.wakerSince = now;
    } else queue.wakerDetections++;
    if (queue.wakerDetections !== WAKE_UPS) return;
    setWaker(queue, lastCompleted);
    queue.tentativeWaker = undefined;
  };
  const canServe = (queue: BfqQueue | undefined): queue is BfqQueue =>
    queue?.busy === true && queue.next >= 0 && budgets.charge(queue, queue.next) <= budgetLeft(queue);
  const learn = (queue: BfqQueue): void => {
    const took = state.now() - arrivedAt;
    const limit = queue.injectLimit;
    const base = queue.baseService;
    if (base > 0 && injected) {
      const most = Math.floor((base * 3) / 2);
      if (took >= most && limit > 0) {
        queue.injectLimit--;
        queue.limitDecreased = tick();
      } else if (took < most && limit <= state.deepest) queue.injectLimit++;
    }
    if ((base === 0 && state.inDriver === 1) || took < base) {
      if (base === 0) queue.injectLimit = Math.max(1, limit);
      queue.baseService = took;
    } else if (!injected && state.inDriver === 1) queue.baseService = took;
    measured = -1;
    injected = false;
  };
  return {
    arrived: (queue) => {
      checkWaker(queue);
      if (queue.limitDecreased + ticks(1000) <= tick()) reset(queue);
      if (queue !== state.inService) return;
      const alone = state.inDriver === 0;
      if (!alone && !(queue.baseService > 0 && injected)) return;
      if (queue.limitDecreased + ticks(10) > tick()) return;
      arrivedAt = state.now();
      measureNext = true;
      if (alone) injected = false;
    },
    dispatched: (row) => {
      if (!measureNext) return;
      measureNext = false;
      measured = row;
    },
    completing: (queue, row) => {
      if (row === measured) learn(queue);
    },
    completed: (queue) => {
      lastCompleted = queue.shared ? undefined : queue;
    },
    expired: () => {
      injected = false;
      measureNext = false;
      measured = -1;
    },
    reset,
    choose: () => {
      const served = state.inService as BfqQueue;
      // The kernel means to allow one request after a wait of slice_idle, but adds ns to jiffies: it never comes.
      if (state.inDriver >= served.injectLimit) return undefined;
      const any = served.raise === 1 || !served.shortThink;
      for (let queue = state.trees.latestActive(); queue !== undefined; queue = queue.older) {
        if (isEmpty(queue) || !(any || queue.raise > 1) || !canServe(queue)) continue;
        const large = (requests.sectors[queue.next] as number) >= SMALL_REQUEST;
        if (!state.rotational && large && state.inDriver >= 1) continue;
        injected = true;
        return queue;
      }
      return undefined;
    },
    partner: (queue) => {
      if (canServe(queue.waker)) return queue.waker;
      const woken = queue.woken[0];
      return canServe(woken) ? woken : undefined;
    },
  };
}

export function setWaker(queue: BfqQueue, waker: BfqQueue | undefined): void {
  if (queue.waker !== undefined) queue.waker.woken.splice(queue.waker.woken.indexOf(queue), 1);
  queue.waker = waker;
  waker?.woken.unshift(queue);
}
