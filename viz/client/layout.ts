import { type FlameData, sampleRanges, shape } from './flame-data.ts';
import type { Range } from './phases.ts';

export type Order = 'left-heavy' | 'alphabetical' | 'time';

/** Boxes to draw: x0 and x1 in the section's unit, row = depth. Boxes of a row do not overlap and ascend in x. */
export interface Layout {
  readonly order: Order;
  /** Per box: its node in the call tree; in time order a node has many boxes. */
  readonly node: Uint32Array;
  readonly x0: Float64Array;
  readonly x1: Float64Array;
  /** Boxes of row r are rowBoxes[rowStart[r] .. rowStart[r + 1]). */
  readonly rowBoxes: Uint32Array;
  readonly rowStart: Uint32Array;
  readonly rows: number;
  readonly whole: number;
}

/** One box per node with any weight, siblings in the order asked for. */
export function layoutTree(
  data: FlameData,
  total: Float64Array,
  order: 'left-heavy' | 'alphabetical',
): Layout {
  const { parent, depth } = data;
  const sequence = siblingOrder(data, total, order);
  const boxes = sequence.length;
  // Where the next child of a node goes.
  const next = new Float64Array(total.length);
  const x0 = new Float64Array(boxes);
  const x1 = new Float64Array(boxes);
  const row = new Uint32Array(boxes);
  for (let box = 0; box < boxes; box++) {
    const node = sequence[box] as number;
    const weight = total[node] as number;
    const up = parent[node] as number;
    const from = node === 0 ? 0 : (next[up] as number);
    x0[box] = from;
    x1[box] = from + weight;
    row[box] = depth[node] as number;
    next[up] = from + weight;
    next[node] = from;
  }
  return { order, node: sequence, x0, x1, ...rowsOf(row), whole: total[0] ?? 0 };
}

/**
 * Samples of one thread (−1 = all) side by side in the order taken; neighbours share their common
 * callers. Beyond `mostSamples`, many times the pixels of a screen, every k-th stands for k; a
 * selected range is laid out anew, and so more finely.
 */
export function layoutTime(
  data: FlameData,
  ranges: readonly Range[] | undefined,
  thread: number,
  mostSamples = 16_000,
): Layout {
  const { samples } = data;
  const chosen: number[] = [];
  if (samples !== undefined) {
    for (const [from, to] of sampleRanges(samples.time, ranges)) {
      for (let i = from; i < to; i++) if (thread < 0 || samples.thread[i] === thread) chosen.push(i);
    }
  }
  const every = Math.max(1, Math.ceil(chosen.length / mostSamples));
  const boxes = { node: [] as number[], x0: [] as number[], x1: [] as number[], depth: [] as number[] };
  let open: number[] = [];
  let openNodes: number[] = [];
  let x = 0;
  const path: number[] = [];
  for (let i = 0; i < chosen.length; i += every) {
    const sample = chosen[i] as number;
    const weight = (samples?.weight[sample] as number) * every;
    path.length = 0;
    for (let node = samples?.node[sample] as number; node !== 0; node = data.parent[node] as number)
      path.push(node);
    path.push(0);
    path.reverse();
    let level = 0;
    while (level < path.length && openNodes[level] === path[level]) level++;
    open = open.slice(0, level);
    openNodes = openNodes.slice(0, level);
    for (; level < path.length; level++) {
      open.push(boxes.node.push(path[level] as number) - 1);
      openNodes.push(path[level] as number);
      boxes.x0.push(x);
      boxes.x1.push(x);
      boxes.depth.push(level);
    }
    x += weight;
    for (const box of open) boxes.x1[box] = x;
  }
  return {
    order: 'time',
    node: Uint32Array.from(boxes.node),
    x0: Float64Array.from(boxes.x0),
    x1: Float64Array.from(boxes.x1),
    ...rowsOf(Uint32Array.from(boxes.depth)),
    whole: x,
  };
}

/** Boxes sorted into rows, keeping their order within each. */
function rowsOf(depth: Uint32Array): { rowBoxes: Uint32Array; rowStart: Uint32Array; rows: number } {
  let rows = 0;
  for (const row of depth) rows = Math.max(rows, row + 1);
  const rowStart = new Uint32Array(rows + 1);
  for (const row of depth) rowStart[row + 1] = (rowStart[row + 1] as number) + 1;
  for (let row = 0; row < rows; row++)
    rowStart[row + 1] = (rowStart[row + 1] as number) + (rowStart[row] as number);
  const cursor = rowStart.slice();
  const rowBoxes = new Uint32Array(depth.length);
  for (let box = 0; box < depth.length; box++) {
    const row = depth[box] as number;
    const at = cursor[row] as number;
    rowBoxes[at] = box;
    cursor[row] = at + 1;
  }
  return { rowBoxes, rowStart, rows };
}

/** Nodes with any weight, so that parents precede children and siblings stand in the order asked for. */
function siblingOrder(
  data: FlameData,
  total: Float64Array,
  order: 'left-heavy' | 'alphabetical',
): Uint32Array {
  const { end } = data.end === undefined ? shape(data.depth) : data;
  const result = new Uint32Array(total.length);
  let count = 0;
  if (order === 'left-heavy' && isLeftHeavy(data, total)) {
    for (let node = 0; node < total.length; node++) if ((total[node] as number) > 0) result[count++] = node;
    return result.slice(0, count);
  }
  const name = (child: number): string => data.names[data.fn[child] as number] ?? '';
  const last =
    order === 'left-heavy'
      ? (a: number, b: number) => (total[a] as number) - (total[b] as number) || b - a
      : (a: number, b: number) => (name(a) < name(b) ? 1 : name(a) > name(b) ? -1 : b - a);
  const waiting = (total[0] ?? 0) > 0 ? [0] : [];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    result[count++] = node;
    const first = waiting.length;
    const stop = end[node] as number;
    for (let child = node + 1; child < stop; child = end[child] as number)
      if ((total[child] as number) > 0) waiting.push(child);
    // Most nodes have one child, and nothing to sort.
    if (waiting.length - first > 1) for (const child of waiting.splice(first).sort(last)) waiting.push(child);
  }
  return result.slice(0, count);
}

/** The page's own order is left-heavy for the whole trace: nothing to sort unless something is filtered. */
function isLeftHeavy(data: FlameData, total: Float64Array): boolean {
  for (let node = 1; node < total.length; node++) {
    const after = data.end[node] as number;
    if (
      after < total.length &&
      data.parent[after] === data.parent[node] &&
      (total[after] as number) > (total[node] as number)
    ) {
      return false;
    }
  }
  return true;
}
