import { decodeString } from '../../../model/strings.ts';
import type { Context } from '../../context.ts';
import { contribution, EXP, FIXED_1, type LoadWindow, remains } from '../../stats/load-average.ts';
import { threadLabel } from '../thread-label.ts';
import { coverage } from './coverage.ts';
import { RUNNING } from './intervals.ts';
import { countsAsRunnable, type LoadReplay, loadReplay } from './load.ts';
import { timeline } from './timeline.ts';
import { type DState, dStates } from './wait-reason.ts';

/** Every task the kernel counted at every tick: what loads are made of. */
export interface ActiveTasks {
  readonly length: number;
  /** Index into the ticks of the replay. */
  readonly tick: Uint32Array;
  /** Row of the intervals. */
  readonly interval: Uint32Array;
  /** Index into dStates().counted + 1; 0 = the task was in R. */
  readonly dState: Uint32Array;
}

/** One line of the sum a load is: tasks of one state, reason and name. */
export interface LoadPart {
  readonly state: 'R running' | 'R queued' | 'D';
  /** What tasks in D wait for; empty for R. */
  readonly reason: string;
  readonly comm: string;
  readonly cgroup: string;
  /** Part of the load, in load points. */
  readonly load: number;
}

/** A load after a tick, split exactly: it is the sum of the parts, of what it was before, and of rounding. */
export interface SplitLoad {
  readonly window: LoadWindow;
  readonly tick: number;
  readonly load: number;
  readonly parts: readonly LoadPart[];
  /** What is left of the load before the first tick. */
  readonly before: number;
  /** The kernel's rounding to 1/2048 at every tick. */
  readonly rounding: number;
}

export function activeTasks(context: Context): ActiveTasks {
  const replay = context.derive(loadReplay);
  const { intervals, lost } = context.derive(timeline);
  const { activity, flags, start, end } = intervals.columns;
  const whole = lost === 0 && context.derive(coverage).used.every(({ windows }) => windows.length === 1);
  const found = { tick: [] as number[], interval: [] as number[], dState: [] as number[] };
  const add = (interval: number, from: number, to: number, dState: number): void => {
    for (const tick of ticksWithin(replay, from, to)) {
      found.tick.push(tick);
      found.interval.push(interval);
      found.dState.push(dState);
    }
  };
  for (let row = 0; row < intervals.length; row++) {
    if (!countsAsRunnable(activity[row] as number, flags[row] as number, whole)) continue;
    add(row, start[row] as number, end[row] as number, 0);
  }
  context.derive(dStates).counted.forEach((each, i) => {
    add(each.interval, each.start, each.end, i + 1);
  });
  return {
    length: found.tick.length,
    tick: Uint32Array.from(found.tick),
    interval: Uint32Array.from(found.interval),
    dState: Uint32Array.from(found.dState),
  };
}

/** Ticks t with from ≤ t < to. */
function* ticksWithin(replay: LoadReplay | undefined, from: number, to: number): Generator<number> {
  const ticks = replay?.ticks ?? [];
  const [first, second] = ticks;
  if (first === undefined) return;
  const period = second === undefined ? 1 : second.time - first.time;
  // One early, because the division rounds; the comparison decides.
  let tick = Math.max(0, Math.floor((from - first.time) / period));
  while (tick < ticks.length && (ticks[tick]?.time ?? 0) < from) tick++;
  for (; tick < ticks.length && (ticks[tick]?.time ?? to) < to; tick++) yield tick;
}

/** Splits the load of a window after tick `last` (index) by state, reason, name and cgroup, largest first. */
export function splitLoad(context: Context, window: LoadWindow, last: number): SplitLoad | undefined {
  const replay = context.derive(loadReplay);
  const tick = replay?.ticks[last];
  if (replay === undefined || tick === undefined) return undefined;
  const tasks = context.derive(activeTasks);
  const parts = new Map<string, { -readonly [K in keyof LoadPart]: LoadPart[K] }>();
  let sum = 0;
  for (let row = 0; row < tasks.length; row++) {
    const at = tasks.tick[row] as number;
    if (at > last) continue;
    const amount = contribution(EXP[window], last - at);
    sum += amount;
    const about = describeTask(context, tasks.interval[row] as number, tasks.dState[row] as number);
    const key = `${about.state}\n${about.reason}\n${about.comm}\n${about.cgroup}`;
    const part = parts.get(key);
    if (part === undefined) {
      const { state, reason, comm, cgroup } = about;
      parts.set(key, { state, reason, comm, cgroup, load: amount });
    } else part.load += amount;
  }
  const before = (replay.initial[window] / FIXED_1) * remains(EXP[window], last + 1);
  const load = tick.load[window];
  return {
    window,
    tick: last,
    load,
    parts: [...parts.values()].sort((a, b) => b.load - a.load || (a.comm < b.comm ? -1 : 1)),
    before,
    rounding: load - before - sum,
  };
}

/** What a counted task is filed under, and for D how its reason is known. */
export function describeTask(
  context: Context,
  interval: number,
  dState: number,
): Omit<LoadPart, 'load'> & { readonly from?: DState['from'] } {
  const { activity, thread } = context.derive(timeline).intervals.columns;
  const comm = commOf(context, thread[interval] as number);
  const d: DState | undefined = context.derive(dStates).counted[dState - 1];
  if (d !== undefined) return { state: 'D', reason: d.reason, comm, cgroup: d.cgroup, from: d.from };
  const state = activity[interval] === RUNNING ? 'R running' : 'R queued';
  return { state, reason: '', comm, cgroup: '' };
}

/** Names by row of the threads table, decoded once. */
function knownNames(): string[] {
  return [];
}

export function commOf(context: Context, thread: number): string {
  const names = context.derive(knownNames);
  let name = names[thread];
  if (name === undefined) {
    const { trace } = context;
    name = decodeString(trace.strings, trace.tables.threads.columns.comm[thread] as number) || '(no name)';
    names[thread] = name;
  }
  return name;
}

/** Labels by name and life, made once. */
function knownLabels(): Map<number, string> {
  return new Map();
}

/** `comm pid/tid` of an interval. */
export function taskLabel(context: Context, interval: number): string {
  const { intervals, lives } = context.derive(timeline);
  const life = intervals.columns.life[interval] as number;
  const thread = intervals.columns.thread[interval] as number;
  const labels = context.derive(knownLabels);
  const key = thread * 2 ** 22 + life;
  let label = labels.get(key);
  if (label === undefined) {
    label = threadLabel(commOf(context, thread), lives.pid[life] as number, lives.tid[life] as number);
    labels.set(key, label);
  }
  return label;
}
