import type { Metric } from '../../model/metric.ts';
import type { Section } from '../../model/section.ts';
import { defineAnalyzer } from '../analyzer.ts';
import { type Throttling, throttlings } from '../derived/cgroup-cpu/throttling.ts';
import { wilsonInterval } from '../stats/wilson.ts';
import { contentionFinding, parentFinding, quotaFinding } from './cpu-quota-findings.ts';

const MOST_ROWS = 100;
const MOST_FINDINGS = 20;

/** CPU quotas: do they bind, how much do they cost, and is it the quota at all. */
export const cpuQuota = defineAnalyzer({
  id: 'cgroup/cpu-quota',
  question: 'Are cgroups stopped by CPU quotas?',
  needs: [
    {
      missing: 'two copies of cpu.stat of a cgroup with the CPU controller',
      captureWith:
        'for i in 0 1; do d=snap-00$i"_$(date +%s.%N)_$(cut -d" " -f1 /proc/uptime)"; mkdir $d; for f in /sys/fs/cgroup/GROUP/cpu.*; do cat $f > $d/$(echo $f | cut -c2- | tr / @); done; sleep 60; done',
      met: (_, context) => context.derive(throttlings).length > 0,
    },
  ],
  metrics: [
    {
      id: 'cgroup.cpu.throttle_ratio',
      unit: 'share',
      labels: ['cgroup'],
      about:
        'Δnr_throttled / Δnr_periods of cpu.stat: of the periods in which the group had something to run, those in which its quota stopped it. A quota set within one interval of the first copy is counted from zero. n is periods.',
    },
    {
      id: 'cgroup.cpu.throttle_ratio.lifetime',
      unit: 'share',
      labels: ['cgroup'],
      about: 'The same since the group was made: nr_throttled / nr_periods of the last copy.',
    },
    {
      id: 'cgroup.cpu.stall_share',
      unit: 'share',
      labels: ['cgroup'],
      about:
        'Throttled time / (time between copies · CPUs the group can run on at once). The kernel adds throttled time up over the run queues of all CPUs, so time alone is no divisor. Never above 1.',
    },
    {
      id: 'cgroup.cpu.stall_mean',
      unit: 'ns',
      labels: ['cgroup'],
      about: 'Δthrottled / Δnr_throttled, added up over CPUs.',
    },
    {
      id: 'cgroup.cpu.quota_used',
      unit: 'share',
      labels: ['cgroup'],
      about: 'Δusage / (quota · Δnr_periods).',
    },
    {
      id: 'cgroup.cpu.pressure',
      unit: 'share',
      labels: ['cgroup'],
      about:
        'Δtotal of `some` in cpu.pressure / time: some task of the group wanted a CPU and had none, quota or not.',
    },
  ],
  run(context) {
    const all = context.derive(throttlings);
    return {
      metrics: all.flatMap(metricsOf),
      findings: worst(all).flatMap((each) => [
        ...quotaFinding(context, each),
        ...parentFinding(each),
        ...contentionFinding(each),
      ]),
      sections: [table(all)],
    };
  },
});

function metricsOf(of: Throttling): Metric[] {
  const labels = { cgroup: of.cgroup };
  const lower = { labels, better: 'lower' } as const;
  const found: Metric[] = [];
  if (of.periods > 0) {
    const value = of.throttled / of.periods;
    const interval = wilsonInterval(value, of.periods);
    found.push({
      id: 'cgroup.cpu.throttle_ratio',
      value,
      unit: 'share',
      n: of.periods,
      ...interval,
      ...lower,
    });
  }
  if (of.lifetime.periods > 0)
    found.push({
      id: 'cgroup.cpu.throttle_ratio.lifetime',
      value: of.lifetime.throttled / of.lifetime.periods,
      unit: 'share',
      n: of.lifetime.periods,
      ...lower,
    });
  if (Number.isFinite(of.stallShare))
    found.push({ id: 'cgroup.cpu.stall_share', value: of.stallShare, unit: 'share', n: of.n, ...lower });
  if (of.throttled > 0)
    found.push({
      id: 'cgroup.cpu.stall_mean',
      value: of.stopped / of.throttled,
      unit: 'ns',
      n: of.throttled,
      ...lower,
    });
  if (Number.isFinite(of.usedOfQuota))
    found.push({
      id: 'cgroup.cpu.quota_used',
      value: of.usedOfQuota,
      unit: 'share',
      n: of.periods,
      labels,
      better: 'neither',
    });
  if (Number.isFinite(of.pressure))
    found.push({ id: 'cgroup.cpu.pressure', value: of.pressure, unit: 'share', n: of.n, ...lower });
  return found;
}

/** Those that matter most first, so that a thousand containers do not hide them; the table has more. */
function worst(all: readonly Throttling[]): readonly Throttling[] {
  return byStall(all).slice(0, MOST_FINDINGS);
}

function byStall(all: readonly Throttling[]): Throttling[] {
  return [...all].sort(
    (a, b) => (b.stallShare || 0) - (a.stallShare || 0) || (b.pressure || 0) - (a.pressure || 0),
  );
}

function table(all: readonly Throttling[]): Section {
  const rows = byStall(all);
  return {
    kind: 'table',
    id: 'cgroup/cpu-quota/groups',
    title: 'CPU quotas of cgroups',
    note: 'Between the first and the last copy. Stopped time is added up over CPUs; the stall share divides it by the CPUs the group can run on at once.',
    columns: [
      { name: 'cgroup', unit: 'text' },
      { name: 'quota', unit: 'ns' },
      { name: 'period', unit: 'ns' },
      { name: 'periods', unit: 'count' },
      { name: 'stopped in', unit: 'count' },
      { name: 'of periods', unit: 'share' },
      { name: 'stopped time', unit: 'ns' },
      { name: 'CPUs at once', unit: 'text' },
      { name: 'stall', unit: 'share' },
      { name: 'of the quota used', unit: 'share' },
      { name: 'pressure', unit: 'share' },
    ],
    rows: rows.slice(0, MOST_ROWS).map((of) => ({
      cells: [
        of.cgroup,
        of.limit?.quota ?? (of.limit === undefined ? 'not captured' : 'none'),
        of.limit?.period ?? Number.NaN,
        of.periods,
        of.throttled,
        of.periods > 0 ? of.throttled / of.periods : Number.NaN,
        of.stopped,
        Number.isFinite(of.concurrency.cpus) ? of.concurrency.cpus.toFixed(1) : 'not known',
        of.stallShare,
        of.usedOfQuota,
        of.pressure,
      ],
    })),
    of: rows.length,
  };
}
