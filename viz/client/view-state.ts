import type { Selection } from '../../model/selection.ts';
import { type FlameData, filteredSelf, totalsOf, type Widths, widthsOf } from './flame-data.ts';
import { type Layout, layoutTime, layoutTree, type Order } from './layout.ts';
import { type PhaseStretch, type Range, selectedRanges } from './phases.ts';
import { findMatches, type Matches, toPattern } from './search.ts';

/** Everything the views of one flame section show, made from its data and the selection. */
export interface ViewState {
  readonly data: FlameData;
  readonly self: ArrayLike<number>;
  readonly total: Float64Array;
  readonly layout: Layout;
  /** Index into the samples' threads; −1 = all. */
  readonly thread: number;
  readonly range: Range | undefined;
  /** Times that are let through; undefined = all. */
  readonly ranges: readonly Range[] | undefined;
  readonly matches: Matches | undefined;
  readonly badQuery: boolean;
  /** Functions called as the selection's frame. */
  readonly framed: Uint8Array | undefined;
  /** Of a differential flame graph: whose cost the widths are of. */
  readonly widths: Widths;
}

/** Makes the state anew, taking over from the last one what the selection left alone. */
export function viewState(
  data: FlameData,
  selection: Selection,
  order: Order,
  last?: ViewState,
  widths: Widths = 'both',
  stretches: readonly PhaseStretch[] = [],
): ViewState {
  const thread =
    selection.thread === undefined ? -1 : (data.samples?.threads.indexOf(selection.thread) ?? -1);
  const range = data.samples === undefined ? undefined : selection.range;
  const ranges = data.samples === undefined ? undefined : selectedRanges(selection, stretches);
  const sameFilter =
    last !== undefined &&
    last.data === data &&
    last.thread === thread &&
    last.widths === widths &&
    sameRanges(last.ranges, ranges);
  const self = sameFilter ? last.self : (filteredSelf(data, ranges, thread) ?? widthsOf(data, widths));
  const total = sameFilter ? last.total : totalsOf(self, data.parent);
  const layout =
    sameFilter && last.layout.order === order
      ? last.layout
      : order === 'time'
        ? layoutTime(data, ranges, thread)
        : layoutTree(data, total, order);
  const { query, frame } = selection;
  const pattern = query === undefined ? undefined : toPattern(query);
  return {
    data,
    widths,
    self,
    total,
    layout,
    thread,
    range,
    ranges,
    matches: pattern === undefined ? undefined : findMatches(data, total, pattern),
    badQuery: query !== undefined && pattern === undefined,
    framed: frame === undefined ? undefined : Uint8Array.from(data.names, (name) => (name === frame ? 1 : 0)),
  };
}

function sameRanges(a: readonly Range[] | undefined, b: readonly Range[] | undefined): boolean {
  return (
    a === b ||
    (a !== undefined &&
      b !== undefined &&
      a.length === b.length &&
      a.every(([from, to], i) => from === b[i]?.[0] && to === b[i]?.[1]))
  );
}
