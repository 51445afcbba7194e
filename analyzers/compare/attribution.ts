import type { Attribution } from '../../model/comparison.ts';
import type { TreeTests } from './tree-tests.ts';
import type { UnionTree } from './union-tree.ts';

/** A child that explains this much of its caller's change is where the change is. */
const EXPLAINS = 0.8;

/** Children of every node, in order. */
export function childrenOf({ parent }: UnionTree): number[][] {
  const children: number[][] = Array.from({ length: parent.length }, () => []);
  for (let node = 1; node < parent.length; node++) children[parent[node] as number]?.push(node);
  return children;
}

/**
 * Walks down from `start` while one child explains most of the change of its caller, as far as
 * changes passed their tests. Undefined when not even the first step can be made.
 */
export function attribute(
  tree: UnionTree,
  tests: TreeTests,
  children: readonly (readonly number[])[],
  start = 0,
): Attribution | undefined {
  const delta = (node: number): number =>
    (tests.totalAfter[node] as number) - (tests.totalBefore[node] as number);
  let at = start;
  let explains = 1;
  for (;;) {
    const above = delta(at);
    const next = (children[at] ?? []).find(
      (child) => tests.passed[child] === 1 && delta(child) / above >= EXPLAINS,
    );
    if (next === undefined) break;
    explains *= Math.min(1, delta(next) / above);
    at = next;
  }
  const fn = tree.functions[tree.function[at] as number];
  if (at === start || fn === undefined || fn.process) return undefined;
  return {
    function: fn.name,
    module: fn.module,
    callers: callersOf(tree, at),
    before: tests.totalBefore[at] as number,
    after: tests.totalAfter[at] as number,
    explains,
  };
}

/** Names of a node's callers, the process first. */
export function callersOf(tree: UnionTree, node: number): string[] {
  const names: string[] = [];
  for (let at = tree.parent[node] as number; at !== 0; at = tree.parent[at] as number) {
    names.push(tree.functions[tree.function[at] as number]?.name ?? '');
  }
  return names.reverse();
}

/** For each function the node whose self cost changed most. */
export function mostChangedNodes(tree: UnionTree, tests: TreeTests): Map<number, number> {
  const nodes = new Map<number, number>();
  const size = (node: number): number =>
    Math.abs((tests.selfAfter[node] as number) - (tests.selfBefore[node] as number));
  for (let node = 1; node < tree.parent.length; node++) {
    const fn = tree.function[node] as number;
    const best = nodes.get(fn);
    if (best === undefined || size(node) > size(best)) nodes.set(fn, node);
  }
  return nodes;
}
