import type { Budget } from '../../model/budget.ts';
import type { Metric } from '../../model/metric.ts';
import type { SavedRun } from '../../model/saved-run.ts';
import { globToRegExp, metricNames, ruleForMetric } from './budget.ts';
import type { Measured, WorkUnit } from './exposure.ts';

/** One quantity with a value for every run that has it: `[group][run]`. */
export interface Headline {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly unit: Metric['unit'];
  readonly better: Metric['better'];
  readonly role: 'outcome' | 'mechanism';
  readonly values: readonly (readonly (number | undefined)[])[];
}

/** More headlines than these are no headlines: each one more makes the others harder to show. */
export const MOST_HEADLINES = 10;
/** A p99 of fewer events is an anecdote. */
const FEWEST_FOR_P99 = 1000;

/** What is compared without being asked: ids in order of importance. Labels must be few to be headlines. */
const outcomes: readonly RegExp[] = [
  /^run\.result\{name=(?:wall|elapsed|real|duration|total_time|latency|throughput|rps|qps|tps|iops)/,
  /^run\.perf_stat\{event=(?:time elapsed|duration_time)\}$/,
  /^cost\.total$/,
  /^run\.result\{/,
  /^run\.wall$/,
  /^load\.dstate\.total$/,
  /^calls\.write\.p50/,
  /^io\.service\.latency\.p99\{device=[^,]*,who=reads\}$/,
  /^io\.service\.throughput\{device=[^,]*,who=all\}$/,
];
/** What block devices did is judged by goals; ranks of fewer runs add nothing to them. */
const FEWEST_FOR_SERVICE = 3;
const mechanisms: readonly RegExp[] = [
  /^run\.perf_stat\{/,
  /^run\.result\{/,
  /^cpu\.(?:migrations|wait\.share|ipc|(?:llc|dtlb)\.mpki)$/,
  /^memory\.(?:ksm|thp)\.[\w.]+$/,
  /^cgroup\.(?:cpu\.(?:throttle_ratio|stall_share|usage)|memory\.usage)\{/,
  /^sched\.(?:migrations|switches\.(?:in)?voluntary|idle_while_queued)$/,
];
const MOST_MECHANISMS = 18;
/**
 * What explains a result and is none, as getrusage(2) and /proc/PID/schedstat count it: CPU time, run and
 * wait time, switches, faults. With nothing better beside it, it is all there is to go by.
 */
const explaining =
  /^run\.result\{name=(?:(?:u|s|user_?|sys(?:tem)?_?|cpu_?)time(?:_\w+)?|user|sys|cpu|(?:run|wait)_ns|timeslices|nv?i?v?csw|(?:min|maj)flt)\}$/;

/** Metrics of which runs give one value each, those that are tested first. */
export function chooseHeadlines(
  groups: readonly (readonly SavedRun[])[],
  work: WorkUnit,
  measured: Measured | undefined,
  asked: readonly string[] | undefined,
  budget: Budget | undefined,
): Headline[] {
  const all = candidates(groups, work, measured);
  if (asked !== undefined && asked.length > 0) {
    const patterns = asked.map(globToRegExp);
    return all
      .filter(({ id, labels }) =>
        patterns.some((pattern) => metricNames(id, labels).some((name) => pattern.test(name))),
      )
      .map((each) => ({ ...each, role: 'outcome' as const }));
  }
  const rank = (each: Headline): number => outcomes.findIndex((pattern) => pattern.test(keyOf(each)));
  const ranked = groups.every(({ length }) => length >= FEWEST_FOR_SERVICE);
  const budgeted = all.filter((each) => ruleForMetric(budget, each.id, each.labels)?.explicit === true);
  const directed = all
    .filter((each) => ranked || !each.id.startsWith('io.service.'))
    .filter((each) => rank(each) >= 0 && each.better !== 'neither' && !budgeted.includes(each))
    .sort((a, b) => rank(a) - rank(b));
  const wall = directed.findIndex(({ id }) => id === 'run.wall');
  // The program's own clock is better than the recording's.
  if (wall >= 0 && directed.some((each) => /wall|elapsed|real/.test(keyOf(each)) && each.id !== 'run.wall')) {
    directed.splice(wall, 1);
  }
  const explained = directed.some((each) => each.id.startsWith('run.') && !explaining.test(keyOf(each)));
  const results = explained ? directed.filter((each) => !explaining.test(keyOf(each))) : directed;
  const first = [...budgeted, ...results].slice(0, Math.max(MOST_HEADLINES, budgeted.length));
  // The same count under two names would be tested twice.
  const counted = all.some(({ id, labels }) => id === 'run.perf_stat' && labels.event === 'cpu-migrations');
  const rest = all
    .filter((each) => !(each.id === 'cpu.migrations' && counted))
    .filter((each) => !first.includes(each) && mechanisms.some((pattern) => pattern.test(keyOf(each))))
    .slice(0, MOST_MECHANISMS)
    .map((each) => ({ ...each, role: 'mechanism' as const }));
  return [...first, ...rest];
}

export function keyOf({ id, labels }: Pick<Headline, 'id' | 'labels'>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return pairs.length === 0 ? id : `${id}{${pairs.join(',')}}`;
}

/** Every metric at least one run of two groups has, and those made of the runs themselves. */
function candidates(
  groups: readonly (readonly SavedRun[])[],
  work: WorkUnit,
  measured: Measured | undefined,
): Headline[] {
  const found = new Map<string, { metric: Metric; values: (number | undefined)[][] }>();
  groups.forEach((group, g) => {
    group.forEach((run, r) => {
      for (const metric of [...runMetrics(run, work), ...run.metrics]) {
        if (/\.p99\d?$/.test(metric.id) && metric.n < FEWEST_FOR_P99) continue;
        const key = keyOf(metric);
        let row = found.get(key);
        if (row === undefined) {
          row = { metric, values: groups.map(({ length }) => Array.from({ length }, () => undefined)) };
          found.set(key, row);
        }
        (row.values[g] as (number | undefined)[])[r] = metric.value;
      }
    });
  });
  const cost = costOf(groups, measured);
  const rows = [...found.values()].map(
    ({ metric, values }): Headline => ({
      id: metric.id,
      labels: metric.labels,
      unit: metric.unit,
      better: metric.better,
      role: 'outcome',
      values,
    }),
  );
  const everywhere = rows.filter(({ values }) =>
    values.every((group) => group.some((value) => value !== undefined)),
  );
  return cost === undefined ? everywhere : [cost, ...everywhere];
}

function runMetrics({ run }: SavedRun, { per }: WorkUnit): Metric[] {
  if (per === 'second' || per === 'total' || !(run.duration > 0)) return [];
  return [
    {
      id: 'run.wall',
      labels: {},
      value: run.duration * 1e9,
      unit: 'ns',
      better: 'lower',
      n: 1,
    },
  ];
}

/** Cost of all samples per unit of work; shares have none. */
function costOf(
  groups: readonly (readonly SavedRun[])[],
  measured: Measured | undefined,
): Headline | undefined {
  if (measured === undefined) return undefined;
  const rates = new Map(
    measured.groups
      .flat()
      .map(({ run, profile, scale, work }) => [run, (profile.weight * scale) / work] as const),
  );
  if ([...rates.values()].every((value) => Math.abs(value - 1) < 1e-9)) return undefined;
  return {
    id: 'cost.total',
    labels: {},
    unit: measured.unit,
    better: 'lower',
    role: 'outcome',
    values: groups.map((group) => group.map((run) => rates.get(run))),
  };
}
