import type { Context } from '../context.ts';
import { requestModel } from '../derived/io/requests.ts';
import { waitTimes } from '../derived/io/wait-parts.ts';
import { profile } from '../derived/profile.ts';
import { traceSpan } from '../derived/trace-span.ts';
import { sampledCounters } from './counter-readings.ts';

/** Equal windows that cover the time in which something was recorded. */
export interface WindowGrid {
  /** ns of the run's clock at which window 0 begins. */
  readonly start: number;
  /** ns per window. */
  readonly step: number;
  readonly windows: number;
  /** Part of the last window in which something could be recorded, (0, 1]. */
  readonly lastPart: number;
  /** Seconds from the start of the trace to the start of window 0. */
  readonly offset: number;
  /** What the windows were made for, and how many of it there are: `samples`, 12 000. */
  readonly of: string;
  readonly observations: number;
}

/** Fewer windows cannot tell a phase from chance. */
export const FEWEST_WINDOWS = 20;
/** More are no help: boundaries are placed within windows. */
const MOST_WINDOWS = 600;
/** Windows hold this many observations on average at least, and this many where there are plenty: a phase is told from few samples, its edge is not. */
const FEWEST_EACH = 50;
const PLENTY_EACH = 200;
/** Windows a run is cut into before they are given more than the fewest observations. */
const ENOUGH_WINDOWS = 60;

/**
 * The windows of a run, by what was recorded most closely: samples, else switches, else requests
 * of block devices, else readings of counters. Their length is a
 * round number. Fewer than `FEWEST_WINDOWS` windows come back when there is too little to look at.
 */
export function windowGrid(context: Context): WindowGrid | undefined {
  const times = observationTimes(context);
  if (times === undefined) return undefined;
  const { start, end, observations, of, each } = times;
  const most = Math.min(MOST_WINDOWS, observations / each);
  const step = niceStep((end - start) / Math.max(1, most));
  const windows = Math.max(1, Math.ceil((end - start) / step - 1e-9));
  const lastPart = Math.min(1, (end - start) / step - (windows - 1));
  return {
    start,
    step,
    windows,
    lastPart,
    offset: (start - context.derive(traceSpan).start) / 1e9,
    of,
    observations,
  };
}

/** Leading digits of lengths of windows that read well. */
const FACTORS = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];

/** The smallest of 1, 1.5, 2, 3 … times a power of ten that is not below `least` ns. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = FACTORS.find((each) => each * power >= least * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** Window of a moment; −1 outside. */
export function windowOf({ start, step, windows }: WindowGrid, time: number): number {
  const window = Math.floor((time - start) / step);
  if (window >= 0 && window < windows) return window;
  // The last moment of the trace belongs to the last window.
  return window === windows && time <= start + step * windows ? windows - 1 : -1;
}

interface ObservationTimes {
  readonly start: number;
  readonly end: number;
  readonly observations: number;
  readonly of: string;
  /** Observations a window should hold. */
  readonly each: number;
}

function observationTimes(context: Context): ObservationTimes | undefined {
  const { tables } = context.trace;
  const { event, rows, idleSamples } = context.derive(profile);
  const sampled = spanOf(
    tables.samples.columns.time,
    (row) => tables.samples.columns.event[row] === event.id,
  );
  if (rows.length + idleSamples > 0 && sampled !== undefined)
    return { ...sampled, of: 'samples', each: perWindow(sampled.observations) };
  const switched = spanOf(tables.switches.columns.time, () => true);
  if (switched !== undefined)
    return { ...switched, of: 'context switches', each: perWindow(switched.observations) };
  const { requests, completed } = context.derive(requestModel);
  if (completed.length > 0 && context.derive(waitTimes).latency.length > 0) {
    const { complete } = requests.columns;
    const finished = spanOf(
      completed.map((row) => row),
      () => true,
      (row) => complete[row] as number,
    );
    if (finished !== undefined)
      return { ...finished, of: 'requests', each: perWindow(finished.observations) };
  }
  return context.derive(sampledCounters).span;
}

/** First and last time among those that are wanted, and how many; undefined when there are fewer than two. */
function spanOf(
  values: Float64Array | Uint32Array,
  wanted: (row: number) => boolean,
  timeOf: (value: number) => number = (value) => value,
): Omit<ObservationTimes, 'of' | 'each'> | undefined {
  let [start, end, observations] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let row = 0; row < values.length; row++) {
    const time = timeOf(values[row] as number);
    if (Number.isNaN(time) || !wanted(row)) continue;
    if (time < start) start = time;
    if (time > end) end = time;
    observations++;
  }
  return end > start ? { start, end, observations } : undefined;
}

function perWindow(observations: number): number {
  return Math.min(PLENTY_EACH, Math.max(FEWEST_EACH, observations / ENOUGH_WINDOWS));
}
