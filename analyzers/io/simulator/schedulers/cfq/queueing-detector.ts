/** Requests in the driver that show it queues (NCQ), and completions under load after which that is decided. */
const QUEUE_MIN = 5;
const SAMPLES = 50;

/** Whether the device takes several requests at once; undefined until it is known. */
export interface QueueingDetector {
  queues(): boolean | undefined;
  /** A request is completed: so many were in the driver, so many are queued. */
  completed(inDriver: number, queued: number): void;
}

/** Source: cfq-iosched.c, cfq_update_hw_tag(). */
export function createQueueingDetector(): QueueingDetector {
  let queues: boolean | undefined;
  let deepest = 0;
  let samples = 0;
  return {
    queues: () => queues,
    completed: (inDriver, queued) => {
      deepest = Math.max(deepest, inDriver);
      if (queues === true || (queued <= QUEUE_MIN && inDriver <= QUEUE_MIN)) return;
      if (samples++ < SAMPLES) return;
      queues = deepest >= QUEUE_MIN;
      samples = 0;
      deepest = 0;
    },
  };
}
