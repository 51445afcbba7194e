import { createRequests } from '../../analyzers/io/simulator/requests.ts';
import { type BfqQueue, createBfqQueue } from '../../analyzers/io/simulator/schedulers/bfq/queue.ts';
import { type BfqState, createBfqState } from '../../analyzers/io/simulator/schedulers/bfq/state.ts';

export interface BfqParts {
  readonly state: BfqState;
  /** Lets ms pass. */
  wait(ms: number): void;
  queue(level?: number, sync?: boolean, priorityClass?: number): BfqQueue;
}

/** The state of a bfq without anything that acts on it. Ticks once a ms. */
export function bfqParts(rotational = true): BfqParts {
  const requests = createRequests(64);
  let now = 1e9;
  let ids = 0;
  const state = createBfqState(
    {
      requests,
      hz: 1000,
      rotational,
      cpus: 2,
      depth: 4,
      schedulerTags: 256,
      now: () => now,
      inDriver: () => 0,
      setTimer: () => undefined,
      kick: () => undefined,
    },
    {
      sliceIdle: 8e6,
      timeout: 125e6,
      defaultTimeout: 125e6,
      timeoutIsSet: false,
      maxBudget: 0,
      fifoExpire: [250e6, 125e6],
      backMax: 32_768,
      backPenalty: 2,
      lowLatency: true,
      strictGuarantees: false,
    },
  );
  return {
    state,
    wait: (ms) => {
      now += ms * 1e6;
    },
    queue: (level = 4, sync = true, priorityClass = 2) =>
      createBfqQueue(requests, { id: ids++, sync, priorityClass, level, now, tick: now }, 10_922),
  };
}
