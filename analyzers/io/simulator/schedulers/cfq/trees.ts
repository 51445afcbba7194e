import { type CfqQueue, createThinkTime, IDLE, RT, SYNC, type ThinkTime, type WorkType } from './queue.ts';

/** Busy queues, by class and kind of work; few, so looked through. */
export interface ServiceTrees {
  add(queue: CfqQueue, key: number): void;
  remove(queue: CfqQueue): void;
  /** Queue with the lowest key of a tree. */
  first(priorityClass: number, type: WorkType): CfqQueue | undefined;
  /** Highest key of the idle class, unless `except` has it. */
  lastIdleKey(except: CfqQueue): number | undefined;
  count(priorityClass: number, type: WorkType): number;
  /** Busy queues of a class; of all. */
  inClass(priorityClass: number): number;
  busy(): number;
  busySync(): number;
  busyAsync(): number;
  think(priorityClass: number, type: WorkType): ThinkTime;
  queues(): Iterable<CfqQueue>;
}

export function createServiceTrees(): ServiceTrees {
  /** Slots: 3 kinds × real time and best effort, and one for idle. */
  const trees: CfqQueue[][] = Array.from({ length: 7 }, () => []);
  const thinks = trees.map(createThinkTime);
  let serial = 0;
  let busy = 0;
  let busySync = 0;
  const slot = (priorityClass: number, type: WorkType): number =>
    priorityClass === IDLE ? 6 : (priorityClass === RT ? 0 : 3) + type;
  const treeOf = (priorityClass: number, type: WorkType): CfqQueue[] =>
    trees[slot(priorityClass, type)] as CfqQueue[];
  const remove = (queue: CfqQueue): void => {
    const tree = treeOf(queue.priorityClass, queue.type);
    tree.splice(tree.indexOf(queue), 1);
    busy--;
    if (queue.sync) busySync--;
  };
  return {
    add: (queue, key) => {
      queue.key = key;
      queue.keySerial = serial++;
      treeOf(queue.priorityClass, queue.type).push(queue);
      busy++;
      if (queue.sync) busySync++;
    },
    remove,
    first: (priorityClass, type) => {
      let best: CfqQueue | undefined;
      for (const queue of treeOf(priorityClass, type)) {
        if (best === undefined || queue.key < best.key) best = queue;
        else if (queue.key === best.key && queue.keySerial < best.keySerial) best = queue;
      }
      return best;
    },
    lastIdleKey: (except) => {
      let last: CfqQueue | undefined;
      for (const queue of trees[6] as CfqQueue[]) {
        if (last === undefined || queue.key >= last.key) last = queue;
      }
      return last === except ? undefined : last?.key;
    },
    count: (priorityClass, type) => treeOf(priorityClass, type).length,
    inClass: (priorityClass) =>
      priorityClass === IDLE
        ? (trees[6] as CfqQueue[]).length
        : ([0, 1, SYNC] as const).reduce<number>((n, type) => n + treeOf(priorityClass, type).length, 0),
    busy: () => busy,
    busySync: () => busySync,
    busyAsync: () => busy - busySync,
    think: (priorityClass, type) => thinks[slot(priorityClass, type)] as ThinkTime,
    *queues() {
      for (const tree of trees) yield* tree;
    },
  };
}
