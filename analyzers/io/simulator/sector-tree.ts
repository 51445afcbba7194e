import type { Requests } from './requests.ts';

/**
 * Requests by first sector: a treap (Seidel and Aragon 1996) threaded through the rows, where the kernel
 * has a red-black tree. Equal sectors stand in order of insertion. Expected O(log n).
 */
export interface SectorTree {
  root: number;
}

export function createSectorTree(): SectorTree {
  return { root: -1 };
}

export function treeInsert(tree: SectorTree, requests: Requests, row: number): void {
  const { sector, left, right, parent, rank } = requests;
  left[row] = -1;
  right[row] = -1;
  let at = tree.root;
  let above = -1;
  const key = sector[row] as number;
  while (at >= 0) {
    above = at;
    at = (key < (sector[at] as number) ? left[at] : right[at]) as number;
  }
  parent[row] = above;
  if (above < 0) tree.root = row;
  else if (key < (sector[above] as number)) left[above] = row;
  else right[above] = row;
  while ((parent[row] as number) >= 0 && (rank[row] as number) < (rank[parent[row] as number] as number)) {
    rotateUp(tree, requests, row);
  }
}

export function treeRemove(tree: SectorTree, requests: Requests, row: number): void {
  const { left, right, parent, rank } = requests;
  for (;;) {
    const l = left[row] as number;
    const r = right[row] as number;
    if (l >= 0 && r >= 0) {
      rotateUp(tree, requests, (rank[l] as number) < (rank[r] as number) ? l : r);
      continue;
    }
    const child = l >= 0 ? l : r;
    const above = parent[row] as number;
    if (child >= 0) parent[child] = above;
    if (above < 0) tree.root = child;
    else if (left[above] === row) left[above] = child;
    else right[above] = child;
    break;
  }
  left[row] = -1;
  right[row] = -1;
  parent[row] = -1;
}

/** Next by sector; -1 at the end. */
export function treeNext({ left, right, parent }: Requests, row: number): number {
  let at = right[row] as number;
  if (at >= 0) {
    while ((left[at] as number) >= 0) at = left[at] as number;
    return at;
  }
  at = row;
  let above = parent[at] as number;
  while (above >= 0 && right[above] === at) {
    at = above;
    above = parent[at] as number;
  }
  return above;
}

/** The one before by sector; -1 at the start. */
export function treePrevious({ left, right, parent }: Requests, row: number): number {
  let at = left[row] as number;
  if (at >= 0) {
    while ((right[at] as number) >= 0) at = right[at] as number;
    return at;
  }
  at = row;
  let above = parent[at] as number;
  while (above >= 0 && left[above] === at) {
    at = above;
    above = parent[at] as number;
  }
  return above;
}

export function treeFirst(tree: SectorTree, { left }: Requests): number {
  let at = tree.root;
  while (at >= 0 && (left[at] as number) >= 0) at = left[at] as number;
  return at;
}

/** The first request at or behind a sector; -1 when all are before it. */
export function treeAtOrAfter(tree: SectorTree, { sector, left, right }: Requests, from: number): number {
  let at = tree.root;
  let best = -1;
  while (at >= 0) {
    if ((sector[at] as number) >= from) {
      best = at;
      at = left[at] as number;
    } else at = right[at] as number;
  }
  return best;
}

/** The request that starts at this very sector; -1 when none does. */
export function treeAt(tree: SectorTree, requests: Requests, sector: number): number {
  const row = treeAtOrAfter(tree, requests, sector);
  return row >= 0 && requests.sector[row] === sector ? row : -1;
}

/** Lifts a row above its parent and keeps the order. */
function rotateUp(tree: SectorTree, { left, right, parent }: Requests, row: number): void {
  const above = parent[row] as number;
  const top = parent[above] as number;
  const isLeft = left[above] === row;
  const inner = (isLeft ? right[row] : left[row]) as number;
  if (isLeft) {
    left[above] = inner;
    right[row] = above;
  } else {
    right[above] = inner;
    left[row] = above;
  }
  if (inner >= 0) parent[inner] = above;
  parent[above] = row;
  parent[row] = top;
  if (top < 0) tree.root = row;
  else if (left[top] === above) left[top] = row;
  else right[top] = row;
}
