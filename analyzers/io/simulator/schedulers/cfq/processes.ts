import type { Requests } from '../../requests.ts';
import { type CfqQueue, createCfqQueue, createThinkTime, type ThinkTime } from './queue.ts';

/** Whose requests go to which queue: one per process if synchronous, one per priority for all if not. */
export interface Processes {
  /** The queue for a new request, after merging or splitting what is due; notes it in `requests.queue`. */
  queueFor(row: number): CfqQueue;
  /** The queue its submitter has now, if it has one; changes nothing. */
  lookup(row: number): CfqQueue | undefined;
  /** Is this the synchronous queue of the task? */
  owns(task: number, queue: CfqQueue): boolean;
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

  const priorityOf = (row: number): number =>
    (requests.priorityClass[row] as number) * 8 + (requests.priorityLevel[row] as number);
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
    if (queue?.shared && queue.split) {
      if (queue.processes === 1) {
        queue.shared = false;
        queue.split = false;
      } else {
        queue.processes--;
        queue = undefined;
      }
    }
    const target = queue === undefined ? undefined : merged.get(queue);
    if (queue !== undefined && target !== undefined) {
      queue.processes--;
      target.processes++;
      target.shared = true;
      queue = target;
      syncOf.set(task, queue);
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
        queue = asyncOf.get(priorityOf(row)) ?? create(row, false);
        asyncOf.set(priorityOf(row), queue);
      }
      requests.queue[row] = ids.get(queue) as number;
      return queue;
    },
    lookup: (row) =>
      requests.sync[row] === 1 ? syncOf.get(requests.task[row] as number) : asyncOf.get(priorityOf(row)),
    owns: (task, queue) => syncOf.get(task) === queue,
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
      if (merged.has(from)) return;
      let last = into;
      for (let next = merged.get(last); next !== undefined; next = merged.get(last)) {
        if (next === from) return;
        last = next;
      }
      if (from.processes === 0 || last.processes === 0) return;
      if (from.processes <= last.processes) merged.set(from, last);
      else merged.set(last, from);
    },
  };
}
