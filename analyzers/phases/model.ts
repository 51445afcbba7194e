import type { Context } from '../context.ts';
import { withoutRows } from '../stats/count-matrix.ts';
import { type Boundary, placeBoundary } from './boundaries.ts';
import { type Channel, pooledChannel } from './channel.ts';
import { activityChannel } from './channels/activity.ts';
import { blockLatencyChannel } from './channels/block-latency.ts';
import { callersChannel } from './channels/callers.ts';
import { countersChannel } from './channels/counters.ts';
import { functionColumns } from './channels/functions.ts';
import { statesChannel } from './channels/states.ts';
import { clusterSegments } from './clusters.ts';
import { findSegments, SHORTEST } from './segments.ts';
import { FEWEST_WINDOWS, type WindowGrid, windowGrid } from './window-grid.ts';

/** A stretch of time in which nothing changes. */
export interface Stretch {
  /** Which phase it is, 0 = the one that comes first. */
  readonly phase: number;
  /** Windows [first, end). */
  readonly first: number;
  readonly end: number;
  /** Windows [first, end) that hold nothing of the phases before and after: what the phase is told by. */
  readonly inner: readonly [number, number];
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
  const { judged, starts, places } = settle(
    independent(channels)
      .map(pooledChannel)
      .filter((channel) => channel !== undefined),
    grid.windows,
  );
  const inner = starts.map((first, i) =>
    innerWindows(first, starts[i + 1] ?? grid.windows, places[i - 1]?.at, places[i]?.at),
  );
  const phaseOf = clusterSegments(judged, grid.windows, inner, context.seed);
  // To a tenth of a microsecond: what is beyond comes of dividing.
  const seconds = (window: number): number =>
    Math.round((grid.offset + (window * grid.step) / 1e9) * 1e7) / 1e7;
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
      inner: inner[i] as readonly [number, number],
      from: boundaries[i - 1]?.at ?? seconds(0),
      // The last window ends where the recording does.
      to: boundaries[i]?.at ?? seconds(grid.windows - 1 + grid.lastPart),
    };
  });
  return { grid, channels, stretches, boundaries, phases: new Set(phaseOf).size };
}

/** Channels without those that count again what another counts more finely. */
function independent(channels: readonly Channel[]): readonly Channel[] {
  const finer = channels.some(({ name }) => name === 'callers');
  return channels.filter(({ name }) => !(finer && name === 'functions'));
}

/** Rounds in which short stretches are put aside; what is found then stays. */
const MOST_ROUNDS = 4;

/**
 * Segments and the places of their boundaries. A stretch that turns out shorter than a phase can be,
 * once its boundaries are placed, is a moment: it is put aside, so that it neither parts what is
 * one phase nor colours it, and the segments are found anew.
 */
function settle(channels: readonly Channel[], windows: number) {
  let judged = channels;
  for (let round = 1; ; round++) {
    const starts = findSegments(judged, windows);
    const places = starts
      .slice(1)
      .map((start, i) => placeBoundary(judged, starts[i] as number, start, starts[i + 2] ?? windows));
    const moments = starts.flatMap((_, i) => {
      const [from, to] = [places[i - 1]?.at ?? 0, places[i]?.at ?? windows];
      return to - from < SHORTEST && starts.length > 1 ? [[Math.floor(from), Math.ceil(to)] as const] : [];
    });
    if (moments.length === 0 || round === MOST_ROUNDS) return { judged, starts, places };
    judged = judged.map((channel) => ({ ...channel, counts: withoutRows(channel.counts, moments) }));
  }
}

/** The channel windows are factorised by: the first whose columns are counts of things that happened. */
export function countedChannel(context: Context): Channel | undefined {
  return context.derive(phaseChannels).find(({ name }) => name === 'functions' || name === 'block latencies');
}

/** Windows of a stretch without those its boundaries fall into; all of them where nothing else would be left. */
export function innerWindows(
  first: number,
  end: number,
  from: number = first,
  to: number = end,
): readonly [number, number] {
  const [low, high] = [Math.max(first, Math.ceil(from)), Math.min(end, Math.floor(to))];
  return low < high ? [low, high] : [first, end];
}

/** Everything that is counted window by window. To add one: a file in channels/, and a line here. */
export function phaseChannels(context: Context): readonly Channel[] {
  const grid = context.derive(windowGrid);
  if (grid === undefined) return [];
  const functions = functionColumns(context, grid)?.channel;
  return [
    functions,
    functions === undefined ? undefined : callersChannel(context, grid),
    functions === undefined ? undefined : activityChannel(functions.counts, grid.lastPart),
    statesChannel(context, grid),
    blockLatencyChannel(context, grid),
    countersChannel(context, grid),
  ].filter((channel) => channel !== undefined);
}
