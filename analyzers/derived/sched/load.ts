import { decodeString } from '../../../model/strings.ts';
import type { Context } from '../../context.ts';
import {
  calcLoad,
  EXP,
  FIXED_1,
  fixedPoint,
  type LoadWindow,
  loadPeriod,
  loadWindows,
  printedLoad,
} from '../../stats/load-average.ts';
import { countAtMost } from '../../stats/sorted.ts';
import { coverage } from './coverage.ts';
import { QUEUED, RUNNING, UNTERMINATED } from './intervals.ts';
import { timeline } from './timeline.ts';
import { dStates } from './wait-reason.ts';

/** A reading of /proc/loadavg. */
export interface Reading {
  /** ns of the run's clock. */
  readonly time: number;
  readonly load: Readonly<Record<LoadWindow, number>>;
}

export interface Tick {
  /** ns; when the kernel counted active tasks. */
  readonly time: number;
  readonly running: number;
  readonly uninterruptible: number;
  /** Tasks active on average since the tick before. */
  readonly average: number;
  /** Load after the tick, from counting at ticks. */
  readonly load: Readonly<Record<LoadWindow, number>>;
  /** Load after the tick had the kernel averaged instead of counted, 1 minute. */
  readonly averagedLoad: number;
  /** Reading that follows before the next tick, if there is one. */
  readonly reading?: Reading;
}

export interface ReplayError {
  readonly mean: number;
  readonly max: number;
  /** Ticks compared. */
  readonly n: number;
}

export interface LoadReplay {
  readonly ticks: readonly Tick[];
  /** Timer frequency, and whether readings told it. */
  readonly hz: number;
  readonly hzFrom: 'readings' | 'option' | 'assumed';
  /** ns from the start of the trace to its first tick, and how it is known. */
  readonly phase: number;
  readonly phaseFrom: 'fitted' | 'unknown';
  /** Length of the time in which readings say the tick must lie, ns; NaN without readings. */
  readonly phaseWindow: number;
  /** Fixed-point loads before the first tick. */
  readonly initial: Readonly<Record<LoadWindow, number>>;
  readonly initialFrom: 'reading' | 'assumed steady';
  /** Against the 1-minute readings: with the phase fitted, in the middle of its window, and averaged. */
  readonly error?: ReplayError;
  readonly unfittedError?: ReplayError;
  readonly averagedError?: ReplayError;
  readonly readings: readonly Reading[];
}

const COMMON_HZ = [250, 1000, 100, 300];
/** Steps in which phases are tried, ns. */
const STEP = 10e6;
/** The kernel folds the count into the average 10 timer ticks after it was taken. */
const FOLD_TICKS = 10;

/** The load averages the kernel would have computed from what threads did, and how far readings agree. */
export function loadReplay(context: Context): LoadReplay | undefined {
  const active = context.derive(activeCounts);
  // While a CPU is not watched, nobody knows how many tasks are active.
  const { allFrom: start, end } = context.derive(coverage);
  if (!(end > start)) return undefined;
  const readings = loadReadings(context).filter(({ time }) => time >= start - 5e9 && time <= end + 6e9);
  const asked = Number(context.options.hz ?? Number.NaN);
  const fits = (Number.isNaN(asked) ? COMMON_HZ : [asked]).map((hz) =>
    fitPhase(active, readings, start, end, hz),
  );
  const possible = fits.filter(({ phases }) => phases.length > 0);
  const best = possible[0] ?? fits[0];
  if (best === undefined) return undefined;
  const hzFrom = Number.isNaN(asked)
    ? possible.length === 1 && readings.length > 1
      ? 'readings'
      : 'assumed'
    : 'option';
  const known = best.phases.length > 0 && readings.length > 1;
  const middle = known ? middleOf(best.phases) : 0;
  const window = known ? best.phases.length * STEP : 0;
  const unfitted = replayAt(active, readings, start, end, best.hz, middle, window);
  const fitted = known ? replayAt(active, readings, start, end, best.hz, best.best) : unfitted;
  return {
    ...fitted,
    hz: best.hz,
    hzFrom,
    phase: known ? best.best : 0,
    phaseFrom: known ? 'fitted' : 'unknown',
    phaseWindow: known ? best.phases.length * STEP : Number.NaN,
    ...(unfitted.error === undefined ? {} : { unfittedError: unfitted.error }),
    readings,
  };
}

interface PhaseFit {
  readonly hz: number;
  /** Phases, ns from the start, that no change between two readings contradicts. */
  readonly phases: readonly number[];
  readonly best: number;
}

