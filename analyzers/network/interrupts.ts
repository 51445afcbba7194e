import { softnetColumns } from '../../model/net-series.ts';
import type { Section, TableSection } from '../../model/section.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import {
  type ByCpu,
  busiest,
  imbalance,
  interruptCounts,
  softirqCounts,
  softnetCounts,
} from '../derived/net/interrupt-counts.ts';
import { settingsRead } from '../derived/settings.ts';
import { concentrationFinding, reservedFindings, softnetFindings } from './interrupt-findings.ts';

const MOST_ROWS = 60;

/** Which CPUs interrupts go to, and whether receiving keeps up. */
export const interruptLoad = defineAnalyzer({
  id: 'network/interrupts',
  question: 'Which CPUs do interrupts go to, and does receiving keep up?',
  needs: [
    {
      missing:
        'copies of /proc/interrupts, /proc/softirqs or /proc/net/softnet_stat, or readings of mpstat -I ALL',
      captureWith:
        'for m in before after; do for f in interrupts softirqs stat net/softnet_stat; do cat /proc/$f > $m@proc@$(echo $f | tr / @); done; sleep 30; done; grep -sH . /proc/irq/*/*_affinity_list /sys/devices/system/cpu/{online,isolated} > settings.txt',
      met: (_, context) =>
        context.derive(interruptCounts).length > 0 ||
        context.derive(softirqCounts).length > 0 ||
        softnetCounts(context, 'processed') !== undefined,
    },
  ],
  metrics: [
    {
      id: 'interrupts.rate',
      unit: '1/s',
      labels: ['irq'],
      about: 'Interrupts a second of a line, all CPUs; needs copies with times, or mpstat -I CPU.',
    },
    {
      id: 'softirq.imbalance',
      unit: 'load',
      labels: ['softirq'],
      about: 'Soft interrupts of the busiest CPU over the mean of all CPUs; 1 = even.',
    },
    {
      id: 'softirq.busiest.share',
      unit: 'share',
      labels: ['softirq', 'cpu'],
      about: 'Part of the soft interrupts of this sort that the busiest CPU handled.',
    },
    {
      id: 'softnet.count',
      unit: 'count',
      labels: ['column'],
      about:
        'What softnet_stat gained between the first and the last copy, all CPUs; of one copy since boot.',
    },
  ],
  run(context) {
    const lines = context.derive(interruptCounts);
    const soft = context.derive(softirqCounts).filter(({ total }) => total > 0);
    const softnet = softnetColumns.flatMap(([, name]) => softnetCounts(context, name) ?? []);
    return {
      metrics: [
        ...lines
          .slice(0, MOST_ROWS)
          .filter(({ duration }) => duration > 0)
          .map(({ name, total, duration, n }) => ({
            id: 'interrupts.rate',
            labels: { irq: name },
            value: total / (duration / 1e9),
            unit: '1/s' as const,
            better: 'neither' as const,
            n,
          })),
        ...soft.flatMap((each) => {
          const { cpu, share } = busiest(each);
          const common = { better: 'lower', n: each.total } as const;
          return [
            {
              id: 'softirq.imbalance',
              labels: { softirq: each.name },
              value: imbalance(each, each.cpus.size),
              unit: 'load' as const,
              ...common,
            },
            {
              id: 'softirq.busiest.share',
              labels: { softirq: each.name, cpu },
              value: share,
              unit: 'share' as const,
              ...common,
            },
          ];
        }),
        ...softnet.map(({ name, total, n }) => ({
          id: 'softnet.count',
          labels: { column: name },
          value: total,
          unit: 'count' as const,
          better: 'neither' as const,
          n,
        })),
      ],
      findings: [...concentrationFinding(context), ...softnetFindings(context), ...reservedFindings(context)],
      sections: [...lineSection(context, lines), ...softSection(soft), ...softnetSection(softnet)],
    };
  },
});

const over = ({ sinceBoot }: ByCpu): string => (sinceBoot ? 'since boot' : 'between copies');

function lineSection(context: Context, lines: readonly ByCpu[]): Section[] {
  const read = context.derive(settingsRead);
  return table(
    'network/interrupts/lines',
    'Interrupts by line',
    ['line', 'what', 'may go to'],
    lines.map((line) => [
      [line.name, line.label, read.get(`/proc/irq/${line.name}/smp_affinity_list`) ?? '–'],
      line,
    ]),
  );
}

function softSection(soft: readonly ByCpu[]): Section[] {
  return table(
    'network/interrupts/softirqs',
    'Soft interrupts by sort',
    ['sort'],
    soft.map((each) => [[each.name], each]),
  );
}

function softnetSection(softnet: readonly ByCpu[]): Section[] {
  return table(
    'network/interrupts/softnet',
    'Receiving: softnet_stat',
    ['count'],
    softnet.map((each) => [[each.name], each]),
  );
}

function table(
  id: string,
  title: string,
  names: readonly string[],
  rows: readonly (readonly [readonly string[], ByCpu])[],
): TableSection[] {
  if (rows.length === 0) return [];
  return [
    {
      kind: 'table',
      id,
      title,
      columns: [
        ...names.map((name) => ({ name, unit: 'text' as const })),
        { name: 'total', unit: 'count' },
        { name: 'a second', unit: '1/s' },
        { name: 'busiest CPU', unit: 'text' },
        { name: 'its part', unit: 'share' },
        { name: 'over', unit: 'text' },
        { name: 'copies', unit: 'count' },
      ],
      rows: rows.slice(0, MOST_ROWS).map(([texts, each]) => {
        const { cpu, share } = busiest(each);
        return {
          cells: [...texts, each.total, each.total / (each.duration / 1e9), cpu, share, over(each), each.n],
        };
      }),
      of: rows.length,
    },
  ];
}
