import { createFifo, push, remove, shift } from '../fifo.ts';
import type { SchedulerDefinition } from '../scheduler.ts';

/**
 * noop: one FIFO; only the dispatch list, and merging, put requests that are near each other together.
 * Source: block/noop-iosched.c (removed in Linux 5.0).
 */
export const noop: SchedulerDefinition = {
  defaults: {},
  create: ({ requests }) => {
    const fifo = createFifo();
    return {
      layer: 'legacy',
      dispatchOrder: 'sort',
      insert: (row) => push(fifo, requests, row),
      dispatch: () => shift(fifo, requests),
      hasWork: () => fifo.length > 0,
      following: (row) => requests.next[row] as number,
      preceding: (row) => requests.previous[row] as number,
      joined: (_, absorbed) => remove(fifo, requests, absorbed),
    };
  },
};
