import type { Context } from '../../context.ts';
import { idleThreads } from '../../derived/idle.ts';
import { QUEUED, RUNNING } from '../../derived/sched/intervals.ts';
import { timeline } from '../../derived/sched/timeline.ts';
import { dStates } from '../../derived/sched/wait-reason.ts';
import { type Channel, makeChannel } from '../channel.ts';
import type { WindowGrid } from '../window-grid.ts';

/** Parts of time a window is cut into at first: states last, they are not counted; the spread between windows says how many of them are worth one. */
const COUNTS_EACH = 200;

/**
 * Time of threads by what they did: running, waiting for a CPU, in D by what they waited for. Sleep is
 * left out: most threads of a host sleep most of the time, and would hide what the others do.
 */
export function statesChannel(context: Context, grid: WindowGrid): Channel | undefined {
  if (context.trace.tables.switches.length === 0) return undefined;
  const { intervals } = context.derive(timeline);
  const { activity, start, end, thread } = intervals.columns;
  const idle = context.derive(idleThreads);
  const names = ['running', 'waiting for a CPU'];
  const time = [new Float64Array(grid.windows), new Float64Array(grid.windows)];
  for (let row = 0; row < intervals.length; row++) {
    if (idle[thread[row] as number] === 1) continue;
    if (activity[row] === RUNNING)
      spread(time[0] as Float64Array, grid, start[row] as number, end[row] as number);
    else if (activity[row] === QUEUED)
      spread(time[1] as Float64Array, grid, start[row] as number, end[row] as number);
  }
  for (const { reason, start: from, end: to } of context.derive(dStates).counted) {
    const name = `waiting for ${reason}`;
    let at = names.indexOf(name);
    if (at < 0) {
      at = names.push(name) - 1;
      time.push(new Float64Array(grid.windows));
    }
    spread(time[at] as Float64Array, grid, from, to);
  }
  const all = time.reduce((sum, column) => sum + column.reduce((a, b) => a + b, 0), 0);
  if (!(all > 0)) return undefined;
  const asCounts = (each: number): Channel | undefined => {
    const scale = (each * grid.windows) / all;
    const values = new Uint32Array(grid.windows * names.length);
    time.forEach((column, c) => {
      column.forEach((ns, window) => {
        values[window * names.length + c] = Math.round(ns * scale);
      });
    });
    const counts = { rows: grid.windows, columns: names.length, values };
    return makeChannel('states', 'parts of the time', names, counts);
  };
  // Parts so long that they vary between windows as independent counts would.
  const fine = asCounts(COUNTS_EACH);
  return fine === undefined ? undefined : asCounts(Math.max(1, COUNTS_EACH / fine.dispersion));
}

/** Adds the ns of [from, to) to the windows they fall into. */
function spread(windows: Float64Array, { start, step }: WindowGrid, from: number, to: number): void {
  if (!(to > from)) return;
  const first = Math.max(0, Math.floor((from - start) / step));
  const last = Math.min(windows.length - 1, Math.floor((to - start) / step));
  for (let window = first; window <= last; window++) {
    const begin = start + window * step;
    windows[window] =
      (windows[window] as number) + Math.max(0, Math.min(to, begin + step) - Math.max(from, begin));
  }
}
