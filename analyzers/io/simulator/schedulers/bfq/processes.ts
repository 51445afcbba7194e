import type { Bursts } from './bursts.ts';
import { setWaker } from './injection.ts';
import { type BfqQueue, createBfqQueue, isEmpty } from './queue.ts';
import type { Raising } from './raising.ts';
import { restoreState, type SavedState, saveState } from './saved-state.ts';
import { type BfqState, isQueueingFlash } from './state.ts';

/** Queues created this soon after another may belong together: at most so long after it, ms. */
const SAME_BURST = 180;
const SAME_ACTIVATION = 600;

/** A task, and the queues its requests go to. */
export interface BfqTask {
  readonly id: number;
  sync: BfqQueue | undefined;
  async: BfqQueue | undefined;
  /** Requests queued or in flight. */
  requests: number;
  ended: boolean;
  /** The queue to merge with, once it is clear that this costs no throughput; and that this was done. */
  belongsTo: BfqQueue | undefined;
  stablyMerged: boolean;
  saved: SavedState | undefined;
}

/** Whose requests go to which queue: one per process if synchronous, one per priority for all if not. */
export interface Processes {
  taskOf(id: number): BfqTask;
  /** The queue for a new request of a task; created, or split off, if need be. */
  queueFor(row: number): BfqQueue;
  /** The queue a piece would go to; undefined: none yet. */
  queueOfPiece(row: number): BfqQueue | undefined;
  queueOfRow(row: number): BfqQueue;
  queues(): readonly BfqQueue[];
  /** From now on, the tasks of `from` go to `into`; undefined when that cannot be. */
  schedule(from: BfqQueue, into: BfqQueue): BfqQueue | undefined;
  /** Moves one task, now. */
  merge(task: BfqTask, from: BfqQueue, into: BfqQueue): void;
  leave(task: BfqTask): void;
}

