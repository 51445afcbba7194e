import type { Context } from '../../context.ts';
import { quantile } from '../../stats/quantiles.ts';
import { type Channel, makeChannel } from '../channel.ts';
import { type CounterSeries, sampledCounters } from '../counter-readings.ts';
import type { WindowGrid } from '../window-grid.ts';

const quarters = ['lowest', 'second', 'third', 'highest'] as const;
/** Readings further apart than this many windows say too little of one. */
const SLOWEST = 1.5;

/**
 * Counters of the host, each by the quarter of its own values a window is in: a change of level moves windows
 * from one quarter to another, whatever the unit, and a single spike moves one.
 */
export function countersChannel(context: Context, grid: WindowGrid): Channel | undefined {
  const names: string[] = [];
  const columns: Uint8Array[] = [];
  let wholes = 0;
  for (const series of context.derive(sampledCounters).series) {
    const means = windowMeans(series, grid);
    if (means === undefined) continue;
    const known = [...means].filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
    const edges = [0.25, 0.5, 0.75].map((q) => quantile(known, q));
    const quarterOf = Array.from(means, (value) => edges.filter((edge) => value > edge).length);
    const present = quarters.map((_, quarter) => quarterOf.includes(quarter));
    if (present.filter(Boolean).length < 2) continue;
    wholes++;
    quarters.forEach((quarter, index) => {
      if (present[index] !== true) return;
      names.push(`${series.name}: ${quarter} quarter`);
      columns.push(
        Uint8Array.from(quarterOf, (each, window) =>
          each === index && !Number.isNaN(means[window] as number) ? 1 : 0,
        ),
      );
    });
  }
  if (columns.length === 0) return undefined;
  const values = new Uint32Array(grid.windows * columns.length);
  columns.forEach((column, c) => {
    column.forEach((count, window) => {
      values[window * columns.length + c] = count;
    });
  });
  return makeChannel(
    'counters',
    'windows',
    names,
    { rows: grid.windows, columns: columns.length, values },
    wholes,
  );
}

/** Mean of a series in each window, NaN where none of its readings reaches; undefined when readings are too far apart. */
function windowMeans({ starts, ends, values }: CounterSeries, grid: WindowGrid): Float64Array | undefined {
  const lengths = [...ends].map((end, i) => end - (starts[i] as number)).sort((a, b) => a - b);
  if (quantile(lengths, 0.5) > SLOWEST * grid.step) return undefined;
  const sum = new Float64Array(grid.windows);
  const weight = new Float64Array(grid.windows);
  for (let i = 0; i < values.length; i++) {
    const [from, to, value] = [starts[i] as number, ends[i] as number, values[i] as number];
    if (Number.isNaN(value)) continue;
    const first = Math.max(0, Math.floor((from - grid.start) / grid.step));
    const last = Math.min(grid.windows - 1, Math.ceil((to - grid.start) / grid.step) - 1);
    for (let window = first; window <= last; window++) {
      const begin = grid.start + window * grid.step;
      const overlap = Math.max(0, Math.min(to, begin + grid.step) - Math.max(from, begin));
      sum[window] = (sum[window] as number) + value * overlap;
      weight[window] = (weight[window] as number) + overlap;
    }
  }
  return sum.map((total, window) =>
    (weight[window] as number) > 0 ? total / (weight[window] as number) : Number.NaN,
  );
}
