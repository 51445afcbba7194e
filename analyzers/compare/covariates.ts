import type { ComparedCovariate, ComparedMetric } from '../../model/comparison.ts';
import type { SavedRun } from '../../model/saved-run.ts';
import { mannWhitney } from '../stats/mann-whitney.ts';
import { holm } from '../stats/multiplicity.ts';
import { rankCorrelationWithin } from '../stats/rank-correlation.ts';

/** Who else was running, told per repetition. */
interface Covariate {
  readonly name: string;
  /** What it is a sign of, where it explains. */
  readonly cause: ComparedCovariate['cause'];
  /** It is of the program itself: contention raises it, and so may the setting. */
  readonly own?: true;
  read(run: SavedRun): number | undefined;
}

const gauge =
  (id: string, labels: Readonly<Record<string, string>>) =>
  ({ metrics }: SavedRun): number | undefined =>
    metrics.find(
      (metric) =>
        metric.id === id && Object.entries(labels).every(([key, value]) => metric.labels[key] === value),
    )?.value;

const ran = gauge('run.result', { name: 'run_ns' });
const waited = gauge('run.result', { name: 'wait_ns' });

/** To add one: a line. Totals over a repetition are none: whatever makes it longer makes them larger. */
const covariates: readonly Covariate[] = [
  { name: 'load average', cause: 'contention', read: gauge('host.load', { window: '1m' }) },
  { name: 'busy CPUs', cause: 'contention', read: gauge('host.cpu.busy', {}) },
  {
    name: 'CPU pressure',
    cause: 'contention',
    read: gauge('host.pressure.avg10', { resource: 'cpu', tasks: 'some' }),
  },
  { name: 'steal', cause: 'steal', read: gauge('host.cpu.share', { state: 'steal' }) },
  {
    name: 'run-queue wait share of the program itself',
    cause: 'contention',
    own: true,
    read(run) {
      const [ranFor, waitedFor] = [ran(run), waited(run)];
      return ranFor === undefined || waitedFor === undefined || !(ranFor + waitedFor > 0)
        ? undefined
        : waitedFor / (ranFor + waitedFor);
    },
  },
];

/** Fewest repetitions of a group, and of all together, from which a correlation is told. */
const FEWEST_A_GROUP = 5;
const FEWEST = 10;

/**
 * Correlates every outcome with what else was going on, repetition by repetition within groups, and says where that
 * explains the spread: `confounded by contention`. What differs between groups as well is a caveat of a difference.
 */
export function withCovariates(
  metrics: readonly ComparedMetric[],
  groups: readonly (readonly SavedRun[])[],
  level: number,
): ComparedMetric[] {
  const measured = metrics.map((metric) => (metric.role === 'outcome' ? correlate(metric, groups) : []));
  const adjusted = holm(measured.flat().map(({ p }) => p));
  let at = 0;
  return metrics.map((metric, i) => {
    const sign = metric.better === 'higher' ? -1 : 1;
    const own = (measured[i] as Measured[]).map(({ values: _, ...each }): ComparedCovariate => {
      const holmed = adjusted[at++] as number;
      return { ...each, adjusted: holmed, explains: holmed <= level && sign * each.rho > 0 };
    });
    if (own.length === 0) return metric;
    return {
      ...metric,
      covariates: own,
      changes: metric.changes.map((change) => explain(change, metric, own, measured[i] as Measured[], level)),
    };
  });
}

type Measured = Omit<ComparedCovariate, 'adjusted' | 'explains'> & {
  readonly values: readonly (readonly (number | undefined)[])[];
};

function correlate(metric: ComparedMetric, groups: readonly (readonly SavedRun[])[]): Measured[] {
  return covariates.flatMap(({ name, cause, own, read }): Measured[] => {
    const values = groups.map((runs) => runs.map(read));
    const pairs = metric.groups.map(({ values: outcome }, g) =>
      outcome.flatMap((y, r): (readonly [number, number])[] => {
        const x = values[g]?.[r];
        return y === null || x === undefined ? [] : [[x, y]];
      }),
    );
    const enough = pairs.filter(({ length }) => length >= FEWEST_A_GROUP);
    const { rho, p, n } = rankCorrelationWithin(enough);
    return Number.isNaN(rho) || n < FEWEST ? [] : [{ name, cause, own: own ?? false, rho, p, n, values }];
  });
}

function explain(
  change: ComparedMetric['changes'][number],
  metric: ComparedMetric,
  own: readonly ComparedCovariate[],
  measured: readonly Measured[],
  level: number,
): ComparedMetric['changes'][number] {
  const explaining = own.filter((each) => each.explains && !each.own);
  if (explaining.length === 0) return change;
  if (change.state === 'inconclusive') return { ...change, confounders: explaining.map(({ name }) => name) };
  if (change.state !== 'regressed' && change.state !== 'improved') return change;
  const [a, b] = [change.baseline, change.candidate].map((name) =>
    metric.groups.findIndex((group) => group.name === name),
  );
  const apart = explaining.filter((each) => {
    const values = measured[own.indexOf(each)]?.values ?? [];
    const of = (group: number | undefined): number[] =>
      (values[group ?? -1] ?? []).filter((value) => value !== undefined);
    const { p, delta } = mannWhitney(of(a), of(b));
    // Only what went the way that explains the difference.
    return p <= level && Math.sign(delta) === Math.sign(each.rho) * Math.sign(change.relative);
  });
  if (apart.length === 0) return change;
  const names = apart.map(({ name }) => name);
  return {
    ...change,
    confounders: names,
    why:
      change.why ??
      `${names.join(' and ')} differs between the groups as well, and goes with it within them: part of the difference may be that`,
  };
}
