import type { CallTree } from '../../model/section.ts';
import { frameKindId } from '../../model/tables.ts';

export interface TreeFunction {
  readonly name: string;
  readonly module: string;
  readonly kind: number;
}

/** A call tree in any order in which parents precede children; node 0 is the root. */
export interface RawTree {
  readonly parent: Uint32Array;
  /** Index into `functions`. */
  readonly function: Uint32Array;
  readonly self: Float64Array;
  readonly functions: readonly TreeFunction[];
}

/**
 * Puts a tree in pre-order with the heaviest sibling first (ties by name), keeping at most
 * `mostNodes` nodes: the children of a node that are too small become one `(n small frames)`
 * child that carries their weight. `outputOf` maps every raw node to where its weight went.
 */
export function pruneTree(raw: RawTree, mostNodes: number): { tree: CallTree; outputOf: Uint32Array } {
  const total = totals(raw);
  const keep = chooseKept(raw, total, mostNodes);
  return emit(raw, total, keep);
}

function totals({ parent, self }: RawTree): Float64Array {
  const total = Float64Array.from(self);
  for (let node = total.length - 1; node > 0; node--) {
    const up = parent[node] as number;
    total[up] = (total[up] as number) + (total[node] as number);
  }
  return total;
}

/** 1 for nodes kept. A parent weighs at least as much as its child, so the heaviest nodes form a tree. */
function chooseKept({ parent }: RawTree, total: Float64Array, mostNodes: number): Uint8Array {
  const keep = new Uint8Array(total.length).fill(1);
  if (total.length <= mostNodes) return keep;
  const order = Uint32Array.from(total.keys()).sort(
    (a, b) => (total[b] as number) - (total[a] as number) || a - b,
  );
  const rank = new Uint32Array(total.length);
  order.forEach((node, position) => {
    rank[node] = position;
  });
  // Every kept node may need one node for its small children, so the count is found by halving.
  let [low, high] = [1, mostNodes];
  const countWith = (kept: number): number => {
    const needsRest = new Uint8Array(total.length);
    for (let node = 1; node < total.length; node++) {
      const up = parent[node] as number;
      if ((rank[node] as number) >= kept && (rank[up] as number) < kept) needsRest[up] = 1;
    }
    return kept + needsRest.reduce((sum, flag) => sum + flag, 0);
  };
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (countWith(middle) <= mostNodes) low = middle;
    else high = middle - 1;
  }
  for (let node = 1; node < total.length; node++) keep[node] = (rank[node] as number) < low ? 1 : 0;
  return keep;
}

function emit(
  raw: RawTree,
  total: Float64Array,
  keep: Uint8Array,
): { tree: CallTree; outputOf: Uint32Array } {
  const { parent, functions } = raw;
  const children: number[][] = Array.from({ length: parent.length }, () => []);
  for (let node = 1; node < parent.length; node++) children[parent[node] as number]?.push(node);
  const used = new FunctionTable(functions);
  const nodes = {
    depth: [] as number[],
    function: [] as number[],
    self: [] as number[],
    total: [] as number[],
  };
  const outputOf = new Uint32Array(parent.length);
  const nameOf = (node: number): string => functions[raw.function[node] as number]?.name ?? '';
  let merged = 0;
  const add = (depth: number, fn: number, self: number, weight: number): number => {
    nodes.depth.push(depth);
    nodes.function.push(fn);
    nodes.self.push(self);
    return nodes.total.push(weight) - 1;
  };
  const writeSmall = (small: readonly number[], depth: number): void => {
    const below = collect(small, children);
    const weight = small.reduce((sum, child) => sum + (total[child] as number), 0);
    const rest = add(depth, used.small(below.length), weight, weight);
    for (const other of below) outputOf[other] = rest;
    merged += below.length;
  };
  // Subtrees still to write, next on top: call paths may be deeper than the runtime's own stack.
  const waiting: { depth: number; node: number; small?: readonly number[] }[] = [{ node: 0, depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, depth } = next;
    if (next.small !== undefined) {
      writeSmall(next.small, depth);
      continue;
    }
    const fn = used.id(raw.function[node] as number);
    outputOf[node] = add(depth, fn, raw.self[node] as number, total[node] as number);
    const below = children[node] as number[];
    const kept = below.filter((child) => keep[child] === 1);
    const small = below.filter((child) => keep[child] === 0);
    if (small.length > 0) waiting.push({ node, depth: depth + 1, small });
    kept.sort((a, b) => (total[a] as number) - (total[b] as number) || (nameOf(a) < nameOf(b) ? 1 : -1));
    for (const child of kept) waiting.push({ node: child, depth: depth + 1 });
  }
  return { tree: { functions: used.columns, modules: used.modules, nodes, merged }, outputOf };
}

function collect(roots: readonly number[], children: readonly (readonly number[])[]): number[] {
  const found = [...roots];
  for (let i = 0; i < found.length; i++)
    for (const child of children[found[i] as number] ?? []) found.push(child);
  return found;
}

/** Functions and modules that the kept nodes use, numbered in order of use. */
class FunctionTable {
  readonly columns = { name: [] as string[], module: [] as number[], kind: [] as number[] };
  readonly modules: string[] = [];
  readonly #source: readonly TreeFunction[];
  readonly #ids = new Map<number, number>();
  readonly #moduleIds = new Map<string, number>();
  readonly #smallIds = new Map<number, number>();

  constructor(source: readonly TreeFunction[]) {
    this.#source = source;
  }

  id(source: number): number {
    let id = this.#ids.get(source);
    if (id === undefined) {
      id = this.#add(this.#source[source] ?? { name: '', module: '', kind: frameKindId.unknown });
      this.#ids.set(source, id);
    }
    return id;
  }

  small(count: number): number {
    let id = this.#smallIds.get(count);
    if (id === undefined) {
      const name = `(${count} small frame${count === 1 ? '' : 's'})`;
      id = this.#add({ name, module: '', kind: frameKindId.unknown });
      this.#smallIds.set(count, id);
    }
    return id;
  }

  #add({ name, module, kind }: TreeFunction): number {
    let moduleId = this.#moduleIds.get(module);
    if (moduleId === undefined) {
      moduleId = this.modules.push(module) - 1;
      this.#moduleIds.set(module, moduleId);
    }
    this.columns.module.push(moduleId);
    this.columns.kind.push(kind);
    return this.columns.name.push(name) - 1;
  }
}
