import type { Finding } from '../../model/finding.ts';
import type { Metric } from '../../model/metric.ts';
import type { TableSection, TimelineSection } from '../../model/section.ts';
import { formatShare } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { coverage } from '../derived/sched/coverage.ts';
import { QUEUED, queueCauses, RUNNING, SLEEPING } from '../derived/sched/intervals.ts';
import { countsAsRunnable } from '../derived/sched/load.ts';
import { timeline } from '../derived/sched/timeline.ts';
import { type Distance, topology } from '../derived/sched/topology.ts';
import { runsByCpu } from '../derived/sched/waits.ts';
import { traceSpan } from '../derived/trace-span.ts';
import { needsSeconds, needsSwitches } from '../needs.ts';

const MOST_STEPS = 240;
const STEP_FLOOR = 1e6;
/** Part of the time with a CPU idle and a thread waiting elsewhere that is worth a card. */
const NOTABLE = 0.02;

interface CpuUse {
  readonly cpu: number;
  readonly busy: number;
  readonly runs: number;
}

/** How busy the CPUs were, how many threads waited, and whether they waited while another CPU was idle. */
export const cpuUse = defineAnalyzer({
  id: 'sched/cpu',
  question: 'How busy are the CPUs, and do threads wait while others are idle?',
  needs: [needsSeconds, needsSwitches],
  metrics: [
    {
      id: 'sched.cpu.utilisation',
      unit: 'share',
      labels: ['cpu'],
      about: 'Part of the covered time in which the CPU ran a thread.',
    },
    {
      id: 'sched.idle_while_queued',
      unit: 'share',
      labels: [],
      about: 'Part of the time in which a CPU was idle while a thread waited for another.',
    },
    {
      id: 'sched.migrations',
      unit: 'count',
      labels: [],
      about: 'Times a thread ran on another CPU than before.',
    },
    {
      id: 'sched.migrations.distance',
      unit: 'count',
      labels: ['distance'],
      about:
        'The same by distance: same core, same cache (the last level), same socket, same node, other socket, other node; only where the topology of the host was captured (copies of /sys/devices/system/cpu, or perf script -I).',
    },
    {
      id: 'sched.switches.involuntary',
      unit: 'count',
      labels: [],
      about: 'Switches by which a runnable thread lost the CPU.',
    },
    {
      id: 'sched.switches.voluntary',
      unit: 'count',
      labels: [],
      about: 'Switches by which a thread gave up the CPU to sleep.',
    },
  ],
  run(context) {
    const use = context.derive(cpuUses);
    const { migrations, byDistance, involuntary, voluntary } = context.derive(moves);
    const conflict = context.derive(idleWhileQueued);
    const { start, end } = context.derive(coverage);
    const n = context.derive(timeline).switches;
    const share = end > start ? conflict / (end - start) : 0;
    const count = (id: string, value: number): Metric => ({
      id,
      labels: {},
      value,
      unit: 'count',
      better: 'lower',
      n,
    });
    return {
      metrics: [
        ...use.map(
          ({ cpu, busy, runs }): Metric => ({
            id: 'sched.cpu.utilisation',
            labels: { cpu: String(cpu) },
            value: busy / coveredTime(context, cpu),
            unit: 'share',
            better: 'neither',
            n: runs,
          }),
        ),
        { id: 'sched.idle_while_queued', labels: {}, value: share, unit: 'share', better: 'lower', n },
        count('sched.migrations', migrations),
        ...[...byDistance].map(([far, value]) => ({
          ...count('sched.migrations.distance', value),
          labels: { distance: far },
        })),
        count('sched.switches.involuntary', involuntary),
        count('sched.switches.voluntary', voluntary),
      ],
      findings: conflictFinding(context, share, n),
      sections: [useTable(context, use), depthTimeline(context)],
    };
  },
});

function coveredTime(context: Context, cpu: number): number {
  return context
    .derive(coverage)
    .used.filter((each) => each.cpu === cpu)
    .flatMap(({ windows }) => windows)
    .reduce((sum, { start, end }) => sum + end - start, 0);
}

function cpuUses(context: Context): CpuUse[] {
  const { start, end } = context.derive(timeline).intervals.columns;
  const byCpu = context.derive(runsByCpu);
  return context.derive(coverage).cpus.map((cpu) => {
    const rows = byCpu.get(cpu) ?? new Uint32Array();
    let busy = 0;
    for (const row of rows) busy += (end[row] as number) - (start[row] as number);
    return { cpu, busy, runs: rows.length };
  });
}

interface Moves {
  readonly migrations: number;
  readonly byDistance: ReadonlyMap<Distance, number>;
  readonly involuntary: number;
  readonly voluntary: number;
}

/** Migrations, by where threads ran last, and how threads left their CPUs. */
function moves(context: Context): Moves {
  const { known, distance } = context.derive(topology);
  const byDistance = new Map<Distance, number>();
  const { intervals, lives } = context.derive(timeline);
  const { activity, cpu, life, cause } = intervals.columns;
  const last = new Int32Array(lives.count).fill(-1);
  let [migrations, involuntary, voluntary] = [0, 0, 0];
  for (let row = 0; row < intervals.length; row++) {
    if (activity[row] === QUEUED && queueCauses[cause[row] as number] === 'preempted') involuntary++;
    if (activity[row] === SLEEPING) voluntary++;
    if (activity[row] !== RUNNING) continue;
    const who = life[row] as number;
    const before = last[who] as number;
    if (before !== -1 && before !== cpu[row]) {
      migrations++;
      if (known) {
        const far = distance(before, cpu[row] as number);
        byDistance.set(far, (byDistance.get(far) ?? 0) + 1);
      }
    }
    last[who] = cpu[row] as number;
  }
  return { migrations, byDistance, involuntary, voluntary };
}

