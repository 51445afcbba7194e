import { threadCounts } from '../../model/thread-series.ts';
import type { Context } from '../context.ts';
import { increaseOf } from '../derived/counters/increase.ts';
import { allReadings, entitiesOf, readingsOf } from '../derived/counters/readings.ts';
import { counted, perfEvents } from '../derived/perf-events.ts';
import { measureOf } from '../host/measure-names.ts';

/** A number with where it is from and how many readings are behind it. */
export interface Told {
  readonly value: number;
  readonly from: string;
  readonly n: number;
  /** ns it was counted over; NaN where nothing tells. */
  readonly duration: number;
}

/** How often the program changed CPUs and lost them; undefined where no source tells. */
export interface Moves {
  readonly migrations: Told | undefined;
  readonly voluntary: Told | undefined;
  readonly involuntary: Told | undefined;
  /** ns on a CPU, and ns waiting for one. */
  readonly run: Told | undefined;
  readonly wait: Told | undefined;
}

/** The best source there is for each: perf stat, else copies of /proc/PID, else sched_migrate_task events. */
export function moves(context: Context): Moves {
  const wall = wallOf(context);
  return {
    migrations:
      perfMigrations(context, wall) ??
      ofThreads(context, threadCounts.migrations, '/proc/PID/sched') ??
      traced(context),
    voluntary:
      resultOf(context, 'nvcsw', wall) ?? ofThreads(context, threadCounts.voluntary, '/proc/PID/status'),
    involuntary:
      resultOf(context, 'nivcsw', wall) ?? ofThreads(context, threadCounts.involuntary, '/proc/PID/status'),
    run: resultOf(context, 'run_ns', wall) ?? ofThreads(context, threadCounts.run, '/proc/PID/schedstat'),
    wait: resultOf(context, 'wait_ns', wall) ?? ofThreads(context, threadCounts.wait, '/proc/PID/schedstat'),
  };
}

function perfMigrations(context: Context, duration: number): Told | undefined {
  const event = counted(context.derive(perfEvents), ['cpu-migrations', 'migrations']);
  return event === undefined
    ? undefined
    : { value: event.value, from: `perf stat ${event.name}`, n: event.n, duration };
}

/** The sum over threads of which there are two readings or more. */
function ofThreads(context: Context, name: string, from: string): Told | undefined {
  const gained = entitiesOf(context, 'thread').flatMap(
    (thread) => increaseOf(readingsOf(context, name, 'thread', thread)) ?? [],
  );
  if (gained.length === 0) return undefined;
  return {
    value: gained.reduce((sum, { value }) => sum + value, 0),
    from,
    n: gained.reduce((sum, { n }) => sum + n, 0),
    duration: longest(gained),
  };
}

function longest(gained: readonly { readonly duration: number }[]): number {
  const known = gained.map(({ duration }) => duration).filter((duration) => duration > 0);
  return known.length === 0 ? Number.NaN : Math.max(...known);
}

function traced({ trace }: Context): Told | undefined {
  const { migrations } = trace.tables;
  if (migrations.length === 0) return undefined;
  const { time } = migrations.columns;
  const duration = (time[migrations.length - 1] as number) - (time[0] as number);
  return { value: migrations.length, from: 'sched_migrate_task events', n: migrations.length, duration };
}

/** What the program printed of itself; the mean where it printed several. */
function resultOf(context: Context, name: string, duration: number): Told | undefined {
  const values = context.derive(allReadings).get('result')?.get('')?.get(name)?.values;
  if (values === undefined || values.length === 0) return undefined;
  const value = values.reduce((sum, each) => sum + each, 0) / values.length;
  return { value, from: `${name} of the program`, n: values.length, duration };
}

/** ns the program ran by the clock on the wall; NaN where nothing tells. */
function wallOf(context: Context): number {
  const results = context.derive(allReadings).get('result')?.get('');
  const own = [...(results?.values() ?? [])].find(({ name }) => /^(?:wall|elapsed|real)(?:_|$)/.test(name));
  if (own !== undefined) {
    const mean = own.values.reduce((sum, value) => sum + value, 0) / own.values.length;
    return mean * measureOf(own.name, own.unit).scale;
  }
  return counted(context.derive(perfEvents), ['time elapsed', 'duration_time'])?.value ?? Number.NaN;
}
