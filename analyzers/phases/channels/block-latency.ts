import { blockOps } from '../../../model/io-tables.ts';
import { formatValue } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { requestModel } from '../../derived/io/requests.ts';
import { waitTimes } from '../../derived/io/wait-parts.ts';
import { type Channel, makeChannel } from '../channel.ts';
import { type WindowGrid, windowOf } from '../window-grid.ts';

/** Requests of block devices by operation and latency, a factor of four from one column to the next. */
export function blockLatencyChannel(context: Context, grid: WindowGrid): Channel | undefined {
  const { requests, completed } = context.derive(requestModel);
  if (completed.length === 0) return undefined;
  const { latency } = context.derive(waitTimes);
  const { complete, op } = requests.columns;
  const columnOf = new Map<number, number>();
  const cells: [number, number][] = [];
  completed.forEach((row, i) => {
    const window = windowOf(grid, complete[row] as number);
    const ns = latency[i] as number;
    if (window < 0 || !(ns > 0)) return;
    const key = (op[row] as number) * 64 + Math.floor(Math.log2(ns) / 2);
    const column = columnOf.get(key) ?? columnOf.size;
    columnOf.set(key, column);
    cells.push([window, column]);
  });
  const columns = columnOf.size;
  const values = new Uint32Array(grid.windows * columns);
  for (const [window, column] of cells) {
    const at = window * columns + column;
    values[at] = (values[at] as number) + 1;
  }
  const names = [...columnOf.keys()].map((key) => {
    const from = 4 ** (key % 64);
    return `${blockOps[Math.floor(key / 64)] ?? 'other'} in ${formatValue(from, 'ns')} – ${formatValue(from * 4, 'ns')}`;
  });
  return makeChannel('block latencies', 'requests', names, { rows: grid.windows, columns, values });
}
