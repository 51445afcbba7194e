import type { Finding } from '../../model/finding.ts';
import type { Metric } from '../../model/metric.ts';
import type { Section } from '../../model/section.ts';
import { formatShare, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import { type GroupUsage, groupUsages } from '../derived/cgroup-cpu/usage.ts';
import {
  isUsage,
  type ProcessUsage,
  processUsages,
  type Refused,
} from '../derived/cpu-time/process-usage.ts';

const MOST_ROWS = 100;
const MOST_FINDINGS = 10;
/** Heuristics: a group this near to its CPUs has none left; a residual this large is told. */
const FULL = 0.95;
const MUCH = 0.2;

/** CPU time of containers and processes, and of the processes nobody saw. */
export const cpuUsage = defineAnalyzer({
  id: 'cgroup/cpu-usage',
  question: 'How much CPU did cgroups and processes use?',
  needs: [
    {
      missing:
        'two copies of cpu.stat or cpuacct.usage of a cgroup, or of /proc/PID/stat; or pidstat, docker stats, systemd-cgtop, below',
      captureWith:
        'for i in 0 1; do d=snap-00$i"_$(date +%s.%N)_$(cut -d" " -f1 /proc/uptime)"; mkdir $d; for f in /sys/fs/cgroup/GROUP/cpu.* /proc/PID/stat /proc/PID/cgroup /proc/stat; do cat $f > $d/$(echo $f | cut -c2- | tr / @); done; sleep 60; done',
      met: (_, context) => context.derive(groupUsages).length > 0 || context.derive(processUsages).length > 0,
    },
  ],
  metrics: [
    {
      id: 'cgroup.cpu.usage',
      unit: 'share',
      labels: ['cgroup'],
      about:
        'CPU time of the group by its own counter / time; 100 % = one CPU. Where the counter was not read twice, the mean of what docker stats, systemd-cgtop or below printed.',
    },
    {
      id: 'cgroup.cpu.usage.of_allowed',
      unit: 'share',
      labels: ['cgroup'],
      about:
        'The same over the CPUs the group may use: the least of online CPUs, cpuset and quota / period, up to the root.',
    },
    {
      id: 'cgroup.cpu.residual',
      unit: 'share',
      labels: ['cgroup'],
      about:
        "Part of the group's CPU time that none of its captured processes used: short-lived processes, or processes that were not captured.",
    },
    {
      id: 'process.cpu.usage',
      unit: 'share',
      labels: ['pid', 'name'],
      about:
        '((utime2 − utime1) + (stime2 − stime1)) · 100 / (HZ · time) of /proc/PID/stat, or the mean of what pidstat printed; 100 % = one CPU. The interval is what whole ticks leave open. Not told of less than 0.5 s.',
    },
    {
      id: 'process.cpu.outside_guest',
      unit: 'share',
      labels: ['pid', 'name'],
      about:
        'Of a process that runs a guest (QEMU): (utime − guest_time + stime) / time; utime holds the guest time.',
    },
  ],
  run(context) {
    const groups = context.derive(groupUsages);
    const processes = context.derive(processUsages);
    return {
      metrics: [...groups.flatMap(groupMetrics), ...processes.filter(isUsage).flatMap(processMetrics)],
      findings: [...groups]
        .sort((a, b) => b.cpus - a.cpus)
        .slice(0, MOST_FINDINGS)
        .flatMap((each) => [usageFinding(each), ...residualFinding(each)]),
      sections: [
        ...(groups.length > 0 ? [groupTable(groups)] : []),
        ...(processes.length > 0 ? [processTable(processes)] : []),
      ],
    };
  },
});

function groupMetrics(of: GroupUsage): Metric[] {
  const common = { labels: { cgroup: of.cgroup }, unit: 'share', better: 'neither', n: of.n } as const;
  return [
    { id: 'cgroup.cpu.usage', value: of.cpus, ...common },
    ...(Number.isFinite(of.ofAllowed)
      ? [{ id: 'cgroup.cpu.usage.of_allowed', value: of.ofAllowed, ...common }]
      : []),
    ...(of.residual === undefined
      ? []
      : [{ id: 'cgroup.cpu.residual', ...of.residual, ...common, n: of.processes }]),
  ];
}

function processMetrics(of: ProcessUsage): Metric[] {
  const common = {
    labels: { pid: of.pid, name: of.comm },
    unit: 'share',
    better: 'neither',
    n: of.n,
  } as const;
  const { cpus: value, low, high } = of;
  return [
    { id: 'process.cpu.usage', value, low, high, ...common },
    ...(of.guest > 0
      ? [
          {
            id: 'process.cpu.outside_guest',
            value: (value * (of.user - of.guest + of.system)) / (of.user + of.system),
            ...common,
          },
        ]
      : []),
  ];
}

function usageFinding(of: GroupUsage): Finding {
  const full = of.ofAllowed >= FULL;
  return {
    id: `cgroup/cpu-usage${of.cgroup}`,
    severity: full ? 'note' : 'ok',
    claim: `${of.cgroup} used ${formatShare(of.cpus)} of one CPU${Number.isFinite(of.ofAllowed) ? `, ${formatShare(of.ofAllowed)} of what it may use` : ''}`,
    share: Number.isFinite(of.ofAllowed) ? Math.min(1, of.ofAllowed) : 0,
    confidence: {
      n: of.n,
      low: Number.isFinite(of.ofAllowed) ? Math.min(1, of.ofAllowed) : 0,
      high: Number.isFinite(of.ofAllowed) ? Math.min(1, of.ofAllowed) : 1,
      why:
        of.printed === undefined
          ? "counted by the kernel; short-lived processes are in the group's counter"
          : 'rates a tool printed, rounded; what happened between them is not in them',
      bounds: true,
    },
    evidence: [
      {
        label: 'CPU time of cgroups',
        section: 'cgroup/cpu-usage/groups',
        selection: {},
        formula: `${howCounted(of)} = ${of.cpus.toFixed(3)} CPUs${Number.isFinite(of.ofAllowed) ? ` of ${of.allowed.toFixed(2)} (${of.allowedWhy})` : ''}${Number.isFinite(of.byHostTime) ? `; by the time of all CPUs beside it, as docker counts: ${formatShare(of.byHostTime)}` : ''}`,
      },
    ],
    actions: [],
    caveats: full ? ['95 % is a heuristic: no CPU time is left'] : [],
  };
}

function howCounted({ printed, used, elapsed }: GroupUsage): string {
  if (printed === undefined) return `${formatValue(used, 'ns')} / ${formatValue(elapsed, 'ns')}`;
  return `mean of ${printed.n} printed (${formatShare(printed.least)} to ${formatShare(printed.most)} of one CPU)`;
}

function residualFinding(of: GroupUsage): Finding[] {
  const { residual } = of;
  if (residual === undefined || !(residual.low > MUCH) || !(of.cpus * residual.value > 0.05)) return [];
  return [
    {
      id: `cgroup/cpu-usage/residual${of.cgroup}`,
      severity: 'note',
      claim: `${formatShare(residual.value)} of the CPU time of ${of.cgroup} was used by processes that were not captured, or came and went`,
      share: residual.value,
      confidence: {
        n: of.processes,
        low: residual.low,
        high: residual.high,
        why: 'ticks of 10 ms',
        bounds: true,
      },
      evidence: [
        {
          label: 'CPU time of cgroups',
          section: 'cgroup/cpu-usage/groups',
          selection: {},
          formula: `(${formatValue(of.used, 'ns')} − ${formatValue(of.used * (1 - residual.value), 'ns')} of ${of.processes} processes) / ${formatValue(of.used, 'ns')} = ${formatShare(residual.value)}`,
        },
      ],
      actions: [
        {
          text: 'Count forks and find who makes them',
          run: 'sudo perf trace -a -e clone,clone3,fork,vfork,execve --duration 0 -- sleep 10',
          risk: 'none',
        },
      ],
      caveats: ['20 % is a heuristic'],
    },
  ];
}

function groupTable(all: readonly GroupUsage[]): Section {
  const rows = [...all].sort((a, b) => b.cpus - a.cpus);
  return {
    kind: 'table',
    id: 'cgroup/cpu-usage/groups',
    title: 'CPU time of cgroups',
    note: '100 % = one CPU.',
    columns: [
      { name: 'cgroup', unit: 'text' },
      { name: 'CPU time', unit: 'ns' },
      { name: 'usage', unit: 'share' },
      { name: 'of allowed', unit: 'share' },
      { name: 'allowed by', unit: 'text' },
      { name: 'of no captured process', unit: 'share' },
      { name: 'processes', unit: 'count' },
      { name: 'n', unit: 'count' },
    ],
    rows: rows.slice(0, MOST_ROWS).map((of) => ({
      cells: [
        of.cgroup,
        of.used,
        of.cpus,
        of.ofAllowed,
        of.allowedWhy,
        of.residual?.value ?? Number.NaN,
        of.processes,
        of.n,
      ],
    })),
    of: rows.length,
  };
}

function processTable(all: readonly (ProcessUsage | Refused)[]): Section {
  const rows = [...all].sort((a, b) => (isUsage(b) ? b.cpus : -1) - (isUsage(a) ? a.cpus : -1));
  return {
    kind: 'table',
    id: 'cgroup/cpu-usage/processes',
    title: 'CPU time of processes',
    note: '100 % = one CPU. Two ticks of 10 ms are left open in each.',
    columns: [
      { name: 'process', unit: 'text' },
      { name: 'usage', unit: 'share' },
      { name: 'at least', unit: 'share' },
      { name: 'at most', unit: 'share' },
      { name: 'over', unit: 'ns' },
      { name: 'not told', unit: 'text' },
    ],
    rows: rows.slice(0, MOST_ROWS).map((each) => ({
      cells: isUsage(each)
        ? [`${each.comm} ${each.pid}`.trim(), each.cpus, each.low, each.high, each.elapsed, '']
        : [each.pid, Number.NaN, Number.NaN, Number.NaN, Number.NaN, each.refused],
    })),
    of: rows.length,
  };
}
