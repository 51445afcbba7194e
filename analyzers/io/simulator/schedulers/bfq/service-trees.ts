import { addToTree, type FinishTree, firstEligible, firstOf, lastOf, removeFromTree } from './finish-tree.ts';
import { ACTIVE, type BfqQueue, NOWHERE, RESTING } from './queue.ts';
import type { Weights } from './weights.ts';

/** Virtual time is sectors per weight in fixed point: WFQ_SERVICE_SHIFT. */
const ONE = 2 ** 22;
/** The idle class is served at least this often, ns: BFQ_CL_IDLE_TIMEOUT. */
const IDLE_CLASS_WAIT = 200e6;

/**
 * B-WF2Q+: who is served next, in proportion to weights. A queue that becomes active starts at the virtual time of
 * its class or at its own last finish time, and finishes a budget later; of those that may have started, the one
 * that finishes first is next. Real time before best effort before idle, each with a virtual time of its own.
 * Source: block/bfq-wf2q.c. Groups are not simulated.
 */
export interface ServiceTrees {
  /** A queue has become busy; `returns`: it waited for that request, so goes on where it was. */
  activate(queue: BfqQueue, returns: boolean): void;
  /** A queue has a new budget, or `expired`: it was in service and still is busy. */
  requeue(queue: BfqQueue, expired: boolean): void;
  /** A queue is not busy any more. */
  deactivate(queue: BfqQueue, expired: boolean): void;
  /** `sectors` of service count as received by a queue. */
  served(queue: BfqQueue, sectors: number): void;
  /** Puts the next queue in service. */
  takeNext(): BfqQueue | undefined;
  /** Nobody is in service any more. */
  release(): void;
  /** Another queue than the one in service would be next. */
  mayPreempt(): boolean;
  /** Applies a change of weight to a queue that is scheduled. */
  reweigh(queue: BfqQueue): void;
  /** Sum of weights of scheduled queues of a class. */
  weightOf(priorityClass: number): number;
  /** Active queues, but for the one in service; latest first. */
  latestActive(): BfqQueue | undefined;
}

interface ClassTree {
  readonly active: FinishTree;
  /** Not busy, but finished later than now: what they had too much is not forgotten yet. */
  readonly resting: FinishTree;
  time: number;
  weight: number;
}