/** Tries every phase of the tick: changes of the readings must fall behind a tick; of those that fit, the best replay wins. */
function fitPhase(
  active: ActiveCounts,
  readings: readonly Reading[],
  start: number,
  end: number,
  hz: number,
): PhaseFit {
  const period = loadPeriod(hz) * 1e9;
  const changes: (readonly [number, number])[] = [];
  for (let i = 1; i < readings.length; i++) {
    const [a, b] = [readings[i - 1] as Reading, readings[i] as Reading];
    // A pause of the sampler longer than a period tells nothing.
    if (b.time - a.time < period && loadWindows.some((window) => a.load[window] !== b.load[window])) {
      changes.push([a.time, b.time]);
    }
  }
  if (changes.length === 0) return { hz, phases: [], best: 0 };
  const fold = (FOLD_TICKS / hz) * 1e9;
  const phases: number[] = [];
  for (let phase = 0; phase < period; phase += STEP) {
    const fits = changes.every(([from, to]) => {
      // The first moment a tick's load is visible behind `from`.
      const visible = start + phase + fold;
      const next = visible + Math.ceil((from - visible) / period) * period;
      return next <= to;
    });
    if (fits) phases.push(phase);
  }
  let best = phases[0] ?? 0;
  let least = Number.POSITIVE_INFINITY;
  for (const phase of phases) {
    const { error } = replayAt(active, readings, start, end, hz, phase);
    if (error !== undefined && error.mean < least) {
      least = error.mean;
      best = phase;
    }
  }
  return { hz, phases, best };
}

/** The middle of the run of possible phases, which may wrap around the period. */
function middleOf(phases: readonly number[]): number {
  let longest = { from: 0, to: 0 };
  let from = 0;
  for (let i = 1; i <= phases.length; i++) {
    if (i < phases.length && (phases[i] as number) - (phases[i - 1] as number) <= STEP * 1.5) continue;
    if (i - from > longest.to - longest.from) longest = { from, to: i };
    from = i;
  }
  return phases[(longest.from + longest.to) >> 1] ?? 0;
}

type Replayed = Pick<LoadReplay, 'ticks' | 'initial' | 'initialFrom' | 'error' | 'averagedError'>;

function replayAt(
  active: ActiveCounts,
  readings: readonly Reading[],
  start: number,
  end: number,
  hz: number,
  phase: number,
  window = 0,
): Replayed {
  const period = loadPeriod(hz) * 1e9;
  const fold = (FOLD_TICKS / hz) * 1e9;
  const first = start + phase;
  const before = readings.findLast(({ time }) => time < first + fold);
  const mean = active.mean(start, end);
  const initial = Object.fromEntries(
    loadWindows.map((window) => [window, fixedPoint(before === undefined ? mean : before.load[window])]),
  ) as Record<LoadWindow, number>;
  const loads = { ...initial };
  let averaged = initial['1m'];
  let reading = 0;
  const ticks: Tick[] = [];
  const errors = new ErrorSum();
  const averagedErrors = new ErrorSum();
  for (let time = first; time <= end; time = first + ticks.length * period) {
    const running = active.running(time);
    const uninterruptible = active.uninterruptible(time);
    // A tick that may lie anywhere in a window counts what was active there on average.
    const spread =
      window === 0 ? Number.NaN : active.mean(Math.max(start, time - window / 2), time + window / 2);
    const counted = Number.isNaN(spread) ? running + uninterruptible : spread;
    for (const each of loadWindows) loads[each] = calcLoad(loads[each], EXP[each], counted);
    const average = active.mean(Math.max(start, time - period), time);
    averaged = calcLoad(averaged, EXP['1m'], Number.isNaN(average) ? running + uninterruptible : average);
    while (reading < readings.length && (readings[reading] as Reading).time < time + fold) reading++;
    const next = readings[reading];
    const follows = next !== undefined && next.time < time + period + fold ? next : undefined;
    if (follows !== undefined && before !== undefined) {
      errors.add(printedLoad(loads['1m']) - follows.load['1m']);
      averagedErrors.add(printedLoad(averaged) - follows.load['1m']);
    }
    ticks.push({
      time,
      running,
      uninterruptible,
      average,
      load: Object.fromEntries(loadWindows.map((each) => [each, loads[each] / FIXED_1])) as Tick['load'],
      averagedLoad: averaged / FIXED_1,
      ...(follows === undefined ? {} : { reading: follows }),
    });
  }
  return {
    ticks,
    initial,
    initialFrom: before === undefined ? 'assumed steady' : 'reading',
    ...(errors.n === 0 ? {} : { error: errors.result(), averagedError: averagedErrors.result() }),
  };
}

