import type { ViewState } from './view-state.ts';

/** What the keys walk over: the flame graph, as far as they need it. */
export interface Walk {
  readonly state: ViewState | undefined;
  readonly icicle: boolean;
  /** Box with the focus; −1 = none. */
  readonly focus: number;
  /** Node that fills the width; 0 = the whole. */
  readonly zoomed: number;
  focusBox(box: number): void;
  zoomTo(node: number): void;
}

/**
 * Walks the flame graph: towards callees and callers, to the neighbours of the row, into the
 * widest child. Returns whether the key meant something.
 */
export function handleKey(
  view: Walk,
  event: KeyboardEvent,
  pick: (name: string | undefined) => void,
): boolean {
  const { state } = view;
  if (state === undefined || event.ctrlKey || event.metaKey || event.altKey) return false;
  const away = view.icicle ? 'ArrowDown' : 'ArrowUp';
  const back = view.icicle ? 'ArrowUp' : 'ArrowDown';
  const box = Math.max(0, view.focus);
  const node = state.layout.node[box] as number;
  switch (event.key) {
    case away:
      view.focusBox(widestChild(state, box));
      return true;
    case back:
      view.focusBox(callerOf(state, box));
      return true;
    case 'ArrowLeft':
      view.focusBox(neighbour(state, box, -1));
      return true;
    case 'ArrowRight':
      view.focusBox(neighbour(state, box, 1));
      return true;
    case 'Home':
      view.focusBox(0);
      return true;
    case 'Enter':
    case ' ':
      view.zoomTo(node);
      return true;
    case 'Escape':
    case 'Backspace':
      if (view.zoomed === 0) return false;
      view.zoomTo(event.key === 'Escape' ? 0 : (state.data.parent[view.zoomed] as number));
      return true;
    case 'f':
      pick(state.data.names[state.data.fn[node] as number]);
      return true;
    default:
      return false;
  }
}

function rowOf({ data, layout }: ViewState, box: number): number {
  return data.depth[layout.node[box] as number] as number;
}

/** The box below that is widest within this one's extent. */
function widestChild(state: ViewState, box: number): number {
  const { layout } = state;
  const row = rowOf(state, box) + 1;
  let best = -1;
  for (let at = layout.rowStart[row] ?? 0; at < (layout.rowStart[row + 1] ?? 0); at++) {
    const other = layout.rowBoxes[at] as number;
    if ((layout.x0[other] as number) < (layout.x0[box] as number)) continue;
    if ((layout.x0[other] as number) >= (layout.x1[box] as number)) break;
    if (best < 0 || width(state, other) > width(state, best)) best = other;
  }
  return best;
}

function callerOf(state: ViewState, box: number): number {
  const { layout } = state;
  const row = rowOf(state, box) - 1;
  if (row < 0) return -1;
  for (let at = layout.rowStart[row] as number; at < (layout.rowStart[row + 1] as number); at++) {
    const other = layout.rowBoxes[at] as number;
    if ((layout.x1[other] as number) > (layout.x0[box] as number)) return other;
  }
  return -1;
}

function neighbour(state: ViewState, box: number, step: number): number {
  const { layout } = state;
  const row = rowOf(state, box);
  const start = layout.rowStart[row] as number;
  const at = layout.rowBoxes.indexOf(box, start) + step;
  return at < start || at >= (layout.rowStart[row + 1] as number) ? -1 : (layout.rowBoxes[at] as number);
}

function width({ layout }: ViewState, box: number): number {
  return (layout.x1[box] as number) - (layout.x0[box] as number);
}
