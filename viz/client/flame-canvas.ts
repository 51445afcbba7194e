import { formatShare } from '../../model/units.ts';
import type { Comparison, FlameData } from './flame-data.ts';
import type { Layout } from './layout.ts';
import { type Palette, PROCESS } from './palette.ts';
import type { ViewState } from './view-state.ts';

export const ROW = 18;
/** Boxes narrower than this many pixels are not drawn one by one: they could not be seen. */
const NARROWEST = 0.35;
/** In time order a run of such boxes is drawn as slivers of two pixels, so that busy stretches stay visible. */
const SLIVER = 2;

export interface Window {
  /** What fills the width, in the section's unit. */
  readonly x0: number;
  readonly x1: number;
  /** First pixel row of the drawing that is visible, and how many are. */
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly icicle: boolean;
}

export interface Marks {
  /** Box under the pointer or the keyboard; −1 = none. */
  readonly focus: number;
  /** Depth of the zoomed node: rows above it are its callers, drawn dim. */
  readonly zoomDepth: number;
}

/** Draws the visible rows only; the cost follows what can be seen, not what there is. */
export function drawFlame(
  canvas: CanvasRenderingContext2D,
  state: ViewState,
  view: Window,
  marks: Marks,
  palette: Palette,
): void {
  const { layout } = state;
  canvas.fillStyle = palette.background;
  canvas.fillRect(0, 0, view.width, view.height);
  canvas.font = '11px ui-sans-serif, system-ui, sans-serif';
  canvas.textBaseline = 'middle';
  for (let row = 0; row < layout.rows; row++) {
    const y = rowTop(row, layout.rows, view);
    if (y + ROW < 0 || y > view.height) continue;
    drawRow(canvas, state, view, marks, palette, row, y);
  }
}

function drawRow(
  canvas: CanvasRenderingContext2D,
  state: ViewState,
  view: Window,
  marks: Marks,
  palette: Palette,
  row: number,
  y: number,
): void {
  const { layout, data, matches, framed } = state;
  const scale = view.width / (view.x1 - view.x0 || 1);
  const stop = layout.rowStart[row + 1] as number;
  let last = '';
  for (let at = firstVisible(layout, row, view.x0); at < stop; at++) {
    const box = layout.rowBoxes[at] as number;
    const from = layout.x0[box] as number;
    if (from >= view.x1) break;
    const left = Math.max(0, (from - view.x0) * scale);
    const right = Math.min(view.width, ((layout.x1[box] as number) - view.x0) * scale);
    const narrow = right - left < NARROWEST;
    if (narrow) {
      // On to the box under the next pixel that can show anything, however many lie between.
      const beyond = view.x0 + (left + (layout.order === 'time' ? SLIVER : NARROWEST)) / scale;
      at = Math.max(at, firstVisible(layout, row, beyond) - 1);
      if (layout.order !== 'time') continue;
    }
    const node = layout.node[box] as number;
    const fn = data.fn[node] as number;
    const found = matches?.functions[fn] === 1 || framed?.[fn] === 1;
    const pale = row < marks.zoomDepth || ((matches !== undefined || framed !== undefined) && !found);
    const kind = row <= 1 ? PROCESS : (data.kind[fn] as number);
    const colour = found
      ? palette.match
      : pale
        ? palette.dim
        : data.compare === undefined
          ? palette.fill(kind, fn)
          : palette.change(changeStrength(data.compare, node));
    // Setting a colour costs about as much as filling a small box.
    if (colour !== last) canvas.fillStyle = colour;
    last = colour;
    const width = narrow ? SLIVER : Math.max(NARROWEST, right - left - (right - left > 3 ? 0.6 : 0));
    canvas.fillRect(left, y, width, ROW - 1);
    if (box === marks.focus) {
      canvas.strokeStyle = palette.outline;
      canvas.lineWidth = 1.5;
      canvas.strokeRect(left + 0.75, y + 0.75, Math.max(1, right - left - 2), ROW - 2.5);
    }
    if (right - left > 26) {
      canvas.fillStyle = found ? '#ffffff' : pale ? palette.dimText : palette.text;
      last = '';
      canvas.fillText(shorten(labelOf(data, node), right - left - 6), left + 3, y + ROW / 2);
    }
  }
}

/** −1..1: how strongly a node changed, in the largest change that is shown; 0 for noise. */
export function changeStrength(
  { totalBefore, totalAfter, shown, largest }: Comparison,
  node: number,
): number {
  if (shown[node] === 1 || largest === 0) return 0;
  const change = ((totalAfter[node] as number) - (totalBefore[node] as number)) / largest;
  // The sign is the test's: a frame that is shown never looks like noise.
  return shown[node] === 2 ? Math.max(0.02, change) : Math.min(-0.02, change);
}

/** Name of a node; with its change as a part of the baseline's total where there is a baseline. */
function labelOf({ names, fn, compare }: FlameData, node: number): string {
  const name = names[fn[node] as number] ?? '';
  if (compare === undefined) return name;
  const change =
    ((compare.totalAfter[node] as number) - (compare.totalBefore[node] as number)) /
    (compare.totalBefore[0] || compare.totalAfter[0] || 1);
  return Math.abs(change) < 0.0005 ? name : `${name} ${change > 0 ? '+' : ''}${formatShare(change)}`;
}

/** Box at a point of the canvas, or −1. */
export function boxAt(layout: Layout, view: Window, x: number, y: number): number {
  const fromTop = Math.floor((y + view.top) / ROW);
  const row = view.icicle ? fromTop : layout.rows - 1 - fromTop;
  if (row < 0 || row >= layout.rows) return -1;
  const value = view.x0 + (x / view.width) * (view.x1 - view.x0);
  const at = firstVisible(layout, row, value);
  if (at >= (layout.rowStart[row + 1] as number)) return -1;
  const box = layout.rowBoxes[at] as number;
  return (layout.x0[box] as number) <= value && value < (layout.x1[box] as number) ? box : -1;
}

export function rowTop(row: number, rows: number, { icicle, top }: Pick<Window, 'icicle' | 'top'>): number {
  return (icicle ? row : rows - 1 - row) * ROW - top;
}

/** Position in rowBoxes of the first box of the row that ends beyond `x`. */
function firstVisible(layout: Layout, row: number, x: number): number {
  const start = layout.rowStart[row] as number;
  const boxes = layout.rowBoxes.subarray(start, layout.rowStart[row + 1]);
  let [low, high] = [0, boxes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((layout.x1[boxes[middle] as number] as number) <= x) low = middle + 1;
    else high = middle;
  }
  return start + low;
}

/** Text cut to a width, at 6.2 px a character: measuring each label would cost more than drawing it. */
function shorten(text: string, width: number): string {
  const most = Math.floor(width / 6.2);
  return text.length <= most ? text : most < 3 ? '' : `${text.slice(0, most - 1)}…`;
}