/** `tick`: the last timer tick, ns. */
export function createServiceTrees(weights: Weights, tick: () => number): ServiceTrees {
  const trees: ClassTree[] = Array.from({ length: 3 }, () => ({
    active: { root: undefined },
    resting: { root: undefined },
    time: 0,
    weight: 0,
  }));
  const treeOf = (queue: BfqQueue): ClassTree => trees[queue.priorityClass - 1] as ClassTree;
  let inService: BfqQueue | undefined;
  let next: BfqQueue | undefined;
  let latest: BfqQueue | undefined;
  let idleServed = tick();
  let order = 0;
  let random = 0x9e3779b9;

  const spread = (sectors: number, weight: number): number => Math.floor((sectors * ONE) / weight);
  const add = (tree: FinishTree, queue: BfqQueue): void => {
    queue.order = order++;
    // xorshift32: the balance of the trees is the same in every run.
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    queue.rank = random >>> 0;
    addToTree(tree, queue);
  };
  const addActive = (of: ClassTree, queue: BfqQueue): void => {
    add(of.active, queue);
    queue.tree = ACTIVE;
    queue.older = latest;
    queue.newer = undefined;
    if (latest !== undefined) latest.newer = queue;
    latest = queue;
  };
  const removeActive = (of: ClassTree, queue: BfqQueue): void => {
    removeFromTree(of.active, queue);
    queue.tree = NOWHERE;
    if (queue.newer === undefined) latest = queue.older;
    else queue.newer.older = queue.older;
    if (queue.older !== undefined) queue.older.newer = queue.newer;
    queue.newer = undefined;
    queue.older = undefined;
  };
  const forget = (of: ClassTree, queue: BfqQueue): void => {
    queue.scheduled = false;
    of.weight -= queue.weight;
  };
  /** Drops the first resting queue whose finish time has passed; one at a time, as the kernel. */
  const forgetResting = (of: ClassTree): void => {
    const last = lastOf(of.resting);
    if (last === undefined) return;
    // As in the kernel, this can set the time back.
    if (of.active.root === undefined && last.finish <= of.time) of.time = last.finish;
    const first = firstOf(of.resting) as BfqQueue;
    if (first.finish > of.time) return;
    removeFromTree(of.resting, first);
    first.tree = NOWHERE;
    forget(of, first);
  };
  const finishAfter = (queue: BfqQueue, sectors: number): void => {
    queue.finish = queue.start + spread(sectors, queue.weight);
  };
  const reweigh = (queue: BfqQueue): void => {
    if (!queue.weightChanged) return;
    queue.weightChanged = false;
    const weight = queue.baseWeight * queue.raise;
    if (weight === queue.weight) return;
    treeOf(queue).weight += weight - queue.weight;
    weights.forget(queue);
    queue.weight = weight;
    if (queue.raise === 1) weights.count(queue);
  };
  const enqueue = (queue: BfqQueue, shifted: boolean): void => {
    const of = treeOf(queue);
    reweigh(queue);
    finishAfter(queue, queue.budget);
    if (shifted && of.time > queue.finish) {
      // Shifted back, it would be far ahead of all others: half-way is enough.
      const push = Math.floor((of.time - queue.finish) / queue.raise);
      queue.start += push;
      queue.finish += push;
    }
    addActive(of, queue);
  };
  const choose = (expired: boolean): BfqQueue | undefined => {
    let from = 0;
    if (idleServed + IDLE_CLASS_WAIT < tick()) {
      if ((trees[2] as ClassTree).active.root !== undefined) from = 2;
      idleServed = tick();
    }
    for (; from < 3; from++) {
      const of = trees[from] as ClassTree;
      const root = of.active.root;
      if (root === undefined) continue;
      const time = Math.max(of.time, root.leastStart);
      if ((inService === undefined || expired) && time > of.time) {
        of.time = time;
        forgetResting(of);
      }
      return firstEligible(of.active, time);
    }
    return undefined;
  };
  const update = (changed: BfqQueue | undefined, expired: boolean): void => {
    if (changed !== undefined && changed !== next) {
      if (next === undefined) {
        next = changed;
        return;
      }
      const sameClass = changed.priorityClass === next.priorityClass;
      if (sameClass && changed.start <= treeOf(changed).time && next.finish > changed.finish) {
        next = changed;
        return;
      }
    }
    next = choose(expired);
  };
  return {
    activate: (queue, returns) => {
      const of = treeOf(queue);
      const shifted = returns && of.time > queue.finish;
      const least = shifted ? queue.finish : of.time;
      if (queue.tree === RESTING) {
        removeFromTree(of.resting, queue);
        queue.tree = NOWHERE;
        queue.start = Math.max(least, queue.finish);
      } else {
        queue.start = least;
        of.weight += queue.weight;
        queue.scheduled = true;
      }
      enqueue(queue, shifted);
      update(queue, false);
    },
    requeue: (queue, expired) => {
      if (queue === inService) {
        finishAfter(queue, queue.service);
        queue.start = queue.finish;
      }
      if (queue.tree === ACTIVE) removeActive(treeOf(queue), queue);
      enqueue(queue, false);
      update(queue, expired);
    },
    deactivate: (queue, expired) => {
      if (!queue.scheduled) return;
      const of = treeOf(queue);
      // Taken out first: the tree is ordered by what changes here.
      if (queue.tree === ACTIVE) removeActive(of, queue);
      finishAfter(queue, queue.service);
      if (queue === inService) inService = undefined;
      else queue.service = 0;
      if (queue.finish > of.time) {
        add(of.resting, queue);
        queue.tree = RESTING;
      } else forget(of, queue);
      if (next === queue) update(undefined, expired);
    },
    served: (queue, sectors) => {
      const of = treeOf(queue);
      queue.service += sectors;
      of.time += spread(sectors, of.weight);
      forgetResting(of);
    },
    takeNext: () => {
      const queue = next;
      if (queue === undefined) return undefined;
      inService = queue;
      removeActive(treeOf(queue), queue);
      update(undefined, false);
      return queue;
    },
    release: () => {
      inService = undefined;
    },
    mayPreempt: () => next !== inService,
    reweigh,
    weightOf: (priorityClass) => (trees[priorityClass - 1] as ClassTree).weight,
    latestActive: () => latest,
  };
}
