import { RECORDER } from '../../../model/device-series.ts';
import { MEASURED_OVER, PROCESS_SINCE_BOOT, taskRate } from '../../../model/printed-series.ts';
import type { Context } from '../../context.ts';
import { allReadings, entitiesOf, type Readings } from '../counters/readings.ts';
import { settingsRead } from '../settings.ts';

/** Sorts of tables pidstat has, and the rates in each. Sizes are in none: they are levels, not rates. */
const ratesOf = {
  cpu: [taskRate.user, taskRate.system, taskRate.guest, taskRate.cpu, taskRate.wait],
  memory: [taskRate.minorFaults, taskRate.majorFaults],
  io: [taskRate.read, taskRate.written, taskRate.cancelled, taskRate.ioDelay],
  switches: [taskRate.voluntary, taskRate.involuntary],
} as const;
type TableSort = keyof typeof ratesOf;
/** An interval this many times the median one is several. */
const GAP = 2.5;

/** All tables of one sort, of the file that has most of them. */
interface Tables {
  readonly source: number;
  readonly n: number;
  /** ns. */
  readonly length: number;
}

/** What one process, or one thread, did on average. */
export interface TaskRates {
  /** `PID`, or `PID/TID`. */
  readonly name: string;
  readonly comm: string;
  /** Mean over all tables: one without a row for the task counts as 0. */
  readonly mean: ReadonlyMap<string, number>;
  /** Largest reading; of sizes too. */
  readonly most: ReadonlyMap<string, number>;
  /** Tables its CPU shares are the mean of, and ns they cover; 0 without such. */
  readonly n: number;
  readonly elapsed: number;
}

export function processRates(context: Context): readonly TaskRates[] {
  return ratesOfAll(context, 'process');
}

/** Only with pidstat -t. */
export function threadRates(context: Context): readonly TaskRates[] {
  return ratesOfAll(context, 'thread');
}

/** Processes of which pidstat told averages since boot, or of one report whose length is not told. */
export function processesSinceBoot(context: Context): number {
  return entitiesOf(context, PROCESS_SINCE_BOOT).length;
}

/** By sort of table. Intervals are told to the second: those of a report are taken to be whole seconds, as asked for. */
export function pidstatTables(context: Context): ReadonlyMap<TableSort, Tables> {
  const found = new Map<TableSort, Tables>();
  for (const sort of Object.keys(ratesOf) as TableSort[]) {
    const intervals = context.derive(allReadings).get(RECORDER)?.get(`pidstat ${sort}`)?.get(MEASURED_OVER);
    if (intervals === undefined) continue;
    const sources = new Map<number, number[]>();
    intervals.values.forEach((value, i) => {
      const own = sources.get(intervals.sources[i] as number);
      if (own === undefined) sources.set(intervals.sources[i] as number, [value]);
      else own.push(value);
    });
    const [source, own] = [...sources].reduce((most, each) =>
      each[1].length > most[1].length ? each : most,
    );
    const median = [...own].sort((a, b) => a - b)[(own.length - 1) >> 1] as number;
    // With -h a report of which nobody has a row is in the interval behind it.
    const n = own.reduce((sum, each) => sum + (each >= GAP * median ? Math.round(each / median) : 1), 0);
    const whole = own.reduce((sum, each) => sum + each, 0);
    const length = n * Math.max(1e9, Math.floor(whole / n / 1e9) * 1e9);
    found.set(sort, { source, n, length });
  }
  return found;
}

function ratesOfAll(context: Context, entity: 'process' | 'thread'): readonly TaskRates[] {
  const tables = context.derive(pidstatTables);
  if (tables.size === 0) return [];
  const names = context.derive(settingsRead);
  const all = context.derive(allReadings).get(entity) ?? new Map<string, ReadonlyMap<string, Readings>>();
  return [...all].flatMap(([name, series]): TaskRates[] => {
    const mean = new Map<string, number>();
    for (const [sort, { source, n }] of tables) {
      for (const rate of ratesOf[sort]) {
        const sum = sumOf(series.get(rate), source);
        if (sum !== undefined) mean.set(rate, sum / n);
      }
    }
    const most = new Map<string, number>();
    for (const rate of Object.values(taskRate)) {
      const values = series.get(rate)?.values;
      if (values !== undefined)
        most.set(
          rate,
          values.reduce((a, b) => Math.max(a, b)),
        );
    }
    if (most.size === 0) return [];
    const path = `/proc/${name.replace('/', '/task/')}/comm`;
    const cpu = mean.has(taskRate.cpu) ? tables.get('cpu') : undefined;
    return [{ name, comm: names.get(path) ?? '', mean, most, n: cpu?.n ?? 0, elapsed: cpu?.length ?? 0 }];
  });
}

function sumOf(readings: Readings | undefined, source: number): number | undefined {
  let sum: number | undefined;
  readings?.values.forEach((value, i) => {
    if (readings.sources[i] === source) sum = (sum ?? 0) + value;
  });
  return sum;
}
