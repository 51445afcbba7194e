import { type BfqQueue, budgetLeft, isEmpty, isSeeky } from './queue.ts';
import { type BfqState, busyQueues, isAsymmetric } from './state.ts';

/** Shortest and longest wait for a request, ns. */
const SHORT_WAIT = 2e6;
const RAISED_WAIT = 20e6;

/** Source: bfq-iosched.c, idling_boosts_thr_without_issues(). Waiting for the queue's next request saves seeks. */
export function idlingBoosts(state: BfqState, queue: BfqQueue): boolean {
  const { rotational, queues, raisedBusy } = state;
  if (queue.processes === 0 || raisedBusy > 0) return false;
  // Unknown counts as queueing, as hw_tag -1 does.
  const single = queues === false;
  const goesOn = !isSeeky(queue) && queue.ioBound && queue.shortThink;
  return (rotational && single) || ((rotational || single) && goesOn);
}

/** Without waiting, others would get more than their share. Source: idling_needed_for_service_guarantees(). */
export function idlingGuarantees(state: BfqState, queue: BfqQueue): boolean {
  if (queue.processes === 0) return false;
  const all = busyQueues(state);
  const raised = queue.raise > 1 && (state.raisedBusy < all || state.inDriver >= queue.dispatched + 4);
  return raised || isAsymmetric(state, queue) || all === 1;
}

/** Whether to wait for the next request of a queue that is empty. Source: bfq_better_to_idle(). */
export function betterToIdle(state: BfqState, queue: BfqQueue): boolean {
  if (queue.processes === 0) return false;
  const { strictGuarantees, sliceIdle } = state.tunables;
  if (strictGuarantees) return true;
  if (sliceIdle === 0 || !queue.sync || queue.priorityClass === 3) return false;
  return idlingBoosts(state, queue) || idlingGuarantees(state, queue);
}

export function mustIdle(state: BfqState, queue: BfqQueue): boolean {
  return isEmpty(queue) && betterToIdle(state, queue);
}

/** How long to wait, ns. Source: bfq_arm_slice_timer(). */
export function idleTime(state: BfqState, queue: BfqQueue): number {
  const { sliceIdle } = state.tunables;
  if (isSeeky(queue) && queue.raise === 1 && !isAsymmetric(state, queue))
    return Math.min(sliceIdle, SHORT_WAIT);
  return queue.raise > 1 ? Math.max(sliceIdle, RAISED_WAIT) : sliceIdle;
}

/** The queue's time is over. */
export function isTimedOut(state: BfqState, queue: BfqQueue): boolean {
  return queue.budgetTimeout <= state.tick();
}

/** … and it is not waited for, or slow enough not to matter. Source: bfq_may_expire_for_budg_timeout(). */
export function mayTimeOut(state: BfqState, queue: BfqQueue): boolean {
  const slow = budgetLeft(queue) >= Math.floor(queue.budget / 3);
  return (!queue.waitsForRequest || slow) && isTimedOut(state, queue);
}
