import type { Schema, TableBuilder } from './table.ts';

/**
 * Sorts a log table by its `time` column in place, stably. Rows without a time (NaN) stay behind
 * the row they followed. A table already in order, the usual case, costs one pass.
 */
export function sortByTime<S extends Schema & { time: { kind: 'f64' } }>(table: TableBuilder<S>): void {
  const { length } = table;
  const time = table.columns.time as Float64Array;
  if (isSorted(time, length)) return;
  const keys = new Float64Array(length);
  let last = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < length; row++) {
    const at = time[row] as number;
    if (!Number.isNaN(at)) last = at;
    keys[row] = last;
  }
  const order = new Uint32Array(length);
  for (let row = 0; row < length; row++) order[row] = row;
  order.sort((a, b) => (keys[a] as number) - (keys[b] as number) || a - b);
  for (const name of Object.keys(table.definition.schema) as (keyof S & string)[]) {
    const column = table.columns[name] as Float64Array;
    const before = column.slice(0, length);
    for (let row = 0; row < length; row++) column[row] = before[order[row] as number] as number;
  }
}

function isSorted(time: Float64Array, length: number): boolean {
  return countInversions(time, 0, length) === 0;
}

/** Rows of [from, to) whose time is before the last known time above them. */
export function countInversions(time: Float64Array, from: number, to: number): number {
  let last = Number.NEGATIVE_INFINITY;
  let inversions = 0;
  for (let row = from; row < to; row++) {
    const at = time[row] as number;
    if (at < last) inversions++;
    if (!Number.isNaN(at)) last = at;
  }
  return inversions;
}
