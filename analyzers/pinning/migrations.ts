import type { Finding } from '../../model/finding.ts';
import type { Metric } from '../../model/metric.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import { heldThreads } from '../derived/pinning/overlaps.ts';
import { type Moves, moves, type Told } from './moves.ts';
import { captureAffinity } from './overlap-actions.ts';

const interleaved =
  'for i in $(seq -w 12); do for v in free pinned; do d=runs/$v/rep-$i; mkdir -p $d; cp /proc/loadavg $d/loadavg.txt; cp /proc/stat $d/proc_stat.before; p=; [ $v = pinned ] && p="taskset -c 1"; perf stat -x, -e task-clock,context-switches,cpu-migrations -o $d/perf-stat.csv -- $p ./bench > $d/workload.txt; cp /proc/stat $d/proc_stat.after; done; done';

/** Waiting for a CPU, of the time it could run, from which who else was there matters (heuristic). */
const LONG_WAIT = 0.2;

/** What pinning acts on: moves between CPUs, lost CPUs, waiting for them. One run shows no more than the mechanism. */
export const pinning = defineAnalyzer({
  id: 'pinning/migrations',
  question: 'How often does the program change CPUs, and would pinning help?',
  needs: [
    {
      missing:
        'counts of migrations (perf stat, two copies of /proc/PID/sched, or sched_migrate_task events)',
      captureWith: 'perf stat -x, -e task-clock,context-switches,cpu-migrations -o perf-stat.csv -- ./bench',
      met: (_, context) => context.derive(moves).migrations !== undefined,
    },
  ],
  metrics: [
    {
      id: 'cpu.migrations',
      unit: 'count',
      labels: [],
      about:
        'Moves between CPUs: perf stat cpu-migrations, else the increase of nr_migrations in /proc/PID/sched, else sched_migrate_task events.',
    },
    { id: 'cpu.migrations.rate', unit: '1/s', labels: [], about: 'The same a second of the run.' },
    {
      id: 'cpu.switches',
      unit: 'count',
      labels: ['kind'],
      about:
        'Context switches of the program: voluntary (it slept), involuntary (it was runnable and lost the CPU).',
    },
    {
      id: 'cpu.wait.share',
      unit: 'share',
      labels: [],
      about: 'Waiting for a CPU, of the time in which the program could run: wait / (run + wait).',
    },
  ],
  run(context) {
    const seen = context.derive(moves);
    const metrics = metricsOf(seen);
    return {
      metrics,
      findings: [finding(seen, metrics, context.derive(heldThreads).length > 0)],
      sections: [
        {
          kind: 'table',
          id: 'pinning/migrations/table',
          title: 'Moves between CPUs',
          columns: [
            { name: 'what', unit: 'text' },
            { name: 'value', unit: 'text' },
            { name: 'readings', unit: 'count' },
            { name: 'from', unit: 'text' },
          ],
          rows: rowsOf(seen, metrics),
          of: rowsOf(seen, metrics).length,
        },
      ],
    };
  },
});

function metricsOf({ migrations, voluntary, involuntary, run, wait }: Moves): Metric[] {
  const metric = (id: string, unit: Metric['unit'], value: number, n: number, labels = {}): Metric => ({
    id,
    labels,
    value,
    unit,
    better: 'lower',
    n,
  });
  const found: Metric[] = [];
  if (migrations !== undefined) {
    found.push(metric('cpu.migrations', 'count', migrations.value, migrations.n));
    if (migrations.duration > 0)
      found.push(
        metric('cpu.migrations.rate', '1/s', migrations.value / (migrations.duration / 1e9), migrations.n),
      );
  }
  for (const [kind, told] of [
    ['voluntary', voluntary],
    ['involuntary', involuntary],
  ] as const)
    if (told !== undefined) found.push(metric('cpu.switches', 'count', told.value, told.n, { kind }));
  if (run !== undefined && wait !== undefined && run.value + wait.value > 0)
    found.push(metric('cpu.wait.share', 'share', wait.value / (run.value + wait.value), wait.n));
  return found;
}

