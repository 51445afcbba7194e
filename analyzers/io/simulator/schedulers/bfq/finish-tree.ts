import type { BfqQueue } from './queue.ts';

/**
 * Queues by virtual finish time, the older first among equals: a treap (Seidel and Aragon 1996) threaded through
 * the queues, each of which knows the least start time below it, so that the first queue that may be served is
 * found in O(log n), as in the augmented tree of Stoica and Abdel-Wahab (EEVDF, 1995) that the kernel has.
 */
export interface FinishTree {
  root: BfqQueue | undefined;
}

export function addToTree(tree: FinishTree, queue: BfqQueue): void {
  queue.left = undefined;
  queue.right = undefined;
  tree.root = insert(tree.root, queue);
}

export function removeFromTree(tree: FinishTree, queue: BfqQueue): void {
  tree.root = remove(tree.root, queue);
  queue.left = undefined;
  queue.right = undefined;
}

export function firstOf({ root }: FinishTree): BfqQueue | undefined {
  let at = root;
  while (at?.left !== undefined) at = at.left;
  return at;
}

export function lastOf({ root }: FinishTree): BfqQueue | undefined {
  let at = root;
  while (at?.right !== undefined) at = at.right;
  return at;
}

/** The queue with the least finish time of those that start at or before `time`. */
export function firstEligible({ root }: FinishTree, time: number): BfqQueue | undefined {
  let at = root;
  while (at !== undefined) {
    if (at.left !== undefined && at.left.leastStart <= time) at = at.left;
    else if (at.start <= time) return at;
    else at = at.right;
  }
  return undefined;
}

function insert(at: BfqQueue | undefined, queue: BfqQueue): BfqQueue {
  if (at === undefined) return settle(queue);
  if (queue.rank < at.rank) {
    split(at, queue);
    return settle(queue);
  }
  if (isBefore(queue, at)) at.left = insert(at.left, queue);
  else at.right = insert(at.right, queue);
  return settle(at);
}

function remove(at: BfqQueue | undefined, queue: BfqQueue): BfqQueue | undefined {
  if (at === undefined) throw new RangeError('a queue is in no tree it could be taken from');
  if (at === queue) return join(at.left, at.right);
  if (isBefore(queue, at)) at.left = remove(at.left, queue);
  else at.right = remove(at.right, queue);
  return settle(at);
}

/** Hangs what is before and behind `queue` below it. */
function split(at: BfqQueue | undefined, queue: BfqQueue): void {
  if (at === undefined) {
    queue.left = undefined;
    queue.right = undefined;
  } else if (isBefore(queue, at)) {
    split(at.left, queue);
    at.left = queue.right;
    queue.right = settle(at);
  } else {
    split(at.right, queue);
    at.right = queue.left;
    queue.left = settle(at);
  }
}

function join(a: BfqQueue | undefined, b: BfqQueue | undefined): BfqQueue | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  if (a.rank < b.rank) {
    a.right = join(a.right, b);
    return settle(a);
  }
  b.left = join(a, b.left);
  return settle(b);
}

function isBefore(a: BfqQueue, b: BfqQueue): boolean {
  return a.finish < b.finish || (a.finish === b.finish && a.order < b.order);
}

function settle(queue: BfqQueue): BfqQueue {
  let least = queue.start;
  if (queue.left !== undefined && queue.left.leastStart < least) least = queue.left.leastStart;
  if (queue.right !== undefined && queue.right.leastStart < least) least = queue.right.leastStart;
  queue.leastStart = least;
  return queue;
}
