import type { CallTree } from '../../model/section.ts';

export interface Box {
  readonly node: number;
  /** Left edge and width as shares of the whole. */
  readonly x: number;
  readonly width: number;
  readonly depth: number;
}

/** Rows beyond these are not drawn: a runaway recursion would make a picture nobody can open. */
const MOST_ROWS = 2000;

export interface BoxLayout {
  readonly boxes: readonly Box[];
  readonly rows: number;
  /** Frames left out because they are narrower than `smallest`. */
  readonly left: number;
  /** Frames left out because they are too deep. */
  readonly deeper: number;
}

/** Boxes of a call tree as wide as `total`, siblings in the tree's order; nothing narrower than `smallest` (a share). */
export function layoutBoxes(
  tree: CallTree,
  smallest: number,
  total: readonly number[] = tree.nodes.total,
): BoxLayout {
  const { depth: depths } = tree.nodes;
  const whole = total[0] ?? 0;
  const boxes: Box[] = [];
  let [rows, left, deeper] = [0, 0, 0];
  // next[d]: where the next node of depth d begins.
  const next: number[] = [0];
  for (let node = 0; node < depths.length; node++) {
    const depth = depths[node] as number;
    const x = next[depth] as number;
    const weight = total[node] as number;
    next[depth] = x + weight;
    next[depth + 1] = x;
    const width = whole > 0 ? weight / whole : 0;
    if (node > 0 && width < smallest) left++;
    else if (depth >= MOST_ROWS) deeper++;
    else {
      boxes.push({ node, x: whole > 0 ? x / whole : 0, width: node === 0 ? 1 : width, depth });
      rows = Math.max(rows, depth + 1);
    }
  }
  return { boxes, rows, left, deeper };
}
