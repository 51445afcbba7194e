import type { Context } from '../../context.ts';
import { functions } from '../../derived/functions.ts';
import { idleSamples } from '../../derived/idle.ts';
import { leafFunctions } from '../../derived/leaf.ts';
import { profile } from '../../derived/profile.ts';
import { type Channel, makeChannel } from '../channel.ts';
import { type WindowGrid, windowOf } from '../window-grid.ts';

/** Samples in idle tasks: what a CPU does when nobody wants it is a state of the run too. */
export const IDLE = '(idle)';

/** Columns of the functions channel, and which one each function has. */
export interface FunctionColumns {
  readonly channel: Channel;
  /** Id of the function (derived/functions) of each column; −1 = idle. */
  readonly functionOf: readonly number[];
}

/** Samples of the primary event by innermost function, window by window. */
export function functionColumns(context: Context, grid: WindowGrid): FunctionColumns | undefined {
  const { event, rows, idleSamples: idleCount } = context.derive(profile);
  if (rows.length + idleCount === 0) return undefined;
  const { samples } = context.trace.tables;
  const { time, stack, weight, event: events } = samples.columns;
  const leaf = context.derive(leafFunctions);
  const idle = context.derive(idleSamples);
  const { rows: names } = context.derive(functions);
  const columnOf = new Map<number, number>();
  const cells: number[] = [];
  const counts: number[] = [];
  for (let row = 0; row < samples.length; row++) {
    if (events[row] !== event.id) continue;
    const window = windowOf(grid, time[row] as number);
    if (window < 0) continue;
    const id = idle[row] === 1 ? -1 : (leaf[stack[row] as number] as number);
    let column = columnOf.get(id);
    if (column === undefined) {
      column = columnOf.size;
      columnOf.set(id, column);
    }
    cells.push(window, column);
    // A weight that counts samples is that many samples; other weights are of one.
    counts.push(event.unit === 'samples' ? Math.max(1, Math.round(weight[row] as number)) : 1);
  }
  const columns = columnOf.size;
  const values = new Uint32Array(grid.windows * columns);
  for (let i = 0; i < counts.length; i++) {
    const at = (cells[2 * i] as number) * columns + (cells[2 * i + 1] as number);
    values[at] = (values[at] as number) + (counts[i] as number);
  }
  const functionOf = [...columnOf.keys()];
  const channel = makeChannel(
    'functions',
    'samples',
    functionOf.map((id) => (id < 0 ? IDLE : (names[id]?.name ?? ''))),
    { rows: grid.windows, columns, values },
  );
  return channel === undefined ? undefined : { channel, functionOf };
}
