import type { Context } from '../context.ts';
import { type Boundary, placeBoundary } from './boundaries.ts';
import { type Channel, pooledChannel } from './channel.ts';
import { activityChannel } from './channels/activity.ts';
import { blockLatencyChannel } from './channels/block-latency.ts';
import { countersChannel } from './channels/counters.ts';
import { functionColumns } from './channels/functions.ts';
import { statesChannel } from './channels/states.ts';
import { clusterSegments } from './clusters.ts';
import { findSegments } from './segments.ts';
import { FEWEST_WINDOWS, type WindowGrid, windowGrid } from './window-grid.ts';

/** A stretch of time in which nothing changes. */
export interface Stretch {
  /** Which phase it is, 0 = the one that comes first. */
  readonly phase: number;
  /** Windows [first, end). */
  readonly first: number;
  readonly end: number;
  /** Seconds from the start of the trace, boundaries placed within windows. */
  readonly from: number;
  readonly to: number;
}

export interface PhaseModel {
  readonly grid: WindowGrid;
  /** Every channel, whole. */
  readonly channels: readonly Channel[];
  readonly stretches: readonly Stretch[];
  /** Between one stretch and the next, seconds from the start of the trace. */
  readonly boundaries: readonly Boundary[];
  readonly phases: number;
}

/** Phases of the run; undefined when it is too short to have any. */
export function phaseModel(context: Context): PhaseModel | undefined {
  const grid = context.derive(windowGrid);
  if (grid === undefined || grid.windows < FEWEST_WINDOWS) return undefined;
  const channels = context.derive(phaseChannels);
  if (channels.length === 0) return undefined;
  const judged = channels.map(pooledChannel).filter((channel) => channel !== undefined);
  const starts = findSegments(judged, grid.windows);
  const phaseOf = clusterSegments(judged, grid.windows, starts, context.seed);
  const places = starts
    .slice(1)
    .map((start, i) => placeBoundary(judged, starts[i] as number, start, starts[i + 2] ?? grid.windows));
  const seconds = (window: number): number => grid.offset + (window * grid.step) / 1e9;
  const boundaries = places.map(({ at, low, high }) => ({
    at: seconds(at),
    low: seconds(low),
    high: seconds(high),
  }));
  const stretches = starts.map((first, i) => {
    const end = starts[i + 1] ?? grid.windows;
    return {
      phase: phaseOf[i] as number,
      first,
      end,
      from: boundaries[i - 1]?.at ?? seconds(0),
      to: boundaries[i]?.at ?? seconds(grid.windows),
    };
  });
  return { grid, channels, stretches, boundaries, phases: new Set(phaseOf).size };
}

/** Everything that is counted window by window. To add one: a file in channels/, and a line here. */
export function phaseChannels(context: Context): readonly Channel[] {
  const grid = context.derive(windowGrid);
  if (grid === undefined) return [];
  const functions = functionColumns(context, grid)?.channel;
  return [
    functions,
    functions === undefined ? undefined : activityChannel(functions.counts),
    statesChannel(context, grid),
    blockLatencyChannel(context, grid),
    countersChannel(context, grid),
  ].filter((channel) => channel !== undefined);
}
