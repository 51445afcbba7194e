import { perfStatShare } from '../../model/perf-stat-series.ts';
import type { Context } from '../context.ts';
import { measureOf } from '../host/measure-names.ts';
import { allReadings } from './counters/readings.ts';

/** One event of perf stat, summed over CPUs and intervals. */
export interface PerfEvent {
  /** In the unit perf printed, times as ns; NaN where it was not counted. */
  readonly value: number;
  /** Part of the time in which it was counted, the least of its readings; NaN where that is not told. */
  readonly running: number;
  readonly n: number;
}

/** Below this share of the time a counter is an estimate that is not compared (heuristic). */
export const LEAST_RUNNING = 0.5;

/** Events by name, without the modifiers of privilege (`cycles:u`). */
export function perfEvents(context: Context): ReadonlyMap<string, PerfEvent> {
  const index = context.derive(allReadings);
  const found = new Map<string, PerfEvent>();
  for (const sort of ['perf stat', perfStatShare.running]) {
    for (const own of index.get(sort)?.values() ?? []) {
      for (const { name, unit, values } of own.values()) {
        const event = name.replace(/:[ukhpGHPDIeSW]+$/, '');
        const before = found.get(event) ?? { value: Number.NaN, running: Number.NaN, n: 0 };
        if (sort === 'perf stat') {
          const sum = values.reduce((total, value) => total + value, 0) * measureOf(name, unit).scale;
          const value = Number.isNaN(before.value) ? sum : before.value + sum;
          found.set(event, { ...before, value, n: before.n + values.length });
        } else {
          const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
          const running = Number.isNaN(before.running) ? least : Math.min(before.running, least);
          found.set(event, { ...before, running });
        }
      }
    }
  }
  return found;
}

/** The first of these that was counted. */
export function counted(
  events: ReadonlyMap<string, PerfEvent>,
  names: readonly string[],
): (PerfEvent & { readonly name: string }) | undefined {
  for (const name of names) {
    const event = events.get(name);
    if (event !== undefined && !Number.isNaN(event.value)) return { ...event, name };
  }
  return undefined;
}
