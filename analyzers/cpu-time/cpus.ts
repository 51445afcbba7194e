import type { Metric } from '../../model/metric.ts';
import type { Section } from '../../model/section.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import {
  averagesSinceBoot,
  type CpuShares,
  cpuStates,
  hostShares,
  sharesByCpu,
} from '../derived/cpu-time/cpu-shares.ts';
import { busyCpus, cpusSinceBoot, oneFullCpu, softInterrupts } from './cpus-findings.ts';
import { CPUS_TABLE } from './cpus-table-id.ts';

const MOST_ROWS = 256;

/** What the time of every CPU went to. */
export const cpuStatesByCpu = defineAnalyzer({
  id: 'cpu-time/cpus',
  question: 'What did every CPU do with its time?',
  needs: [
    {
      missing: 'two copies of /proc/stat, or readings of mpstat -P ALL',
      captureWith: 'LC_ALL=C mpstat -A 1 60 > mpstat.txt',
      met: (_, context) =>
        context.derive(sharesByCpu).size > 0 || isOfMpstat(context) || context.derive(averagesSinceBoot) > 0,
    },
  ],
  metrics: [
    {
      id: 'cpu.time.share',
      unit: 'share',
      labels: ['cpu', 'state'],
      about:
        'Share of the time of a CPU in a state (proc_stat(5)), of all together without a number; guest time is in user. From ticks, or the mean of readings of mpstat; the interval is what ticks leave open.',
    },
    {
      id: 'cpu.time.busy',
      unit: 'share',
      labels: ['cpu'],
      about: '1 − idle − iowait of the same.',
    },
  ],
  run(context) {
    const host = context.derive(hostShares);
    const all = [...(host === undefined ? [] : [['all', host] as const]), ...context.derive(sharesByCpu)];
    return {
      metrics: all.flatMap(([cpu, shares]) => metricsOf(cpu, shares)),
      findings: [
        ...busyCpus(context),
        ...oneFullCpu(context),
        ...softInterrupts(context),
        ...cpusSinceBoot(context),
      ],
      sections: table(all),
    };
  },
});

/** mpstat without -P prints only all CPUs together. */
function isOfMpstat(context: Context): boolean {
  return context.derive(hostShares)?.source === 'mpstat';
}

function metricsOf(cpu: string, { of, busy, error, n }: CpuShares): Metric[] {
  const labels: Record<string, string> = cpu === 'all' ? {} : { cpu };
  const bounds = (value: number) => ({
    value,
    low: Math.max(0, value - error),
    high: Math.min(1, value + error),
    unit: 'share' as const,
    better: 'neither' as const,
    n,
  });
  return [
    { id: 'cpu.time.busy', labels, ...bounds(busy) },
    ...cpuStates.flatMap((state): Metric[] =>
      Number.isNaN(of[state])
        ? []
        : [{ id: 'cpu.time.share', labels: { ...labels, state }, ...bounds(of[state]) }],
    ),
  ];
}

function table(all: readonly (readonly [string, CpuShares])[]): Section[] {
  if (all.length === 0) return [];
  return [
    {
      kind: 'table',
      id: CPUS_TABLE,
      title: 'What every CPU did with its time',
      note: 'Guest time is in user. ± is what ticks of 10 ms and rounding leave open.',
      columns: [
        { name: 'CPU', unit: 'text' },
        { name: 'busy', unit: 'share' },
        ...cpuStates.map((name) => ({ name, unit: 'share' as const })),
        { name: '±', unit: 'share' },
        { name: 'n', unit: 'count' },
      ],
      rows: all.slice(0, MOST_ROWS).map(([cpu, { of, busy, error, n }]) => ({
        cells: [cpu, busy, ...cpuStates.map((state) => of[state]), error, n],
      })),
      of: all.length,
    },
  ];
}
