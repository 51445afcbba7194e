import type { Requests } from '../../requests.ts';
import { type CfqQueue, createCfqQueue, createThinkTime, type ThinkTime } from './queue.ts';

/** Whose requests go to which queue: one per process if synchronous, one per priority for all if not. */
export interface Processes {
  /** The queue for a new request; notes it in `requests.queue`. */
  queueFor(row: number): CfqQueue;
  queueOfRow(id: number): CfqQueue;
  thinkOf(task: number): ThinkTime;
  /** From now on the processes of `from` use `into`, or the other way round if that has more of them. */
  merge(from: CfqQueue, into: CfqQueue): void;
}

export function createProcesses(requests: Requests): Processes {
  const queues: CfqQueue[] = [];
  const ids = new Map<CfqQueue, number>();
  const syncOf = new Map<number, CfqQueue>();
  const asyncOf = new Map<number, CfqQueue>();
  const thinks = new Map<number, ThinkTime>();
  /** Where processes of a merged queue go. */
  const merged = new Map<CfqQueue, CfqQueue>();

  const create = (row: number, sync: boolean): CfqQueue => {
    const queue = createCfqQueue(
      requests,
      sync,
      requests.priorityClass[row] || 2,
      requests.priorityLevel[row] as number,
    );
    ids.set(queue, queues.length);
    queues.push(queue);
    return queue;
  };
  const syncQueue = (row: number): CfqQueue => {
    const task = requests.task[row] as number;
    let queue = syncOf.get(task);
    const target = queue === undefined ? undefined : merged.get(queue);
    if (queue !== undefined && target !== undefined) {
      queue.processes--;
      target.processes++;
      target.shared = true;
      queue = target;
      syncOf.set(task, queue);
    }
    if (queue?.shared && queue.split) {
      if (queue.processes === 1) {
        queue.shared = false;
        queue.split = false;
      } else {
        queue.processes--;
        queue = undefined;
      }
    }
    if (queue === undefined) {
      queue = create(row, true);
      queue.processes = 1;
      syncOf.set(task, queue);
    }
    return queue;
  };
  return {
    queueFor: (row) => {
      let queue: CfqQueue;
      if (requests.sync[row] === 1) queue = syncQueue(row);
      else {
        const priority =
          (requests.priorityClass[row] as number) * 8 + (requests.priorityLevel[row] as number);
        queue = asyncOf.get(priority) ?? create(row, false);
        asyncOf.set(priority, queue);
      }
      requests.queue[row] = ids.get(queue) as number;
      return queue;
    },
    queueOfRow: (id) => queues[id] as CfqQueue,
    thinkOf: (task) => {
      let think = thinks.get(task);
      if (think === undefined) {
        think = createThinkTime();
        thinks.set(task, think);
      }
      return think;
    },
    merge: (from, into) => {
      if (merged.has(from) || merged.has(into)) return;
      if (from.processes <= into.processes) merged.set(from, into);
      else merged.set(into, from);
    },
  };
}
