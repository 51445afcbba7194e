/** Requests in the driver that show it queues (NCQ), and completions under load after which that is decided. */
export const QUEUE_MIN = 5;
const SAMPLES = 50;

/** Whether the device takes several requests at once; undefined until it is known. */
export interface QueueingDetector {
  queues(): boolean | undefined;
  /**
   * A request is completed: so many were in the driver, so many are queued. `waitsForFew`: the active queue is one
   * that is waited for and has fewer than QUEUE_MIN requests, so the device was not given enough to tell.
   */
  completed(inDriver: number, queued: number, waitsForFew: boolean): void;
}

/** Source: cfq-iosched.c, cfq_update_hw_tag(). */
export function createQueueingDetector(): QueueingDetector {
  let queues: boolean | undefined;
  let deepest = 0;
  let samples = 0;
  return {
    queues: () => queues,
    completed: (inDriver, queued, waitsForFew) => {
      deepest = Math.max(deepest, inDriver);
      if (queues === true || (queued <= QUEUE_MIN && inDriver <= QUEUE_MIN)) return;
      if (waitsForFew && inDriver < QUEUE_MIN) return;
      if (samples++ < SAMPLES) return;
      queues = deepest >= QUEUE_MIN;
    },
  };
}
