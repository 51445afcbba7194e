import { type CountMatrix, poolColumns, rowTotals } from '../stats/count-matrix.ts';
import { windowDispersion } from '../stats/window-dispersion.ts';

/** One kind of thing counted window by window: functions, states of threads, latencies of requests. */
export interface Channel {
  /** `functions`, `states`. */
  readonly name: string;
  /** What one count is: `samples`. */
  readonly counted: string;
  /** Names of the columns. */
  readonly names: readonly string[];
  /** Windows × columns. */
  readonly counts: CountMatrix;
  /** How much more windows differ than sampling makes them; at least 1. */
  readonly dispersion: number;
  /** Shares that can vary freely: columns − 1, or less where columns belong to several wholes. */
  readonly df: number;
}

/** A channel of these columns, its spread measured; undefined when nothing in it can change. */
export function makeChannel(
  name: string,
  counted: string,
  names: readonly string[],
  counts: CountMatrix,
  wholes = 1,
): Channel | undefined {
  const df = counts.columns - wholes;
  if (df < 1) return undefined;
  return { name, counted, names, counts, dispersion: windowDispersion(counts), df };
}

/** Columns below this share of all counts are judged together: each alone is too rare to say anything of a phase. */
const SMALLEST_SHARE = 0.005;
export const OTHERS = '(others)';

/**
 * The channel phases are found in: columns of at least half a percent, the others as one. Which
 * columns those are depends on counts alone, so their order changes nothing.
 */
export function pooledChannel(channel: Channel): Channel | undefined {
  const { counts, names, name, counted, df } = channel;
  // Columns of several wholes are not parts of one: they cannot be added up.
  if (df < counts.columns - 1) return channel;
  const totals = new Float64Array(counts.columns);
  for (let at = 0, column = 0; at < counts.values.length; at++) {
    totals[column] = (totals[column] as number) + (counts.values[at] as number);
    if (++column === counts.columns) column = 0;
  }
  const all = rowTotals(counts).reduce((sum, total) => sum + total, 0);
  const kept = [...totals.keys()].filter(
    (column) => (totals[column] as number) >= all * SMALLEST_SHARE && (totals[column] as number) > 0,
  );
  if (kept.length === counts.columns) return channel;
  const pooled = poolColumns(counts, kept);
  return makeChannel(name, counted, [...kept.map((column) => names[column] as string), OTHERS], pooled);
}