/** ns in which at least one CPU was idle and at least one thread was queued. */
function idleWhileQueued(context: Context): number {
  const { end, cpus, allFrom } = context.derive(coverage);
  const queue = context.derive(queueEdges);
  const busy = context.derive(busyEdges);
  const [q, Q, r, R] = [queue.starts, queue.ends, busy.starts, busy.ends];
  let [a, b, c, d] = [0, 0, 0, 0];
  // While some CPU is not watched nobody knows whether it is idle.
  let last = allFrom;
  let conflict = 0;
  for (;;) {
    const next = Math.min(
      q[a] ?? Number.POSITIVE_INFINITY,
      Q[b] ?? Number.POSITIVE_INFINITY,
      r[c] ?? Number.POSITIVE_INFINITY,
      R[d] ?? Number.POSITIVE_INFINITY,
    );
    if (next > end) return conflict;
    if (next > last) {
      if (a > b && c - d < cpus.length) conflict += next - last;
      last = next;
    }
    while (q[a] === next) a++;
    while (Q[b] === next) b++;
    while (r[c] === next) c++;
    while (R[d] === next) d++;
  }
}

interface Edges {
  readonly starts: Float64Array;
  readonly ends: Float64Array;
}

function queueEdges(context: Context): Edges {
  const { intervals, lost } = context.derive(timeline);
  const { activity, flags, start, end } = intervals.columns;
  const rows: number[] = [];
  for (let row = 0; row < intervals.length; row++) {
    if (activity[row] === QUEUED && countsAsRunnable(QUEUED, flags[row] as number, lost === 0))
      rows.push(row);
  }
  return edgesOf(rows, start, end);
}

function busyEdges(context: Context): Edges {
  const { intervals } = context.derive(timeline);
  const { activity, start, end } = intervals.columns;
  const rows: number[] = [];
  for (let row = 0; row < intervals.length; row++) if (activity[row] === RUNNING) rows.push(row);
  return edgesOf(rows, start, end);
}

function edgesOf(rows: readonly number[], start: Float64Array, end: Float64Array): Edges {
  return {
    starts: Float64Array.from(rows, (row) => start[row] as number).sort(),
    ends: Float64Array.from(rows, (row) => end[row] as number).sort(),
  };
}

function useTable(context: Context, use: readonly CpuUse[]): TableSection {
  return {
    kind: 'table',
    id: 'sched/cpu/use',
    title: 'CPU utilisation',
    columns: [
      { name: 'CPU', unit: 'count' },
      { name: 'busy', unit: 'share' },
      { name: 'busy for', unit: 'ns' },
      { name: 'runs', unit: 'count' },
      { name: 'run on average', unit: 'ns' },
    ],
    rows: use.map(({ cpu, busy, runs }) => ({
      cells: [cpu, busy / coveredTime(context, cpu), busy, runs, runs > 0 ? busy / runs : 0],
    })),
    of: use.length,
  };
}

/** Threads running and queued over time: run-queue depth. */
function depthTimeline(context: Context): TimelineSection {
  const { start, end } = context.derive(coverage);
  const origin = context.derive(traceSpan).start;
  const steps = Math.max(1, Math.min(MOST_STEPS, Math.floor((end - start) / STEP_FLOOR)));
  const step = (end - start) / steps || 1;
  const spread = ({ starts, ends }: Edges): number[] => {
    const values = new Float64Array(steps);
    // The sum over intervals of their part in a step equals the difference of their areas.
    const area = (edges: Float64Array): Float64Array => {
      const sums = new Float64Array(steps + 1);
      let at = 0;
      let sum = 0;
      for (let bin = 0; bin <= steps; bin++) {
        const time = start + bin * step;
        while (at < edges.length && (edges[at] as number) <= time) sum += edges[at++] as number;
        sums[bin] = at * time - sum;
      }
      return sums;
    };
    const [a, b] = [area(starts), area(ends)];
    for (let bin = 0; bin < steps; bin++) {
      const opened = (a[bin + 1] as number) - (a[bin] as number);
      const closed = (b[bin + 1] as number) - (b[bin] as number);
      values[bin] = Math.max(0, (opened - closed) / step);
    }
    return [...values];
  };
  return {
    kind: 'timeline',
    id: 'sched/cpu/depth',
    title: 'Threads running, and threads waiting for a CPU',
    unit: 'tasks',
    stat: 'mean',
    start: (start - origin) / 1e9,
    step: step / 1e9,
    series: [
      { name: 'R running', values: spread(context.derive(busyEdges)) },
      { name: 'R queued', values: spread(context.derive(queueEdges)) },
    ],
  };
}

function conflictFinding(context: Context, share: number, n: number): Finding[] {
  if (share < NOTABLE || context.derive(coverage).cpus.length < 2) return [];
  return [
    {
      id: 'sched/cpu/idle-while-queued',
      severity: share > 0.1 ? 'warning' : 'note',
      claim: `Threads waited for a CPU while another was idle for ${formatShare(share)} of the time`,
      share,
      confidence: { n, low: share, high: share, why: 'from every switch' },
      evidence: [{ label: 'threads running and queued', section: 'sched/cpu/depth', selection: {} }],
      actions: [
        {
          text: 'See whether the waiting threads are pinned (affinity, cpusets) and let them go elsewhere',
          run: 'taskset -cp PID; cat /proc/PID/status | grep Cpus_allowed_list',
          risk: 'none',
        },
      ],
      caveats: ['a CPU that is being woken counts as idle until it switches'],
    },
  ];
}
