import type { SavedTree } from '../../model/saved-run.ts';
import { TreeNodes } from '../derived/tree-nodes.ts';
import { type Aliases, findAliases, noAliases } from './aliases.ts';
import type { MeasuredRun } from './exposure.ts';
import { commonFunctionName, commonModuleName, commonProcessName } from './symbols.ts';

export interface CommonFunction {
  readonly name: string;
  readonly module: string;
  /** Index into frameKinds. */
  readonly kind: number;
  /** It stands for `(n small frames)`: what it holds differs from run to run, nothing is said of it. */
  readonly small: boolean;
  /** The name of a process or thread, not a function. */
  readonly process: boolean;
  /** `file:line` where a capture tells. */
  readonly source?: string;
}

/** The call trees of all runs laid over each other: nodes are paths of functions under their common names. */
export interface UnionTree {
  readonly functions: readonly CommonFunction[];
  /** Caller of each node; callers precede. Node 0 is the root. */
  readonly parent: Uint32Array;
  readonly depth: Uint32Array;
  /** Index into `functions` of each node. */
  readonly function: Uint32Array;
  /** `[group][run][node]`: cost in the comparison's unit of samples whose innermost frame is the node. */
  readonly self: readonly (readonly Float64Array[])[];
  /** The same with everything called. */
  readonly total: readonly (readonly Float64Array[])[];
  /** Function of the union for a function of one run's own tree; undefined for processes and functions it never placed. */
  readonly idOf: (tree: SavedTree, fn: number) => number | undefined;
  /** Of two groups: names in the second that stand for others in the first. */
  readonly aliases: Aliases;
}

const smallFrames = /^\(\d+ small frames?\)$/;

export function uniteTrees(groups: readonly (readonly MeasuredRun[])[]): UnionTree {
  const nodes = new TreeNodes();
  const functions = new CommonFunctions();
  const [first, second] = groups;
  const aliases =
    groups.length === 2 && first !== undefined && second !== undefined
      ? findAliases(first, second)
      : noAliases;
  const placed = groups.map((group, g) =>
    group.map(({ profile }) => place(profile.tree, nodes, functions, g === 1 ? aliases : noAliases)),
  );
  const { parent, function: ofNode } = nodes.columns();
  const depth = new Uint32Array(parent.length);
  for (let node = 1; node < parent.length; node++)
    depth[node] = (depth[parent[node] as number] as number) + 1;
  const self = groups.map((group, g) =>
    group.map(({ profile, scale }, r) => {
      const weights = new Float64Array(parent.length);
      const places = placed[g]?.[r] as Uint32Array;
      profile.tree.nodes.self.forEach((weight, node) => {
        const at = places[node] as number;
        weights[at] = (weights[at] as number) + weight * scale;
      });
      return weights;
    }),
  );
  return {
    functions: functions.rows,
    parent,
    depth,
    function: ofNode,
    self,
    total: self.map((group) => group.map((weights) => addUp(weights, parent))),
    idOf: (tree, fn) => functions.known(tree, fn),
    aliases,
  };
}

/** Node of the union for each node of one run's tree. */
function place(tree: SavedTree, nodes: TreeNodes, functions: CommonFunctions, aliases: Aliases): Uint32Array {
  const { depth, function: ofNode } = tree.nodes;
  const places = new Uint32Array(depth.length);
  const open: number[] = [0];
  for (let node = 1; node < depth.length; node++) {
    const level = depth[node] as number;
    const id = functions.id(tree, ofNode[node] as number, level === 1, aliases);
    const at = nodes.child(open[level - 1] as number, id);
    places[node] = at;
    open[level] = at;
  }
  return places;
}

function addUp(self: Float64Array, parent: Uint32Array): Float64Array {
  const total = self.slice();
  for (let node = total.length - 1; node > 0; node--) {
    const up = parent[node] as number;
    total[up] = (total[up] as number) + (total[node] as number);
  }
  return total;
}

class CommonFunctions {
  readonly rows: CommonFunction[] = [{ name: 'all', module: '', kind: 0, small: false, process: true }];
  readonly #ids = new Map<string, number>();
  /** Ids of each tree's own functions, as a function and as a process: names are normalised once. */
  readonly #known = new Map<SavedTree, Map<number, number>>();

  id(tree: SavedTree, fn: number, process: boolean, aliases: Aliases): number {
    let known = this.#known.get(tree);
    if (known === undefined) {
      known = new Map();
      this.#known.set(tree, known);
    }
    const key = fn * 2 + (process ? 1 : 0);
    let id = known.get(key);
    if (id === undefined) {
      id = this.#intern(tree, fn, process, aliases);
      known.set(key, id);
    }
    return id;
  }

  known(tree: SavedTree, fn: number): number | undefined {
    return this.#known.get(tree)?.get(fn * 2);
  }

  #intern({ functions, modules }: SavedTree, fn: number, process: boolean, aliases: Aliases): number {
    const recorded = functions.name[fn] ?? '';
    const path = modules[functions.module[fn] ?? -1] ?? '';
    const kind = functions.kind[fn] ?? 0;
    const small = smallFrames.test(recorded);
    const ownModule = process ? '' : commonModuleName(path);
    const module = aliases.modules.get(ownModule) ?? ownModule;
    const comm = commonProcessName(recorded);
    const name = small
      ? '(small frames)'
      : process
        ? (aliases.processes.get(comm) ?? comm)
        : recorded.startsWith('[')
          ? `[${(module || recorded.slice(1, -1)).replace(/^\[(.*)\]$/, '$1')}]`
          : commonFunctionName(recorded);
    const key = `${process ? 'p' : 'f'}\0${module}\0${name}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const source = functions.source?.[fn];
    const id = this.rows.push({ name, module, kind, small, process, ...(source ? { source } : {}) }) - 1;
    this.#ids.set(key, id);
    return id;
  }
}
