import { isZero, type Schema, type TableBuilder } from './table.ts';

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
  const order = stableOrder(keys);
  for (const name of Object.keys(table.definition.schema) as (keyof S & string)[])
    reorder((table.columns[name] as Float64Array).subarray(0, length), order);
}

/** Puts a column's rows in the order given. */
function reorder(column: ArrayBufferView, order: Uint32Array): void {
  if (isZero(column)) return;
  const { buffer, byteOffset, byteLength } = column;
  const size = byteLength / order.length;
  const { length } = order;
  // A loop for each width: one that met several kinds of array would take three times as long.
  if (size === 8) reorder64(new Float64Array(buffer, byteOffset, length), order);
  else if (size === 4) reorder32(new Uint32Array(buffer, byteOffset, length), order);
  else if (size === 2) reorder16(new Uint16Array(buffer, byteOffset, length), order);
  else reorder8(new Uint8Array(buffer, byteOffset, length), order);
}

function reorder64(column: Float64Array, order: Uint32Array): void {
  const before = new Float64Array(column);
  for (let row = 0; row < order.length; row++) column[row] = before[order[row] as number] as number;
}

function reorder32(column: Uint32Array, order: Uint32Array): void {
  const before = new Uint32Array(column);
  for (let row = 0; row < order.length; row++) column[row] = before[order[row] as number] as number;
}

function reorder16(column: Uint16Array, order: Uint32Array): void {
  const before = new Uint16Array(column);
  for (let row = 0; row < order.length; row++) column[row] = before[order[row] as number] as number;
}

function reorder8(column: Uint8Array, order: Uint32Array): void {
  const before = new Uint8Array(column);
  for (let row = 0; row < order.length; row++) column[row] = before[order[row] as number] as number;
}

/**
 * Rows in ascending order of their keys, equal keys in order of rows. Files read one after another
 * are a few ascending runs; merging those is much cheaper than sorting.
 */
export function stableOrder(keys: Float64Array): Uint32Array {
  let order = new Uint32Array(keys.length);
  for (let row = 0; row < keys.length; row++) order[row] = row;
  let runs = [0];
  for (let row = 1; row < keys.length; row++)
    if ((keys[row] as number) < (keys[row - 1] as number)) runs.push(row);
  let spare = new Uint32Array(keys.length);
  while (runs.length > 1) {
    const merged: number[] = [];
    for (let run = 0; run < runs.length; run += 2) {
      const from = runs[run] as number;
      const middle = runs[run + 1] ?? keys.length;
      mergeRuns(keys, order, spare, from, middle, runs[run + 2] ?? keys.length);
      merged.push(from);
    }
    [order, spare] = [spare, order];
    runs = merged;
  }
  return order;
}

/** Merges rows[from, middle) and rows[middle, to), both ascending, into the same place of `into`. */
function mergeRuns(
  keys: Float64Array,
  rows: Uint32Array,
  into: Uint32Array,
  from: number,
  middle: number,
  to: number,
): void {
  let left = from;
  let right = middle;
  for (let at = from; at < to; at++) {
    const takeLeft =
      left < middle &&
      (right >= to || (keys[rows[left] as number] as number) <= (keys[rows[right] as number] as number));
    into[at] = rows[takeLeft ? left++ : right++] as number;
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
