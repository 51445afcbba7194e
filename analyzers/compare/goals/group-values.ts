import type { Metric } from '../../../model/metric.ts';
import type { SavedRun } from '../../../model/saved-run.ts';
import { bootstrapMean } from '../../stats/bootstrap.ts';
import { Random } from '../../stats/random.ts';
import type { RunGroup } from '../conclusions.ts';
import { finite } from '../functions.ts';

/** One metric in one group. */
export interface GroupValue {
  readonly name: string;
  readonly values: readonly (number | null)[];
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly n: number;
  /** Runs that have it. */
  readonly runs: number;
}

type Labels = Readonly<Record<string, string>>;

export function metricOf({ metrics }: SavedRun, id: string, labels: Labels): Metric | undefined {
  return metrics.find(
    (metric) =>
      metric.id === id && Object.entries(labels).every(([name, value]) => metric.labels[name] === value),
  );
}

/**
 * The mean over a group's runs with the interval that is honest for it: between runs where there are
 * two or more, because runs are the unit of inference, else that of the run's own series of time.
 */
export function groupValue({ name, runs }: RunGroup, id: string, labels: Labels, seed: number): GroupValue {
  const found = runs.map((run) => metricOf(run, id, labels));
  const known = found.filter((metric) => metric !== undefined);
  const values = known.map(({ value }) => value);
  const mean = values.length === 0 ? Number.NaN : values.reduce((sum, each) => sum + each, 0) / values.length;
  const [only] = known;
  const interval =
    known.length > 1
      ? bootstrapMean(values, new Random(seed))
      : { low: only?.low ?? Number.NaN, high: only?.high ?? Number.NaN };
  // None of these quantities can be negative.
  return {
    name,
    values: found.map((metric) => metric?.value ?? null),
    value: finite(mean),
    low: finite(Math.max(0, interval.low)),
    high: finite(interval.high),
    n: known.reduce((sum, metric) => sum + metric.n, 0),
    runs: known.length,
  };
}

const NORMAL_95 = 1.959963984540054;

/** How many times `a` is of `b`, with the interval of independent estimates whose logarithms are about normal. */
export function ratioOf(
  a: GroupValue,
  b: GroupValue,
): { readonly ratio: number; readonly low: number | null; readonly high: number | null } {
  const ratio = (a.value ?? Number.NaN) / (b.value ?? Number.NaN);
  const error = Math.hypot(logError(a), logError(b)) * NORMAL_95;
  return { ratio, low: finite(ratio * Math.exp(-error)), high: finite(ratio * Math.exp(error)) };
}

function logError({ low, high }: GroupValue): number {
  if (low === null || high === null || !(low > 0)) return Number.NaN;
  return Math.log(high / low) / (2 * NORMAL_95);
}