class ErrorSum {
  n = 0;
  #sum = 0;
  #max = 0;

  add(difference: number): void {
    this.n++;
    this.#sum += Math.abs(difference);
    this.#max = Math.max(this.#max, Math.abs(difference));
  }

  result(): ReplayError {
    return { mean: this.#sum / this.n, max: this.#max, n: this.n };
  }
}

/** Readings of /proc/loadavg with a time on the clock of the run. */
export function loadReadings({ trace }: Context): Reading[] {
  const { series, counters } = trace.tables;
  const windowOf = new Map<number, LoadWindow>();
  for (let id = 1; id < series.length; id++) {
    const name = decodeString(trace.strings, series.columns.name[id] as number);
    const window = /^loadavg (1m|5m|15m)$/.exec(name)?.[1];
    if (window !== undefined) windowOf.set(id, window as LoadWindow);
  }
  const readings = new Map<number, { time: number; load: Partial<Record<LoadWindow, number>> }>();
  for (let row = 0; row < counters.length; row++) {
    const window = windowOf.get(counters.columns.series[row] as number);
    const time = counters.columns.time[row] as number;
    const clock = trace.imports[counters.columns.source[row] as number]?.clock;
    if (window === undefined || Number.isNaN(time) || clock?.how === 'cannot align') continue;
    const reading = readings.get(time) ?? { time, load: {} };
    reading.load[window] = counters.columns.value[row] as number;
    readings.set(time, reading);
  }
  return [...readings.values()]
    .filter(({ load }) => loadWindows.every((window) => load[window] !== undefined))
    .sort((a, b) => a.time - b.time) as Reading[];
}

/** How many intervals hold a moment, from their starts and ends sorted apart. */
class StepCount {
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  readonly #startSums: Float64Array;
  readonly #endSums: Float64Array;

  constructor(starts: Float64Array, ends: Float64Array) {
    this.#starts = starts.sort();
    this.#ends = ends.sort();
    this.#startSums = prefixSums(this.#starts);
    this.#endSums = prefixSums(this.#ends);
  }

  at(time: number): number {
    return countAtMost(this.#starts, time) - countAtMost(this.#ends, time);
  }

  /** ∫ count dt over (−∞, time], in ns. */
  area(time: number): number {
    const s = countAtMost(this.#starts, time);
    const e = countAtMost(this.#ends, time);
    return s * time - (this.#startSums[s] as number) - (e * time - (this.#endSums[e] as number));
  }
}

function prefixSums(values: Float64Array): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i++) sums[i + 1] = (sums[i] as number) + (values[i] as number);
  return sums;
}

export interface ActiveCounts {
  /** Tasks in R at a time, ns. */
  readonly running: (time: number) => number;
  /** Tasks in D at a time, ns. */
  readonly uninterruptible: (time: number) => number;
  /** Tasks active on average between two times; NaN when there is no time between. */
  readonly mean: (from: number, to: number) => number;
}

/** Whether a running or queued interval is known well enough to count: not one nobody saw end in a trace with losses. */
export function countsAsRunnable(activity: number, flags: number, whole: boolean): boolean {
  return activity === RUNNING || (activity === QUEUED && (whole || (flags & UNTERMINATED) === 0));
}

/** Tasks the load counts, over time: R (running or queued) and D. */
export function activeCounts(context: Context): ActiveCounts {
  const { intervals, lost } = context.derive(timeline);
  const { activity, flags, start, end } = intervals.columns;
  const whole = lost === 0 && context.derive(coverage).used.every(({ windows }) => windows.length === 1);
  const rows: number[] = [];
  for (let row = 0; row < intervals.length; row++) {
    if (countsAsRunnable(activity[row] as number, flags[row] as number, whole)) rows.push(row);
  }
  const origin = context.derive(coverage).start;
  const relative = (values: Float64Array): Float64Array =>
    Float64Array.from(rows, (row) => (values[row] as number) - origin);
  const { counted } = context.derive(dStates);
  const running = new StepCount(relative(start), relative(end));
  const uninterruptible = new StepCount(
    Float64Array.from(counted, (each) => each.start - origin),
    Float64Array.from(counted, (each) => each.end - origin),
  );
  const area = (time: number): number => running.area(time) + uninterruptible.area(time);
  return {
    running: (time) => running.at(time - origin),
    uninterruptible: (time) => uninterruptible.at(time - origin),
    mean: (from, to) => (to > from ? (area(to - origin) - area(from - origin)) / (to - from) : Number.NaN),
  };
}
