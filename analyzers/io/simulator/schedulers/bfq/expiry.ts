import type { Budgets, Expiry } from './budgets.ts';
import { idlingGuarantees } from './idling.ts';
import type { Injection } from './injection.ts';
import { type BfqQueue, budgetLeft, isEmpty, isSeeky } from './queue.ts';
import type { Raising } from './raising.ts';
import type { BfqState } from './state.ts';

/** ms a turn counts that was too short to measure: one seek, or the shortest wait without rotation. */
const ONE_SEEK = 8;
const SHORT_WAIT = 2;

/** What happens when a queue becomes busy, stops to be, and when its turn ends. */
export interface Expiries {
  /** Ends the turn of the queue in service. `idled`: it was waited for in vain, which time is not its. */
  expire(queue: BfqQueue, expiry: Expiry, idled?: boolean): void;
  addBusy(queue: BfqQueue): void;
  removeBusy(queue: BfqQueue, expired: boolean): void;
  /** Counts sectors as served. */
  serve(queue: BfqQueue, sectors: number): void;
}

/** Source: bfq-iosched.c, bfq_bfqq_expire(), bfq_bfqq_is_slow(); bfq-wf2q.c, bfq_bfqq_charge_time(). */
export function createExpiries(
  state: BfqState,
  parts: {
    readonly budgets: Budgets;
    readonly raising: Raising;
    readonly injection: Injection;
    readonly peakBudget: () => number;
    readonly stopTimer: () => void;
  },
): Expiries {
  const { trees, weights, tunables } = state;
  const { budgets, raising, injection, peakBudget } = parts;

  const serve = (queue: BfqQueue, sectors: number): void => {
    if (queue.serviceBacklogged === 0) queue.firstService = state.tick();
    if (queue.raise > 1) queue.serviceRaised += sectors;
    queue.serviceBacklogged += sectors;
    trees.served(queue, sectors);
  };
  const addBusy = (queue: BfqQueue): void => {
    trees.activate(queue, queue.mayReturn);
    queue.mayReturn = false;
    queue.busy = true;
    state.busy[queue.priorityClass] = (state.busy[queue.priorityClass] as number) + 1;
    if (queue.dispatched === 0 && queue.raise === 1) weights.count(queue);
    if (queue.raise > 1) state.raisedBusy++;
    const woken = queue.waker?.woken;
    if (woken !== undefined && woken[0] !== queue) {
      woken.splice(woken.indexOf(queue), 1);
      woken.unshift(queue);
    }
  };
  const removeBusy = (queue: BfqQueue, expired: boolean): void => {
    queue.busy = false;
    state.busy[queue.priorityClass] = (state.busy[queue.priorityClass] as number) - 1;
    if (queue.raise > 1) state.raisedBusy--;
    trees.deactivate(queue, expired);
    if (queue.dispatched === 0) weights.forget(queue);
  };
  /** ms of the turn, and whether less was served than a fast process would have had. */
  const pace = (queue: BfqQueue, idled: boolean): { readonly slow: boolean; readonly ms: number } => {
    if (!queue.sync) return { slow: false, ms: 0 };
    const until = idled ? state.idleSince : state.now();
    const microseconds = Math.floor((until - state.serviceSince) / 1000);
    if (microseconds < 1000) return { slow: isSeeky(queue), ms: state.rotational ? ONE_SEEK : SHORT_WAIT };
    const slow = microseconds > 20_000 ? queue.service < Math.floor(peakBudget() / 2) : isSeeky(queue);
    return { slow, ms: Math.floor(microseconds / 1000) };
  };
  /** Charges the sectors a fast process would have had in this time. */
  const chargeTime = (queue: BfqQueue, ms: number): void => {
    const timeout = tunables.defaultTimeout / 1e6;
    const ofTime = Math.floor((peakBudget() * Math.min(ms, timeout)) / timeout);
    const total = Math.max(ofTime, queue.service);
    queue.budget = Math.max(queue.budget, total);
    serve(queue, total - queue.service);
  };
  /** Takes the queue out of service, and out of the trees when there is nothing to wait for. */
  const release = (queue: BfqQueue, expiry: Expiry): void => {
    if (queue.shared && isSeeky(queue)) queue.split = true;
    if (isEmpty(queue) && !(expiry === 'preempted' && idlingGuarantees(state, queue))) {
      if (queue.dispatched === 0) queue.budgetTimeout = state.tick();
      removeBusy(queue, true);
    } else trees.requeue(queue, true);
    if (queue.waitsForRequest) parts.stopTimer();
    queue.waitsForRequest = false;
    state.inService = undefined;
    trees.release();
  };
  return {
    expire: (queue, expiry, idled = false) => {
      const { slow, ms } = pace(queue, idled);
      const left = budgetLeft(queue) >= Math.floor(queue.budget / 3);
      if (queue.raise === 1 && (slow || (expiry === 'timeout' && left))) chargeTime(queue, ms);
      raising.expired(queue);
      injection.expired();
      budgets.learn(queue, expiry);
      release(queue, expiry);
      if (!queue.busy && expiry !== 'timeout' && expiry !== 'exhausted') queue.mayReturn = true;
      else queue.service = 0;
    },
    addBusy,
    removeBusy,
    serve,
  };
}
