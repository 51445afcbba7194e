import type { CallTree } from '../../model/section.ts';
import { decodeString } from '../../model/strings.ts';
import { frameKindId } from '../../model/tables.ts';
import type { Context } from '../context.ts';
import { type Functions, functions } from './functions.ts';
import { pruneTree, type RawTree } from './prune-tree.ts';
import { TreeNodes } from './tree-nodes.ts';

/** A call tree ready to draw, and where each sample ended up in it. */
export interface BuiltTree {
  readonly tree: CallTree;
  /** Node of the tree for each of the rows it was built from. */
  readonly nodeOfRow: Uint32Array;
}

/**
 * Call tree of these samples: the root, a node per process name, then functions. Frames of one
 * function at different addresses are one node. At most `mostNodes` nodes: the smallest subtrees
 * are folded into `(n small frames)` nodes, so every weight stays in the tree. `reverse` merges
 * stacks from their innermost frame: below each function stand its callers, the process last.
 * `weightOf` puts another weight in place of a sample's own.
 */
export function buildCallTree(
  context: Context,
  rows: Uint32Array,
  mostNodes: number,
  reverse = false,
  weightOf?: (row: number) => number,
): BuiltTree {
  const builder = new TreeBuilder(context);
  const leaves = new Uint32Array(rows.length);
  const { thread, stack, weight } = context.trace.tables.samples.columns;
  const comm = context.trace.tables.threads.columns.comm;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const process = comm[thread[row] as number] as number;
    const node = reverse
      ? builder.reversed(process, stack[row] as number)
      : builder.leaf(process, stack[row] as number);
    builder.addSelf(node, weightOf === undefined ? (weight[row] as number) : weightOf(row));
    leaves[i] = node;
  }
  const { tree, outputOf } = pruneTree(builder.finish(), mostNodes);
  return { tree, nodeOfRow: leaves.map((node) => outputOf[node] as number) };
}

class TreeBuilder {
  readonly #context: Context;
  readonly #functions: Functions;
  /** Function ids beyond the trace's own: 0 = all, then functions + 1, then process names. */
  readonly #processes = new Map<number, number>();
  readonly #nodes = new TreeNodes();
  /** Node of every stack met, per process name. */
  readonly #nodeOfStack = new Map<number, Uint32Array>();

  constructor(context: Context) {
    this.#context = context;
    this.#functions = context.derive(functions);
  }

  addSelf(node: number, weight: number): void {
    this.#nodes.add(node, weight);
  }

  /** Node of this stack below the process called by string `comm`. */
  leaf(comm: number, stack: number): number {
    let nodes = this.#nodeOfStack.get(comm);
    if (nodes === undefined) {
      nodes = new Uint32Array(this.#context.trace.tables.stacks.length);
      nodes[0] = this.#nodes.child(0, this.#processFunction(comm));
      this.#nodeOfStack.set(comm, nodes);
    }
    const { parent, frame } = this.#context.trace.tables.stacks.columns;
    const path: number[] = [];
    for (let at = stack; nodes[at] === 0; at = parent[at] as number) path.push(at);
    let node = nodes[path.length === 0 ? stack : (parent[path.at(-1) as number] as number)] as number;
    for (let i = path.length - 1; i >= 0; i--) {
      const at = path[i] as number;
      node = this.#nodes.child(node, 1 + (this.#functions.ofFrame[frame[at] as number] as number));
      nodes[at] = node;
    }
    return node;
  }

  /** Node of the outermost caller of this stack, with the innermost frame below the root. */
  reversed(comm: number, stack: number): number {
    const { parent, frame } = this.#context.trace.tables.stacks.columns;
    let node = 0;
    for (let at = stack; at !== 0; at = parent[at] as number) {
      node = this.#nodes.child(node, 1 + (this.#functions.ofFrame[frame[at] as number] as number));
    }
    return this.#nodes.child(node, this.#processFunction(comm));
  }

  finish(): RawTree {
    const { rows } = this.#functions;
    const processes = [...this.#processes.keys()];
    return {
      ...this.#nodes.columns(),
      functions: [
        { name: 'all', module: '', kind: frameKindId.unknown },
        ...rows.map(({ name, module, kind }) => ({ name, module, kind: frameKindId[kind] })),
        ...processes.map((comm) => ({
          name: decodeString(this.#context.trace.strings, comm) || '(no name)',
          module: '',
          kind: frameKindId.unknown,
        })),
      ],
    };
  }

  #processFunction(comm: number): number {
    let id = this.#processes.get(comm);
    if (id === undefined) {
      id = 1 + this.#functions.rows.length + this.#processes.size;
      this.#processes.set(comm, id);
    }
    return id;
  }
}
