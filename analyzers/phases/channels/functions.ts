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
  const last = names.length;
  // Column of each function, and of idle CPUs last; −1 = not met.
  const columnOf = new Int32Array(last + 1).fill(-1);
  const functionOf: number[] = [];
  const idOf = (row: number): number => (idle[row] === 1 ? last : (leaf[stack[row] as number] as number));
  const inGrid = (row: number): number =>
    events[row] === event.id ? windowOf(grid, time[row] as number) : -1;
  for (let row = 0; row < samples.length; row++) {
    const id = idOf(row);
    if (columnOf[id] === -1 && inGrid(row) >= 0) columnOf[id] = functionOf.push(id === last ? -1 : id) - 1;
  }
  const columns = functionOf.length;
  const values = new Uint32Array(grid.windows * columns);
  for (let row = 0; row < samples.length; row++) {
    const window = inGrid(row);
    if (window < 0) continue;
    const at = window * columns + (columnOf[idOf(row)] as number);
    // A weight that counts samples is that many samples; other weights are of one.
    const count = event.unit === 'samples' ? Math.max(1, Math.round(weight[row] as number)) : 1;
    values[at] = (values[at] as number) + count;
  }
  const channel = makeChannel(
    'functions',
    'samples',
    functionOf.map((id) => (id < 0 ? IDLE : (names[id]?.name ?? ''))),
    { rows: grid.windows, columns, values },
  );
  return channel === undefined ? undefined : { channel, functionOf };
}