/** Source: bfq-iosched.c, bfq_init_rq(), bfq_get_queue(), bfq_merge_bfqqs(), bfq_split_bfqq(). */
export function createProcesses(
  state: BfqState,
  parts: {
    readonly bursts: Bursts;
    readonly raising: Raising;
    readonly raisedFor: () => number;
    readonly largestBudget: () => number;
    readonly removeBusy: (queue: BfqQueue) => void;
  },
): Processes {
  const { requests } = state;
  const { bursts, raising } = parts;
  const queues: BfqQueue[] = [];
  const tasks: BfqTask[] = [];
  const asyncOf = new Map<number, BfqQueue>();
  let lastCreated: BfqQueue | undefined;

  const taskOf = (id: number): BfqTask => {
    let task = tasks[id];
    if (task === undefined) {
      task = {
        id,
        sync: undefined,
        async: undefined,
        requests: 0,
        ended: false,
        belongsTo: undefined,
        stablyMerged: false,
        saved: undefined,
      };
      tasks[id] = task;
    }
    return task;
  };
  const create = (row: number): BfqQueue => {
    const queue = createBfqQueue(
      requests,
      {
        id: queues.length,
        sync: requests.sync[row] === 1,
        priorityClass: requests.priorityClass[row] || 2,
        level: requests.priorityLevel[row] as number,
        now: state.now(),
        tick: state.tick(),
      },
      Math.floor((2 * parts.largestBudget()) / 3),
    );
    queues.push(queue);
    return queue;
  };
  const release = (queue: BfqQueue): void => {
    if (queue.busy && isEmpty(queue) && queue !== state.inService) parts.removeBusy(queue);
    if (lastCreated === queue) lastCreated = undefined;
    queue.processes--;
  };
  const schedule = (from: BfqQueue, into: BfqQueue): BfqQueue | undefined => {
    let target = into;
    if (target.processes === 0) return undefined;
    while (target.mergeInto !== undefined) {
      target = target.mergeInto;
      if (target === from) return undefined;
    }
    if (target === from || from.processes === 0 || target.processes === 0) return undefined;
    from.mergeInto = target;
    target.processes += from.processes;
    return target;
  };
  const save = (queue: BfqQueue): void => {
    if (queue.owner < 0) return;
    const interactive = state.tunables.lowLatency
      ? {
          raise: 30,
          raisedFor: parts.raisedFor(),
          raisedSince: state.tick(),
          interactiveSince: Number.NEGATIVE_INFINITY,
        }
      : undefined;
    taskOf(queue.owner).saved = saveState(queue, interactive);
  };
  const merge = (task: BfqTask, from: BfqQueue, into: BfqQueue): void => {
    save(from);
    save(into);
    if (from.ioBound) into.ioBound = true;
    from.ioBound = false;
    if (from.waker !== undefined && into.waker === undefined && from.waker !== into) {
      setWaker(into, from.waker);
      into.tentativeWaker = undefined;
    }
    if (from.raise > 1) {
      if (into.raise === 1) {
        into.raise = from.raise;
        into.raisedFor = from.raisedFor;
        into.raisedSince = from.raisedSince;
        into.interactiveSince = from.interactiveSince;
        into.weightChanged = true;
        if (into.busy) state.raisedBusy++;
      }
      from.raise = 1;
      from.weightChanged = true;
      if (from.busy) state.raisedBusy--;
    }
    task.sync = into;
    into.shared = true;
    into.owner = -1;
    from.owner = -1;
    if (lastCreated === from) lastCreated = into;
    release(from);
  };
  /** Queues of one priority that are created together probably serve one purpose. */
  const lookForKin = (task: BfqTask, queue: BfqQueue): BfqQueue => {
    const last = lastCreated;
    if (
      last === undefined ||
      last.created + state.ticks(SAME_ACTIVATION) < queue.created ||
      last.level !== queue.level ||
      last.priorityClass !== queue.priorityClass
    ) {
      lastCreated = queue;
      return queue;
    }
    if (last.created + state.ticks(SAME_BURST) < queue.created) return queue;
    if (!isQueueingFlash(state)) {
      task.belongsTo = last;
      return queue;
    }
    const into = schedule(queue, last);
    if (into === undefined) return queue;
    if (into.owner >= 0) taskOf(into.owner).stablyMerged = true;
    task.stablyMerged = true;
    queue.owner = task.id;
    merge(task, queue, into);
    return into;
  };
  const asyncQueue = (row: number): BfqQueue => {
    const priorityClass = requests.priorityClass[row] || 2;
    const priority = priorityClass === 3 ? 24 : priorityClass * 8 + (requests.priorityLevel[row] as number);
    const known = asyncOf.get(priority);
    if (known !== undefined) return known;
    const queue = create(row);
    asyncOf.set(priority, queue);
    return queue;
  };
  const resume = (task: BfqTask, queue: BfqQueue, existed: boolean): void => {
    if (task.saved === undefined) return;
    const raised = queue.raise > 1;
    restoreState(queue, task.saved);
    if (!state.tunables.lowLatency) queue.raise = 1;
    raising.resume(queue);
    if (existed && queue.busy) state.raisedBusy += Number(queue.raise > 1) - Number(raised);
  };
  const splitOff = (task: BfqTask, old: BfqQueue, row: number): BfqQueue => {
    const burst = old.inLargeBurst || task.saved?.inLargeBurst === true;
    if (old.processes === 1) {
      old.shared = false;
      old.split = false;
      old.owner = task.id;
      resume(task, old, true);
      return old;
    }
    release(old);
    const queue = create(row);
    task.sync = queue;
    queue.processes = 1;
    queue.owner = task.id;
    if (burst || (task.saved?.inBurst === true && bursts.large())) queue.inLargeBurst = true;
    else if (task.saved?.inBurst === true) bursts.rejoin(queue);
    queue.splitTime = state.tick();
    if (old.waker !== undefined) setWaker(queue, old.waker);
    resume(task, queue, false);
    return queue;
  };
  const syncQueue = (task: BfqTask, row: number): BfqQueue => {
    let queue = task.sync;
    if (queue === undefined) {
      queue = create(row);
      queue.processes = 1;
      task.sync = queue;
      queue = lookForKin(task, queue);
    } else if (queue.shared && queue.split && !task.stablyMerged) queue = splitOff(task, queue, row);
    if (queue.processes === 1) queue.owner = task.id;
    return queue;
  };
  return {
    taskOf,
    queueFor: (row) => {
      const task = taskOf(requests.task[row] as number);
      let queue: BfqQueue;
      if (requests.sync[row] === 1) queue = syncQueue(task, row);
      else {
        queue = task.async ?? asyncQueue(row);
        if (task.async === undefined) queue.processes++;
        task.async = queue;
      }
      queue.allocated++;
      task.requests++;
      requests.queue[row] = queue.id;
      bursts.used(queue);
      return queue;
    },
    queueOfPiece: (row) => {
      const task = tasks[requests.task[row] as number];
      return requests.sync[row] === 1 ? task?.sync : task?.async;
    },
    queueOfRow: (row) => queues[requests.queue[row] as number] as BfqQueue,
    queues: () => queues,
    schedule,
    merge,
    leave: (task) => {
      if (task.sync !== undefined) release(task.sync);
      if (task.async !== undefined) release(task.async);
      task.sync = undefined;
      task.async = undefined;
    },
  };
}
