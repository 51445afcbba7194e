import type { Finding } from '../../model/finding.ts';
import {
  KVM_COUNTED,
  KVM_EMPTY_TOTALS,
  KVM_TOTAL,
  kvmReportSeries,
  kvmTotal,
} from '../../model/kvm-series.ts';
import type { Section } from '../../model/section.ts';
import { formatCount } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { increaseOf, rateOf } from '../derived/counters/increase.ts';
import { allReadings, lastValue, readingsOf } from '../derived/counters/readings.ts';
import { exitAdvice } from './exit-advice.ts';

/** One row: a total's increase between copies, or a reason of a report. */
interface Total {
  readonly key: string;
  readonly value: number;
  readonly rate: number;
  readonly n: number;
}

interface Reported {
  readonly reason: string;
  readonly count: number;
  readonly mean: number;
  readonly shortest: number;
  readonly longest: number;
}

/** What is left where single exits were not recorded: totals of the module, reports of perf. */
export const kvmTotals = defineAnalyzer({
  id: 'kvm/totals',
  question: 'What do the totals of KVM and reports of perf kvm stat say?',
  needs: [
    {
      missing:
        'two copies of the totals in /sys/kernel/debug/kvm that hold numbers, or a report of perf kvm stat',
      captureWith:
        'for m in before after; do for f in /sys/kernel/debug/kvm/*exits; do cat $f > $m@sys@kernel@debug@kvm@$(basename $f); done; sleep 10; done   # or: perf kvm stat record -a sleep 10; perf kvm stat report > kvm-stat.txt',
      met: (_, context) =>
        totals(context).length > 0 ||
        reported(context).length > 0 ||
        counted(context).length > 0 ||
        emptyTotals(context) > 0,
    },
  ],
  metrics: [
    {
      id: 'kvm.total',
      unit: 'count',
      labels: ['key'],
      about: 'Increase of a total of all guests between copies.',
    },
    {
      id: 'kvm.report.exits',
      unit: 'count',
      labels: ['reason'],
      about: 'Exits as perf kvm stat reported them.',
    },
    {
      id: 'kvm.report.handled',
      unit: 'ns',
      labels: ['reason'],
      about: 'Count times mean time of perf kvm stat.',
    },
    {
      id: 'kvm.counted.exits',
      unit: 'count',
      labels: ['reason'],
      about: 'Exits to user space as somebody counted them from a trace (`sort | uniq -c`).',
    },
  ],
  run(context) {
    const rows = totals(context);
    const reasons = reported(context);
    const byHand = counted(context);
    return {
      metrics: [
        ...rows.map(({ key, value, n }) => ({
          id: 'kvm.total',
          labels: { key },
          value,
          unit: 'count' as const,
          better: 'neither' as const,
          n,
        })),
        ...reasons.flatMap(({ reason, count, mean }) => {
          const common = { labels: { reason }, better: 'lower', n: count } as const;
          return [
            { id: 'kvm.report.exits', value: count, unit: 'count' as const, ...common },
            { id: 'kvm.report.handled', value: count * mean, unit: 'ns' as const, ...common },
          ];
        }),
        ...byHand.map(({ reason, count }) => ({
          id: 'kvm.counted.exits',
          labels: { reason },
          value: count,
          unit: 'count' as const,
          better: 'lower' as const,
          n: count,
        })),
      ],
      findings: emptyFinding(context),
      sections: [...totalSection(rows), ...reportSection(reasons), ...countedSection(byHand)],
    };
  },
});

function totals(context: Context): Total[] {
  const host = context.derive(allReadings).get('host')?.get('');
  return [...(host?.values() ?? [])].flatMap((readings) => {
    if (!readings.name.startsWith(KVM_TOTAL) || readings.kind !== 'cumulative') return [];
    const gained = increaseOf(readings);
    if (gained === undefined) return [];
    const key = readings.name.slice(kvmTotal('').length);
    return [{ key, value: gained.value, rate: rateOf(readings)?.value ?? Number.NaN, n: gained.n + 1 }];
  });
}