function rowsOf(seen: Moves, metrics: readonly Metric[]) {
  const from = (metric: Metric): Told | undefined =>
    metric.id === 'cpu.switches'
      ? seen[metric.labels.kind as 'voluntary' | 'involuntary']
      : metric.id === 'cpu.wait.share'
        ? seen.wait
        : seen.migrations;
  return metrics.map((metric) => ({
    cells: [
      `${metric.id.replace(/^cpu\./, '')} ${Object.values(metric.labels).join(' ')}`.trim(),
      metric.unit === 'share' ? formatShare(metric.value) : formatValue(metric.value, metric.unit),
      metric.n,
      from(metric)?.from ?? '',
    ],
  }));
}

function finding(seen: Moves, metrics: readonly Metric[], heldKnown: boolean): Finding {
  const { migrations, run, wait } = seen as Moves & { readonly migrations: Told };
  const value = (id: string): number | undefined => metrics.find((metric) => metric.id === id)?.value;
  const [rate, share] = [value('cpu.migrations.rate'), value('cpu.wait.share')];
  const counted = `${formatCount(migrations.value)} ${migrations.value === 1 ? 'migration' : 'migrations'}`;
  const waiting =
    share === undefined ? '' : `; ${formatShare(share)} of the time it could run it waited for a CPU`;
  const events = migrations.from === 'sched_migrate_task events';
  return {
    id: 'pinning/migrations',
    severity: 'note',
    claim: `${events ? 'Threads of the recording' : 'The program'} changed CPUs ${formatCount(migrations.value)} ${migrations.value === 1 ? 'time' : 'times'}${rate === undefined ? '' : `, ${rate.toFixed(1)} a second`}${waiting}`,
    share: share ?? 0,
    confidence: {
      n: migrations.n,
      low: share ?? 0,
      high: share ?? 0,
      bounds: true,
      why: `Counted by the kernel, not sampled (${migrations.from}).`,
    },
    evidence: [
      {
        label: 'moves between CPUs',
        section: 'pinning/migrations/table',
        selection: {},
        ...(run === undefined || wait === undefined || share === undefined
          ? {}
          : {
              formula: `wait / (run + wait) = ${formatValue(wait.value, 'ns')} / (${formatValue(run.value, 'ns')} + ${formatValue(wait.value, 'ns')}) = ${formatShare(share)}`,
            }),
      },
    ],
    actions: [
      ...(share !== undefined && share > LONG_WAIT && !heldKnown
        ? [
            {
              text: 'Who kept its CPU busy was not captured: copy, while it runs, which CPUs threads may run on, where they are, how long they run, and /proc/stat; a busy thread pinned to the same CPU, and another CPU that idles, are then named',
              run: captureAffinity.replaceAll('/proc/PID/', '/proc/[0-9]*/'),
              risk: 'none' as const,
            },
          ]
        : []),
      {
        text: 'Whether pinning pays is shown by repetitions with and without it, interleaved; CPU 1 stands for one that nobody else uses',
        run: interleaved,
        verify: 'vtune compare --group free=runs/free --group pinned=runs/pinned',
        risk: 'none',
      },
    ],
    caveats: [
      'Pinning to a CPU that others use is the harmful case: the program then waits for it; what reserves a CPU (isolcpus, a cpuset partition) does more than pinning.',
      ...(events
        ? [
            'sched_migrate_task fires in the context of whoever wakes or balances: it is not the count of perf stat cpu-migrations of one task',
          ]
        : []),
      ...(share === undefined
        ? ['Run-queue wait was not recorded: copies of /proc/PID/schedstat before and after tell it']
        : []),
    ],
    verdict: {
      knob: 'pinning',
      state: 'not enough data',
      why: `one run shows the mechanism only, ${counted} (${migrations.from}); an outcome takes repetitions with and without pinning, five a side or more`,
    },
  };
}
