import type { ComparedFunction } from '../../model/comparison.ts';
import type { TreeTests } from './tree-tests.ts';
import type { UnionTree } from './union-tree.ts';

/** Part of the moved cost by which both sides may differ and still be called the same. */
const SLACK = 0.2;
/** The same where the interval of what is left is as wide. */
const MOST_SLACK = 0.5;
/** Part of one side that its largest functions must make up. */
const MOST = 0.8;
/** A function that keeps less than this of its cost below a caller is gone from there. */
const GONE = 0.1;

export type Move = NonNullable<ComparedFunction['moved']>;

/**
 * Whether the change of a function at `node` only moved cost: within its nearest caller that holds
 * both, as much went as came, and one side appeared or disappeared there. A callee inlined into
 * its caller, a function under another name, work handed to a new function. Not the process
 * itself: two unrelated changes may well cancel over a whole program.
 */
export function movedWithin(
  tree: UnionTree,
  tests: TreeTests,
  children: readonly (readonly number[])[],
  node: number,
): Move | undefined {
  const fn = tree.function[node] as number;
  const own = (tests.selfAfter[node] as number) - (tests.selfBefore[node] as number);
  if (own === 0) return undefined;
  for (let at = node; (tree.depth[at] as number) > 1; at = tree.parent[at] as number) {
    const left = (tests.totalAfter[at] as number) - (tests.totalBefore[at] as number);
    const size = Math.abs(own);
    const half = tests.half[at] as number;
    const slack = Math.max(SLACK * size, Math.min(MOST_SLACK * size, Number.isNaN(half) ? 0 : half));
    if (Math.abs(left) > slack) continue;
    const found = balance(tree, tests, children, at, fn, Math.sign(own));
    if (found === undefined) continue;
    const within = tree.functions[tree.function[at] as number]?.name ?? '';
    const caller = tree.function[at] as number;
    const inlined = at === node || found.others.includes(caller);
    const renamed =
      !inlined && found.appears && found.gone && found.others.length === 1 && at === tree.parent[node];
    return { kind: inlined ? 'inlined' : renamed ? 'renamed' : 'moved', with: found.names, within };
  }
  return undefined;
}

interface Balance {
  /** Functions of the other side, largest first. */
  readonly others: readonly number[];
  readonly names: readonly string[];
  /** The function itself is gone from, or new to, the place. */
  readonly appears: boolean;
  /** The other side is. */
  readonly gone: boolean;
}

/** Self changes below `top` by function: undefined when the function is not most of its side, or neither side comes or goes. */
function balance(
  tree: UnionTree,
  tests: TreeTests,
  children: readonly (readonly number[])[],
  top: number,
  fn: number,
  sign: number,
): Balance | undefined {
  const before = new Map<number, number>();
  const after = new Map<number, number>();
  const waiting = [top];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const id = tree.function[node] as number;
    before.set(id, (before.get(id) ?? 0) + (tests.selfBefore[node] as number));
    after.set(id, (after.get(id) ?? 0) + (tests.selfAfter[node] as number));
    waiting.push(...(children[node] ?? []));
  }
  const delta = (id: number): number => ((after.get(id) ?? 0) - (before.get(id) ?? 0)) * sign;
  const ids = [...before.keys()];
  const same = ids.reduce((sum, id) => sum + Math.max(0, delta(id)), 0);
  const opposite = ids.reduce((sum, id) => sum + Math.max(0, -delta(id)), 0);
  if (delta(fn) < MOST * same || opposite <= 0) return undefined;
  const others: number[] = [];
  let sum = 0;
  for (const id of ids.filter((each) => delta(each) < 0).sort((a, b) => delta(a) - delta(b))) {
    if (sum >= MOST * opposite) break;
    others.push(id);
    sum -= delta(id);
  }
  // The other side must weigh what the function's own does.
  if (sum < MOST_SLACK * delta(fn)) return undefined;
  const comesOrGoes = (id: number): boolean => {
    const [less, more] = [before.get(id) ?? 0, after.get(id) ?? 0].sort((a, b) => a - b) as [number, number];
    return less <= GONE * more;
  };
  const appears = comesOrGoes(fn);
  const gone = others.every(comesOrGoes);
  if (!appears && !gone) return undefined;
  return { others, names: others.map((id) => tree.functions[id]?.name ?? ''), appears, gone };
}
