import type { Context } from '../../context.ts';
import { firstSeen, LOST } from './request-table.ts';
import { requestModel } from './requests.ts';

/** Requests of a device that were somewhere between two steps, over time. */
export interface DepthSeries {
  /** Mean over time in each step. */
  readonly values: number[];
  /** Mean over the whole time; most at one moment. */
  readonly mean: number;
  readonly most: number;
}

/** Depths of a device between two moments, ns: in the block layer (first event → complete) and in the device (issue → complete). */
export function queueDepth(
  context: Context,
  device: number,
  from: number,
  to: number,
  steps: number,
): { readonly inside: DepthSeries; readonly issued: DepthSeries } {
  const { requests, completed } = context.derive(requestModel);
  const { columns } = requests;
  const rows: number[] = [];
  for (const row of completed) if (columns.device[row] === device) rows.push(row);
  // What was still on its way when the trace ended is there until then; what is lost cannot be counted.
  for (let row = 1; row < requests.length; row++) {
    const isOpen =
      Number.isNaN(columns.complete[row] as number) && ((columns.state[row] as number) & LOST) === 0;
    if (isOpen && columns.device[row] === device && !Number.isNaN(columns.issue[row] as number))
      rows.push(row);
  }
  const endOf = (row: number): number => {
    const at = columns.complete[row] as number;
    return Number.isNaN(at) ? to : at;
  };
  return {
    inside: depth(rows, (row) => firstSeen(columns, row), endOf, from, to, steps),
    issued: depth(
      rows.filter((row) => !Number.isNaN(columns.issue[row] as number)),
      (row) => columns.issue[row] as number,
      endOf,
      from,
      to,
      steps,
    ),
  };
}

function depth(
  rows: readonly number[],
  startOf: (row: number) => number,
  endOf: (row: number) => number,
  from: number,
  to: number,
  steps: number,
): DepthSeries {
  const step = (to - from) / steps;
  const area = new Float64Array(steps);
  let total = 0;
  const starts = Float64Array.from(rows, startOf).sort();
  const ends = Float64Array.from(rows, endOf).sort();
  for (const row of rows) {
    const [start, end] = [startOf(row), endOf(row)];
    total += end - start;
    const last = Math.min(steps - 1, Math.floor((end - from) / step));
    for (let at = Math.max(0, Math.floor((start - from) / step)); at <= last; at++) {
      const inside = Math.min(end, from + (at + 1) * step) - Math.max(start, from + at * step);
      if (inside > 0) area[at] = (area[at] as number) + inside;
    }
  }
  let most = 0;
  let open = 0;
  for (let i = 0, j = 0; i < starts.length; ) {
    // One that ends when another begins leaves its place to it.
    if ((ends[j] as number) <= (starts[i] as number)) {
      open--;
      j++;
    } else {
      open++;
      i++;
      most = Math.max(most, open);
    }
  }
  return { values: [...area].map((each) => each / step), mean: total / (to - from), most };
}
