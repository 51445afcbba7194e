import { type BfqQueue, budgetLeft } from './queue.ts';
import type { BfqState } from './state.ts';

/** Budgets given out, in the kernel's way of counting, after which the peak rate is trusted. */
const TRUSTED = 194;
const DEFAULT_BUDGET = 16_384;
/** Asynchronous requests cost so much more than their sectors. */
const ASYNC_FACTOR = 3;

export type Expiry = 'too idle' | 'timeout' | 'exhausted' | 'no more requests' | 'preempted';

/** How many sectors a queue may be served before others get their turn. */
export interface Budgets {
  /** A queue gets a turn. */
  assigned(): void;
  largest(): number;
  least(): number;
  /** Learns from how a turn ended what the queue can use. */
  learn(queue: BfqQueue, expiry: Expiry): void;
  /** The sectors a request costs its queue. */
  charge(queue: BfqQueue, row: number): number;
  /** Enough for the queue's usual turn and for its next request. */
  fitting(queue: BfqQueue): number;
  /** Enough for the next request of a queue that is not in service: it may have changed. */
  refit(queue: BfqQueue): void;
}

/**
 * Source: bfq-iosched.c, __bfq_bfqq_recalc_budget(), bfq_serv_to_charge(). `peakBudget`: what the device does in one
 * timeout; `asymmetric`: queues are to get different shares.
 */
export function createBudgets(
  state: BfqState,
  peakBudget: () => number,
  asymmetric: (queue: BfqQueue) => boolean,
): Budgets {
  const { requests, tunables } = state;
  let given = 0;
  const trusted = (): boolean => given >= TRUSTED;
  const largest = (): number => (trusted() ? peakBudget() : DEFAULT_BUDGET);
  const least = (): number => Math.floor(largest() / 32);

  const charge = (queue: BfqQueue, row: number): number => {
    const sectors = requests.sectors[row] as number;
    return queue.sync || queue.raise > 1 || asymmetric(queue) ? sectors : sectors * ASYNC_FACTOR;
  };
  const fitting = (queue: BfqQueue): number => Math.max(queue.maxBudget, charge(queue, queue.next));
  const wanted = (queue: BfqQueue, expiry: Expiry): number | undefined => {
    if (!queue.sync) return peakBudget();
    if (queue.raise > 1) return 2 * least();
    const budget = queue.maxBudget;
    switch (expiry) {
      case 'too idle':
        if (queue.dispatched > 0) return Math.min(2 * budget, peakBudget());
        return budget > 5 * least() ? budget - 4 * least() : least();
      case 'timeout':
        return Math.min(2 * budget, peakBudget());
      case 'exhausted':
        return Math.min(4 * budget, peakBudget());
      case 'no more requests':
        return Math.max(queue.service, least());
      case 'preempted':
        return undefined;
    }
  };
  return {
    assigned: () => {
      given = Math.floor((given * 7 + 256) / 8);
    },
    largest,
    least,
    charge,
    fitting,
    learn: (queue, expiry) => {
      const budget = wanted(queue, expiry);
      if (budget === undefined) return;
      queue.maxBudget = budget;
      if (trusted() && tunables.maxBudget === 0) queue.maxBudget = Math.min(queue.maxBudget, peakBudget());
      if (queue.next >= 0) queue.budget = fitting(queue);
    },
    refit: (queue) => {
      if (queue.next < 0 || queue === state.inService) return;
      const budget = Math.max(fitting(queue), queue.service);
      if (queue.budget === budget) return;
      queue.budget = budget;
      state.trees.requeue(queue, false);
    },
  };
}

/** Goes on with what is left of the last budget when a queue was away only for a moment. */
export function budgetOnReturn(queue: BfqQueue, budgets: Budgets, inTime: boolean): boolean {
  const returns = queue.mayReturn && inTime && budgetLeft(queue) > 0;
  queue.budget = returns ? Math.min(budgetLeft(queue), queue.maxBudget) : budgets.fitting(queue);
  queue.service = 0;
  if (!returns) queue.mayReturn = false;
  return returns;
}