function reported(context: Context): Reported[] {
  const host = context.derive(allReadings).get('host')?.get('');
  const first = kvmReportSeries('count', '');
  const read = (column: 'mean' | 'shortest' | 'longest', reason: string): number =>
    lastValue(readingsOf(context, kvmReportSeries(column, reason)));
  return [...(host?.values() ?? [])]
    .filter(({ name }) => name.startsWith(first))
    .map((readings) => {
      const reason = readings.name.slice(first.length);
      return {
        reason,
        count: lastValue(readings),
        mean: read('mean', reason),
        shortest: read('shortest', reason),
        longest: read('longest', reason),
      };
    });
}

function counted(context: Context): { readonly reason: string; readonly count: number }[] {
  const host = context.derive(allReadings).get('host')?.get('');
  return [...(host?.values() ?? [])]
    .filter(({ name }) => name.startsWith(KVM_COUNTED))
    .map((readings) => ({ reason: readings.name.slice(KVM_COUNTED.length), count: lastValue(readings) }));
}

/** Names of totals that came without a value, in the last copy. */
function emptyTotals(context: Context): number {
  return Math.max(0, lastValue(readingsOf(context, KVM_EMPTY_TOTALS)) || 0);
}

function emptyFinding(context: Context): Finding[] {
  const empty = emptyTotals(context);
  // A module that keeps some totals and not others is the rule.
  if (empty === 0 || totals(context).length > 0) return [];
  return [
    {
      id: 'kvm/totals/empty',
      severity: 'note',
      claim: `Not enough data: ${formatCount(empty)} totals of /sys/kernel/debug/kvm were copied without a value`,
      share: 0,
      confidence: {
        n: empty,
        low: 0,
        high: 0,
        why: 'the module refuses to read them (kvm_pvm does), or no guest ran at that moment',
        bounds: true,
      },
      evidence: [],
      actions: [
        {
          text: 'Count exits as events, or see whether totals have values while a guest runs',
          run: 'grep -s . /sys/kernel/debug/kvm/{exits,halt_exits,io_exits}; perf stat -a -e kvm:kvm_exit,kvm:kvm_userspace_exit -- sleep 10',
          risk: 'none',
        },
      ],
      caveats: [],
    },
  ];
}

function countedSection(rows: readonly { readonly reason: string; readonly count: number }[]): Section[] {
  if (rows.length === 0) return [];
  return [
    {
      kind: 'table',
      id: 'kvm/totals/counted',
      title: 'Exits to user space as counted from a trace',
      columns: [
        { name: 'reason', unit: 'text' },
        { name: 'exits', unit: 'count' },
        { name: 'usually', unit: 'text' },
      ],
      rows: rows.map(({ reason, count }) => ({ cells: [reason, count, exitAdvice(reason)] })),
      of: rows.length,
    },
  ];
}

function totalSection(rows: readonly Total[]): Section[] {
  if (rows.length === 0) return [];
  return [
    {
      kind: 'table',
      id: 'kvm/totals/counts',
      title: 'Totals of all guests between copies',
      columns: [
        { name: 'total', unit: 'text' },
        { name: 'increase', unit: 'count' },
        { name: 'a second', unit: '1/s' },
        { name: 'copies', unit: 'count' },
      ],
      rows: rows.map(({ key, value, rate, n }) => ({ cells: [key, value, rate, n] })),
      of: rows.length,
    },
  ];
}

function reportSection(reasons: readonly Reported[]): Section[] {
  if (reasons.length === 0) return [];
  return [
    {
      kind: 'table',
      id: 'kvm/totals/report',
      title: 'Exits as perf kvm stat reported them',
      columns: [
        { name: 'reason', unit: 'text' },
        { name: 'exits', unit: 'count' },
        { name: 'mean', unit: 'ns' },
        { name: 'shortest', unit: 'ns' },
        { name: 'longest', unit: 'ns' },
        { name: 'usually', unit: 'text' },
      ],
      rows: reasons.map(({ reason, count, mean, shortest, longest }) => ({
        cells: [reason, count, mean, shortest, longest, exitAdvice(reason)],
      })),
      of: reasons.length,
    },
  ];
}
