import type { Finding } from '../../model/finding.ts';
import type { Metric } from '../../model/metric.ts';
import type { Section, TableSection } from '../../model/section.ts';
import { NO_PRIORITY } from '../../model/tables.ts';
import { formatCount, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { coverage } from '../derived/sched/coverage.ts';
import { queueCauses } from '../derived/sched/intervals.ts';
import { commOf, taskLabel } from '../derived/sched/load-parts.ts';
import { timeline } from '../derived/sched/timeline.ts';
import { competitor, runqueueWaits } from '../derived/sched/waits.ts';
import { traceSpan } from '../derived/trace-span.ts';
import { needsSeconds, needsSwitches, needsWakeups } from '../needs.ts';
import { quantile, quantileInterval } from '../stats/quantiles.ts';

const MOST_ROWS = 100;
const WORST = 10;
/** Fewest waits a p99 is told of. */
const FEWEST = 100;
/** A p99 wait beyond this is felt by whoever waits for an answer. */
const LONG = 20e6;

interface WaitGroup {
  readonly name: string;
  /** ns, ascending. */
  readonly waits: Float64Array;
  readonly total: number;
  /** ns of waits that began with a wake-up, not by losing the CPU. */
  readonly woken: number;
}

/** How long runnable threads wait for a CPU. */
export const latency = defineAnalyzer({
  id: 'sched/latency',
  question: 'How long do runnable threads wait for a CPU, and behind whom?',
  needs: [needsSeconds, needsSwitches, needsWakeups],
  metrics: [
    ...['p50', 'p90', 'p99', 'p999', 'max'].map((id) => ({
      id: `sched.runqueue_wait.${id}`,
      unit: 'ns' as const,
      labels: ['comm'],
      about:
        id === 'max'
          ? 'Longest wait of runnable threads of this name for a CPU; the largest 100 names by total wait, and one row without a name for all.'
          : `${id === 'p999' ? 'p99.9' : id} of the wait of runnable threads of this name for a CPU, after a wake-up or after losing it.`,
    })),
    {
      id: 'sched.runqueue_wait.total',
      unit: 'ns',
      labels: ['comm'],
      about: 'All time threads of this name were runnable without running.',
    },
    {
      id: 'sched.wakeup_wait.total',
      unit: 'ns',
      labels: ['comm'],
      about: 'The part of it that began with a wake-up: what perf sched latency calls delay.',
    },
  ],
  run(context) {
    const rows = context.derive(runqueueWaits);
    const { thread } = context.derive(timeline).intervals.columns;
    const { life, cpu, priority } = context.derive(timeline).intervals.columns;
    const all = groupWaits(
      context,
      rows,
      () => 0,
      () => '',
    );
    const byName = groupWaits(
      context,
      rows,
      (row) => thread[row] as number,
      (row) => commOf(context, thread[row] as number),
    );
    const sections: Section[] = [
      waitTable('sched/latency/names', 'Waits for a CPU by name', 'name', byName),
      waitTable(
        'sched/latency/threads',
        'Waits for a CPU by thread',
        'thread',
        groupWaits(
          context,
          rows,
          (row) => (thread[row] as number) * 2 ** 22 + (life[row] as number),
          (row) => taskLabel(context, row),
        ),
      ),
      waitTable(
        'sched/latency/priorities',
        'Waits for a CPU by priority (120 = nice 0, below 100 = real-time)',
        'priority',
        groupWaits(
          context,
          rows,
          (row) => priority[row] as number,
          (row) => priorityName(context, row),
        ),
      ),
      waitTable(
        'sched/latency/cpus',
        'Waits for a CPU by the CPU that took the thread',
        'CPU',
        groupWaits(
          context,
          rows,
          (row) => cpu[row] as number,
          (row) => cpuName(context, row),
        ),
      ),
      worstTable(context, rows),
    ];
    return {
      metrics: [...all, ...byName.slice(0, MOST_ROWS)].flatMap(groupMetrics),
      findings: findings(context, byName, all[0]),
      sections: rows.length === 0 ? [] : sections,
    };
  },
});

/** Waits by name. Rows with the same key have the same name, which is asked for once. */
function groupWaits(
  context: Context,
  rows: Uint32Array,
  keyOf: (row: number) => number,
  nameOf: (row: number) => string,
): WaitGroup[] {
  const { start, end, cause } = context.derive(timeline).intervals.columns;
  const groups = new Map<string, { waits: number[]; woken: number }>();
  const byKey = new Map<number, { waits: number[]; woken: number }>();
  for (const row of rows) {
    const key = keyOf(row);
    let group = byKey.get(key);
    if (group === undefined) {
      const name = nameOf(row);
      group = groups.get(name) ?? { waits: [], woken: 0 };
      groups.set(name, group);
      byKey.set(key, group);
    }
    const wait = (end[row] as number) - (start[row] as number);
    group.waits.push(wait);
    if (queueCauses[cause[row] as number] !== 'preempted') group.woken += wait;
  }
  return [...groups]
    .map(([name, { waits, woken }]) => {
      const sorted = Float64Array.from(waits).sort();
      return { name, waits: sorted, total: sorted.reduce((sum, wait) => sum + wait, 0), woken };
    })
    .sort((a, b) => b.total - a.total || (a.name < b.name ? -1 : 1));
}

function groupMetrics({ name, waits, total, woken }: WaitGroup): Metric[] {
  const labels = { comm: name };
  const metric = (id: string, value: number): Metric => ({
    id: `sched.${id}`,
    labels,
    value,
    unit: 'ns',
    better: 'lower',
    n: waits.length,
  });
  const quantiles = [
    ['p50', 0.5],
    ['p90', 0.9],
    ['p99', 0.99],
    ['p999', 0.999],
  ] as const;
  return [
    ...quantiles.map(([id, q]) => ({
      ...metric(`runqueue_wait.${id}`, quantile(waits, q)),
      ...quantileInterval(waits, q),
    })),
    metric('runqueue_wait.max', waits.at(-1) ?? 0),
    metric('runqueue_wait.total', total),
    metric('wakeup_wait.total', woken),
  ];
}

function waitTable(id: string, title: string, what: string, groups: readonly WaitGroup[]): TableSection {
  return {
    kind: 'table',
    id,
    title,
    columns: [
      { name: what, unit: 'text' },
      { name: 'waits', unit: 'count' },
      { name: 'in all', unit: 'ns' },
      { name: 'p50', unit: 'ns' },
      { name: 'p90', unit: 'ns' },
      { name: 'p99', unit: 'ns' },
      { name: 'p99.9', unit: 'ns' },
      { name: 'longest', unit: 'ns' },
    ],
    rows: groups.slice(0, MOST_ROWS).map(({ name, waits, total }) => ({
      cells: [
        name,
        waits.length,
        total,
        ...[0.5, 0.9, 0.99, 0.999].map((q) => quantile(waits, q)),
        waits.at(-1) ?? 0,
      ],
    })),
    of: groups.length,
  };
}

function worstTable(context: Context, rows: Uint32Array): TableSection {
  const { start, end, cpu, cause } = context.derive(timeline).intervals.columns;
  const { start: origin } = context.derive(traceSpan);
  const length = (row: number): number => (end[row] as number) - (start[row] as number);
  const worst = largest(rows, length, WORST);
  return {
    kind: 'table',
    id: 'sched/latency/worst',
    title: 'The ten longest waits, and who had the CPU meanwhile',
    columns: [
      { name: 'thread', unit: 'text' },
      { name: 'from', unit: 'ns' },
      { name: 'wait', unit: 'ns' },
      { name: 'CPU', unit: 'count' },
      { name: 'after', unit: 'text' },
      { name: 'ran there longest meanwhile', unit: 'text' },
      { name: 'for', unit: 'ns' },
    ],
    rows: worst.map((row) => {
      const rival = competitor(context, cpu[row] as number, start[row] as number, end[row] as number);
      return {
        cells: [
          taskLabel(context, row),
          (start[row] as number) - origin,
          length(row),
          cpu[row] as number,
          afterWhat[queueCauses[cause[row] as number] ?? 'unknown'],
          rival === undefined ? '(idle)' : taskLabel(context, rival.row),
          rival?.time ?? 0,
        ],
      };
    }),
    of: worst.length,
  };
}

/** The rows with the largest values, largest first; one pass. */
function largest(rows: Uint32Array, value: (row: number) => number, count: number): number[] {
  const best: number[] = [];
  for (const row of rows) {
    if (best.length === count && value(row) <= value(best.at(-1) as number)) continue;
    best.push(row);
    best.sort((a, b) => value(b) - value(a));
    if (best.length > count) best.pop();
  }
  return best;
}

const afterWhat = {
  unknown: '',
  woken: 'wake-up',
  preempted: 'losing the CPU',
  new: 'birth',
  'at start': 'the start of the trace',
} as const;

function findings(context: Context, byName: readonly WaitGroup[], all: WaitGroup | undefined): Finding[] {
  if (all === undefined) return [];
  const { start, end } = context.derive(coverage);
  const slow = byName
    .filter(({ waits }) => waits.length >= FEWEST && quantile(waits, 0.99) > LONG)
    .sort((a, b) => quantile(b.waits, 0.99) - quantile(a.waits, 0.99));
  const [worst] = slow;
  const p99 = quantile(all.waits, 0.99);
  const interval = quantileInterval(all.waits, 0.99);
  const evidence = {
    label: 'waits by name',
    section: 'sched/latency/names',
    selection: {},
    formula: `${formatCount(all.waits.length)} waits, ${formatValue(all.total, 'ns')} in all over ${formatValue(end - start, 'ns')}`,
  };
  if (worst === undefined) {
    return [
      {
        id: 'sched/latency/waits',
        severity: 'ok',
        claim: `99 % of waits for a CPU are shorter than ${formatValue(p99, 'ns')}`,
        share: 0,
        confidence: {
          n: all.waits.length,
          low: 0.99,
          high: 0.99,
          why: `95 % interval of that wait: ${formatValue(interval.low, 'ns')} to ${formatValue(interval.high, 'ns')}`,
        },
        evidence: [evidence],
        actions: [],
        caveats: [],
      },
    ];
  }
  const own = quantile(worst.waits, 0.99);
  const ownInterval = quantileInterval(worst.waits, 0.99);
  return [
    {
      id: 'sched/latency/waits',
      severity: 'warning',
      claim: `One wait in a hundred of ${worst.name} for a CPU takes more than ${formatValue(own, 'ns')}${slow.length > 1 ? `; so do those of ${slow.length - 1} other names beyond ${formatValue(LONG, 'ns')}` : ''}`,
      share: Math.min(1, worst.total / Math.max(1, all.total)),
      confidence: {
        n: worst.waits.length,
        low: 0.99,
        high: 0.99,
        why: `95 % interval of that wait: ${formatValue(ownInterval.low, 'ns')} to ${formatValue(ownInterval.high, 'ns')}`,
      },
      evidence: [evidence, { label: 'the longest waits', section: 'sched/latency/worst', selection: {} }],
      actions: [
        {
          text: 'See who has the CPU while it waits; lower that one’s priority, or give the waiting one CPUs of its own',
          run: 'renice -n 10 -p PID   # of the competitor; or: taskset -cp CPUS PID',
          risk: 'low',
        },
      ],
      caveats: [],
    },
  ];
}

function priorityName(context: Context, row: number): string {
  const value = context.derive(timeline).intervals.columns.priority[row] as number;
  return value === NO_PRIORITY ? 'not recorded' : String(value);
}

function cpuName(context: Context, row: number): string {
  return String(context.derive(timeline).intervals.columns.cpu[row]);
}
