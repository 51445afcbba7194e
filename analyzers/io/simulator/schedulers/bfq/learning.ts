import { addSample } from '../choose-request.ts';
import { type BfqQueue, IDLE, isEmpty } from './queue.ts';
import type { BfqState } from './state.ts';

const ENOUGH_SAMPLES = 80;
/** ns of the past that say whether a queue is IO-bound. */
const WINDOW = 200e6;

/**
 * How long a process thinks before its next request: less than half of `slice_idle` is short. Returns whether that
 * has changed so that the limit of injection is to be learnt anew. Source: bfq-iosched.c, bfq_update_io_thinktime(),
 * bfq_update_has_short_ttime().
 */
export function learnThinkTime(state: BfqState, queue: BfqQueue): boolean {
  const { sliceIdle } = state.tunables;
  if (queue.dispatched === 0 && !queue.busy)
    addSample(queue.think, Math.min(state.now() - queue.lastEnd, 2 * sliceIdle));
  if (!queue.sync || queue.priorityClass === IDLE || sliceIdle === 0) return false;
  if (queue.splitTime + state.ticks(2000) >= state.tick()) return false;
  const short = !(queue.think.samples > ENOUGH_SAMPLES && queue.think.mean > sliceIdle / 2);
  const changed = short !== queue.shortThink;
  queue.shortThink = short;
  if (!changed || queue.baseService > 0) return false;
  return !short || queue.limitDecreased + state.ticks(100) <= state.tick();
}

/** Busy for four fifths of the time is IO-bound; before the request is queued. Source: bfq_update_io_intensity(). */
export function learnBusiness(state: BfqState, queue: BfqQueue): void {
  const now = state.now();
  const total = now - queue.ioStart;
  if (isEmpty(queue) && queue.dispatched === 0) queue.idleTime += now - queue.lastEnd;
  if (queue.justCreated) return;
  queue.ioBound = queue.idleTime * 5 <= total;
  if (total <= WINDOW) return;
  queue.ioStart = now - Math.floor(total / 2);
  queue.idleTime = Math.floor(queue.idleTime / 2);
}
