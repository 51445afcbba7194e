import type { BfqState } from './state.ts';

/** Requests in the driver that show it queues (NCQ), and completions under load after which that is decided. */
const QUEUE_MIN = 3;
const SAMPLES = 32;

/** Finds out whether the device takes several requests at once. Source: bfq-iosched.c, bfq_update_hw_tag(). */
export function createQueueing(state: BfqState): { completed(): void } {
  let samples = 0;
  return {
    /** Before the completed request is taken off the counts. */
    completed: () => {
      const { inDriver, inService } = state;
      state.deepest = Math.max(state.deepest, inDriver);
      if (state.queues === true || inDriver + state.queued <= QUEUE_MIN) return;
      if (inService?.shortThink === true && inDriver < QUEUE_MIN) {
        // Waiting for its next request, the device was not given enough to tell.
        if (inService.dispatched + inService.sorted.length() < QUEUE_MIN) return;
      }
      if (samples++ < SAMPLES) return;
      state.queues = state.deepest > QUEUE_MIN;
      state.deepest = 0;
      samples = 0;
    },
  };
}
