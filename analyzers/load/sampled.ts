import type { Finding } from '../../model/finding.ts';
import type { Metric } from '../../model/metric.ts';
import { taskStateId } from '../../model/sched-tables.ts';
import type { Section } from '../../model/section.ts';
import { decodeString } from '../../model/strings.ts';
import { formatCount, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { loadReadings } from '../derived/sched/load.ts';
import { commOf } from '../derived/sched/load-parts.ts';
import { cgroupPath, stackFunctions } from '../derived/sched/wait-reason.ts';
import { traceSpan } from '../derived/trace-span.ts';
import { phrase } from './d-state.ts';
import { reasonOf, ruleFor } from './wait-reasons.ts';

const MOST_ROWS = 100;
/** Fewest looks from which an average is told. */
const FEWEST = 10;

interface Sampled {
  readonly looks: number;
  /** ns between two looks, median; NaN without times. */
  readonly interval: number;
  readonly running: number;
  readonly groups: readonly SampledGroup[];
  readonly hung: readonly HungTask[];
}

interface SampledGroup {
  readonly reason: string;
  readonly comm: string;
  readonly cgroup: string;
  n: number;
}

interface HungTask {
  readonly comm: string;
  readonly tid: number;
  readonly seconds: number;
  readonly reason: string;
  readonly time: number;
}

/** Task states without a trace: what samplers of /proc, ps and the kernel's hung-task reports saw. */
export const sampledStates = defineAnalyzer({
  id: 'load/sampled',
  question: 'What did samples of task states and hung-task reports see?',
  needs: [
    {
      missing: 'samples of task states (/proc walks, ps, hung-task reports) or readings of /proc/loadavg',
      captureWith: 'scripts/sample-tasks.sh 60 0.5 > tasks.txt',
      met: ({ tables }, context) => tables.taskSamples.length > 0 || loadReadings(context).length > 0,
    },
  ],
  metrics: [
    { id: 'load.sampled.looks', unit: 'count', labels: [], about: 'Looks at all tasks.' },
    {
      id: 'load.sampled.running',
      unit: 'tasks',
      labels: [],
      about: 'Tasks in R a look, on average; the sampler itself is one of them.',
    },
    {
      id: 'load.sampled.dstate',
      unit: 'tasks',
      labels: ['reason', 'comm', 'cgroup'],
      about:
        'Tasks in D a look, on average, by what they wait for (kernel stack, else wchan), name and cgroup.',
    },
    {
      id: 'load.hung_tasks',
      unit: 'count',
      labels: ['reason'],
      about: 'Hung-task reports in the kernel log, by what the stack says they wait for.',
    },
    { id: 'load.read', unit: 'load', labels: ['window'], about: 'Last reading of /proc/loadavg.' },
  ],
  run(context) {
    const seen = context.derive(sampled);
    const readings = loadReadings(context);
    const last = readings.at(-1);
    const reasons = new Map<string, number>();
    for (const { reason } of seen.hung) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    const metric = (
      id: string,
      value: number,
      unit: Metric['unit'],
      labels: Record<string, string>,
      n: number,
    ): Metric => ({
      id,
      labels,
      value,
      unit,
      better: 'lower',
      n,
    });
    return {
      metrics: [
        ...(seen.looks > 0
          ? [
              {
                ...metric('load.sampled.looks', seen.looks, 'count', {}, seen.looks),
                better: 'neither' as const,
              },
              metric('load.sampled.running', seen.running / seen.looks, 'tasks', {}, seen.looks),
            ]
          : []),
        ...seen.groups.map(({ reason, comm, cgroup, n }) =>
          metric('load.sampled.dstate', n / Math.max(1, seen.looks), 'tasks', { reason, comm, cgroup }, n),
        ),
        ...[...reasons].map(([reason, n]) => metric('load.hung_tasks', n, 'count', { reason }, n)),
        ...(last === undefined
          ? []
          : Object.entries(last.load).map(([window, value]) =>
              metric('load.read', value, 'load', { window }, readings.length),
            )),
      ],
      findings: [...hungFindings(seen), ...sampledFinding(context, seen)],
      sections: sections(context, seen, readings),
    };
  },
});

function sampled(context: Context): Sampled {
  const { taskSamples, threads } = context.trace.tables;
  const { time, thread, state, wchan, stack, cgroup, hungSeconds } = taskSamples.columns;
  const groups = new Map<string, SampledGroup>();
  const hung: HungTask[] = [];
  const times: number[] = [];
  let [looks, running] = [0, 0];
  for (let row = 0; row < taskSamples.length; row++) {
    if (thread[row] === 0) {
      looks++;
      times.push(time[row] as number);
      continue;
    }
    if (state[row] === taskStateId.R) running++;
    if (state[row] !== taskStateId.D) continue;
    const comm = commOf(context, thread[row] as number);
    const name = decodeString(context.trace.strings, wchan[row] as number);
    const reason = reasonOf(
      stack[row] !== 0 ? stackFunctions(context, stack[row] as number) : name === '' ? [] : [name],
    );
    if ((hungSeconds[row] as number) > 0) {
      const tid = threads.columns.tid[thread[row] as number] as number;
      hung.push({ comm, tid, seconds: hungSeconds[row] as number, reason, time: time[row] as number });
      continue;
    }
    const path = cgroupPath(decodeString(context.trace.strings, cgroup[row] as number));
    const key = `${reason}\n${comm}\n${path}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { reason, comm, cgroup: path, n: 1 });
    else group.n++;
  }
  const gaps = times
    .slice(1)
    .map((at, i) => at - (times[i] as number))
    .sort((a, b) => a - b);
  return {
    looks,
    interval: gaps[gaps.length >> 1] ?? Number.NaN,
    running,
    groups: [...groups.values()].sort((a, b) => b.n - a.n || (a.comm < b.comm ? -1 : 1)),
    hung,
  };
}

function hungFindings({ hung }: Sampled): Finding[] {
  const reasons = [...new Set(hung.map(({ reason }) => reason))];
  return reasons.map((reason): Finding => {
    const own = hung.filter((task) => task.reason === reason);
    const rule = ruleFor(reason);
    const longest = own.reduce((most, task) => (task.seconds > most.seconds ? task : most));
    const names = [...new Set(own.map(({ comm, tid }) => `${comm} (${tid})`))];
    return {
      id: `load/sampled/hung/${reason}`,
      severity: 'critical',
      claim: `The kernel reported ${formatCount(own.length)} hung ${own.length === 1 ? 'task' : 'tasks'} waiting for ${phrase(reason)}: ${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}, blocked for more than ${longest.seconds} s`,
      share: own.length / hung.length,
      confidence: { n: own.length, low: 1, high: 1, why: 'said by the kernel itself', bounds: true },
      evidence: [{ label: 'hung-task reports', section: 'load/sampled/hung', selection: {} }],
      actions: [
        {
          text:
            rule === undefined
              ? 'See the stack in the kernel log'
              : `${rule.advice.charAt(0).toUpperCase()}${rule.advice.slice(1)}`,
          ...(rule?.run === undefined ? {} : { run: rule.run }),
          risk: 'none',
        },
      ],
      caveats: [],
    };
  });
}

/** Only where no trace of switches tells it better. */
function sampledFinding(context: Context, { looks, groups, running, interval }: Sampled): Finding[] {
  if (context.trace.tables.switches.length > 0 || looks === 0) return [];
  const waiting = groups.reduce((sum, { n }) => sum + n, 0) / looks;
  const reasons = new Map<string, number>();
  for (const { reason, n } of groups) reasons.set(reason, (reasons.get(reason) ?? 0) + n);
  const parts = [...reasons]
    .sort((a, b) => b[1] - a[1])
    .filter(([, n]) => n / looks >= 0.1)
    .map(([reason, n]) => `${(n / looks).toFixed(1)} ${reason}`);
  const enough = looks >= FEWEST;
  return [
    {
      id: 'load/sampled/tasks',
      severity: enough && waiting >= 1 ? 'warning' : 'note',
      claim: `${(running / looks).toFixed(1)} tasks were in R and ${waiting.toFixed(1)} in D a look, on average${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`,
      share: waiting / Math.max(1e-9, waiting + running / looks),
      confidence: {
        n: looks,
        low: waiting / Math.max(1e-9, waiting + running / looks),
        high: waiting / Math.max(1e-9, waiting + running / looks),
        why: enough
          ? `samples ${formatValue(interval, 'ns')} apart: what is shorter is seen by chance`
          : `not enough data: ${formatCount(looks)} looks say little; sample for a minute`,
        bounds: true,
      },
      evidence: [{ label: 'tasks seen in D', section: 'load/sampled/tasks', selection: {} }],
      actions: [
        {
          text: 'Record context switches to see the load exactly',
          run: 'perf record -k CLOCK_MONOTONIC -e sched:sched_switch,sched:sched_wakeup,sched:sched_wakeup_new -a -g -- sleep 60',
          risk: 'none',
        },
      ],
      caveats: enough ? [] : ['fewer than ten looks'],
    },
  ];
}

function sections(context: Context, seen: Sampled, readings: ReturnType<typeof loadReadings>): Section[] {
  const { start } = context.derive(traceSpan);
  const found: Section[] = [];
  if (seen.groups.length > 0) {
    const all = seen.groups.reduce((sum, { n }) => sum + n, 0);
    found.push({
      kind: 'table',
      id: 'load/sampled/tasks',
      title: 'Tasks that samples saw in D',
      note: `${formatCount(seen.looks)} looks${Number.isNaN(seen.interval) ? '' : `, ${formatValue(seen.interval, 'ns')} apart`}.`,
      columns: [
        { name: 'waits for', unit: 'text' },
        { name: 'name', unit: 'text' },
        { name: 'cgroup', unit: 'text' },
        { name: 'tasks a look', unit: 'tasks' },
        { name: 'share', unit: 'share' },
        { name: 'seen', unit: 'count' },
      ],
      rows: seen.groups.slice(0, MOST_ROWS).map(({ reason, comm, cgroup, n }) => ({
        cells: [reason, comm, cgroup, n / Math.max(1, seen.looks), n / all, n],
      })),
      of: seen.groups.length,
    });
  }
  if (seen.hung.length > 0) {
    found.push({
      kind: 'table',
      id: 'load/sampled/hung',
      title: 'Tasks the kernel reported as hung',
      columns: [
        { name: 'task', unit: 'text' },
        { name: 'waits for', unit: 'text' },
        { name: 'blocked for more than', unit: 'ns' },
        { name: 'at', unit: 'ns' },
      ],
      rows: seen.hung.slice(0, MOST_ROWS).map(({ comm, tid, reason, seconds, time }) => ({
        cells: [`${comm} ${tid}`, reason, seconds * 1e9, Number.isNaN(time) ? 0 : time],
      })),
      of: seen.hung.length,
    });
  }
  const [first, last] = [readings[0], readings.at(-1)];
  if (
    context.trace.tables.switches.length === 0 &&
    first !== undefined &&
    last !== undefined &&
    readings.length > 2
  ) {
    found.push({
      kind: 'timeline',
      id: 'load/sampled/readings',
      title: 'Load average as the kernel said, 1 minute',
      unit: 'load',
      stat: 'last',
      lines: true,
      start: Math.max(0, (first.time - start) / 1e9),
      step: (last.time - first.time) / 1e9 / (readings.length - 1),
      series: [{ name: '/proc/loadavg', values: readings.map(({ load }) => load['1m']) }],
    });
  }
  return found;
}
