import type { Context } from '../../context.ts';
import { QUEUED, RUNNING, UNTERMINATED } from './intervals.ts';
import { timeline } from './timeline.ts';

/**
 * Run-queue waits: from the wake-up (or from losing the CPU) until the thread runs. Rows of
 * intervals, in the order in which the waits ended per thread. Waits nobody saw end are left out.
 */
export function runqueueWaits(context: Context): Uint32Array {
  const { intervals } = context.derive(timeline);
  const { activity, flags, end } = intervals.columns;
  const rows: number[] = [];
  for (let row = 0; row < intervals.length; row++) {
    if (activity[row] !== QUEUED || ((flags[row] as number) & UNTERMINATED) !== 0 || Number.isNaN(end[row]))
      continue;
    rows.push(row);
  }
  return Uint32Array.from(rows);
}

/** Rows of running intervals of each CPU, in time order. */
export function runsByCpu(context: Context): ReadonlyMap<number, Uint32Array> {
  const { intervals } = context.derive(timeline);
  const { activity, cpu, start } = intervals.columns;
  const rows = new Map<number, number[]>();
  for (let row = 0; row < intervals.length; row++) {
    if (activity[row] !== RUNNING) continue;
    const list = rows.get(cpu[row] as number);
    if (list === undefined) rows.set(cpu[row] as number, [row]);
    else list.push(row);
  }
  return new Map(
    [...rows].map(([key, list]) => [
      key,
      Uint32Array.from(list).sort((a, b) => (start[a] as number) - (start[b] as number)),
    ]),
  );
}

/** Who ran on a CPU during [from, to): the row that ran longest there, and its ns; undefined when it was idle. */
export function competitor(
  context: Context,
  cpu: number,
  from: number,
  to: number,
): { readonly row: number; readonly time: number } | undefined {
  const { start, end, life } = context.derive(timeline).intervals.columns;
  const rows = context.derive(runsByCpu).get(cpu);
  if (rows === undefined) return undefined;
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((end[rows[middle] as number] as number) <= from) low = middle + 1;
    else high = middle;
  }
  const times = new Map<number, { row: number; time: number }>();
  for (let i = low; i < rows.length && (start[rows[i] as number] as number) < to; i++) {
    const row = rows[i] as number;
    const time = Math.min(end[row] as number, to) - Math.max(start[row] as number, from);
    const known = times.get(life[row] as number);
    if (known === undefined) times.set(life[row] as number, { row, time });
    else known.time += time;
  }
  return [...times.values()].reduce<{ row: number; time: number } | undefined>(
    (most, each) => (most === undefined || each.time > most.time ? each : most),
    undefined,
  );
}
