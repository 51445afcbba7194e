import type { Finding } from '../../model/finding.ts';
import type { Metric } from '../../model/metric.ts';
import type { Section } from '../../model/section.ts';
import { formatShare, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { PathFlame } from '../derived/path-flame.ts';
import { coverage } from '../derived/sched/coverage.ts';
import { INFERRED, WAKEUP_LOST } from '../derived/sched/intervals.ts';
import { commOf, taskLabel } from '../derived/sched/load-parts.ts';
import { timeline } from '../derived/sched/timeline.ts';
import { type DState, dStates } from '../derived/sched/wait-reason.ts';
import { needsSeconds, needsSwitches } from '../needs.ts';
import { NO_REASON, OTHER_REASON, ruleFor } from './wait-reasons.ts';

const MOST_ROWS = 100;
/** Tasks in D on average from which on it is worth a card, and a warning. */
const NOTABLE = 0.1;
const MUCH = 1;

export interface DGroup {
  readonly reason: string;
  readonly comm: string;
  readonly cgroup: string;
  /** ns in D, of all its threads together. */
  readonly time: number;
  /** Waits. */
  readonly n: number;
  readonly longest: number;
  /** ns that end at the latest possible moment, or are inferred. */
  readonly doubtful: number;
}

/** Time in D by what was waited for, who waited, and in which cgroup; largest first. */
export function dGroups(context: Context): DGroup[] {
  const { thread, flags } = context.derive(timeline).intervals.columns;
  const groups = new Map<string, { -readonly [K in keyof DGroup]: DGroup[K] }>();
  for (const each of context.derive(dStates).counted) {
    const comm = commOf(context, thread[each.interval] as number);
    const key = `${each.reason}\n${comm}\n${each.cgroup}`;
    const time = each.end - each.start;
    const group = groups.get(key) ?? {
      reason: each.reason,
      comm,
      cgroup: each.cgroup,
      time: 0,
      n: 0,
      longest: 0,
      doubtful: 0,
    };
    group.time += time;
    group.n++;
    group.longest = Math.max(group.longest, time);
    if (((flags[each.interval] as number) & (WAKEUP_LOST | INFERRED)) !== 0) group.doubtful += time;
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.time - a.time || (a.comm < b.comm ? -1 : 1));
}

/** What threads in uninterruptible sleep wait for. */
export const dState = defineAnalyzer({
  id: 'load/d-state',
  question: 'What do threads in uninterruptible sleep (D) wait for?',
  needs: [needsSeconds, needsSwitches],
  metrics: [
    {
      id: 'load.dstate.task_seconds',
      unit: 'task-s',
      labels: ['reason', 'comm', 'cgroup'],
      about:
        'Time threads spent in D, by what they waited for, their name when they fell asleep, and their cgroup where samples tell it. Rows add up to the total.',
    },
    {
      id: 'load.dstate.total',
      unit: 'task-s',
      labels: [],
      about: 'All time in D that is known to have ended, or that samples saw.',
    },
  ],
  run(context) {
    const groups = context.derive(dGroups);
    const total = groups.reduce((sum, { time }) => sum + time, 0);
    const waits = groups.reduce((sum, { n }) => sum + n, 0);
    return {
      metrics: [
        ...groups.map(
          ({ reason, comm, cgroup, time, n }): Metric => ({
            id: 'load.dstate.task_seconds',
            labels: { reason, comm, cgroup },
            value: time / 1e9,
            unit: 'task-s',
            better: 'lower',
            n,
          }),
        ),
        {
          id: 'load.dstate.total',
          labels: {},
          value: total / 1e9,
          unit: 'task-s',
          better: 'lower',
          n: waits,
        },
      ],
      findings: groups.length === 0 ? [nothingWaits(context)] : reasonFindings(context, groups, total),
      sections: groups.length === 0 ? [] : sections(context, groups, total),
    };
  },
});

function sections(context: Context, groups: readonly DGroup[], total: number): Section[] {
  const byReason = new Map<string, { time: number; n: number }>();
  for (const { reason, time, n } of groups) {
    const row = byReason.get(reason) ?? { time: 0, n: 0 };
    byReason.set(reason, { time: row.time + time, n: row.n + n });
  }
  const flame = new PathFlame(context);
  for (const each of context.derive(dStates).counted) addD(context, flame, each);
  return [
    {
      kind: 'bars',
      id: 'load/d-state/reasons',
      title: 'Time in D by what was waited for',
      note: 'A stack of the blocked thread tells, else its wchan in samples of /proc, else sched_blocked_reason. The list of kernel functions is in the documentation (docs/wait-reasons.md).',
      unit: 'task-s',
      rows: [...byReason]
        .sort((a, b) => b[1].time - a[1].time)
        .map(([label, { time, n }]) => ({ label, value: time / 1e9, share: time / total, n })),
    },
    {
      kind: 'table',
      id: 'load/d-state/threads',
      title: 'Time in D by reason, name and cgroup',
      columns: [
        { name: 'waits for', unit: 'text' },
        { name: 'name', unit: 'text' },
        { name: 'cgroup', unit: 'text' },
        { name: 'time', unit: 'task-s' },
        { name: 'share', unit: 'share' },
        { name: 'waits', unit: 'count' },
        { name: 'longest', unit: 'ns' },
      ],
      rows: groups.slice(0, MOST_ROWS).map(({ reason, comm, cgroup, time, n, longest }) => ({
        cells: [reason, comm, cgroup, time / 1e9, time / total, n, longest],
      })),
      of: groups.length,
    },
    flame.section({
      id: 'load/d-state/flame',
      title: 'Uninterruptible sleep: what was waited for, by whom, where',
      event: 'D state',
      unit: 'task-s',
      note: 'Task-seconds in D. Times are those at which the wait began.',
    }),
  ];
}

function addD(context: Context, flame: PathFlame, each: DState): void {
  const { intervals } = context.derive(timeline);
  const comm = commOf(context, intervals.columns.thread[each.interval] as number);
  const words = [each.reason, ...(each.cgroup === '' ? [] : [`cgroup ${each.cgroup}`]), comm];
  const stack = each.from === 'stack' ? (intervals.columns.stack[each.interval] as number) : 0;
  flame.add(
    each.start,
    words,
    stack,
    (each.end - each.start) / 1e9,
    taskLabel(context, each.interval),
    intervals.columns.cpu[each.interval] as number,
  );
}

function nothingWaits(context: Context): Finding {
  const { switches } = context.derive(timeline);
  return {
    id: 'load/d-state/none',
    severity: 'ok',
    claim: 'No thread was in uninterruptible sleep',
    share: 0,
    confidence: { n: switches, low: 0, high: 0, why: 'no switch left a thread in state D' },
    evidence: [],
    actions: [],
    caveats: [],
  };
}

function reasonFindings(context: Context, groups: readonly DGroup[], total: number): Finding[] {
  const { start, end } = context.derive(coverage);
  const span = end - start;
  const reasons = [...new Set(groups.map(({ reason }) => reason))];
  return reasons
    .map((reason) => ({ reason, rows: groups.filter((group) => group.reason === reason) }))
    .map(({ reason, rows }) => ({ reason, rows, time: rows.reduce((sum, { time }) => sum + time, 0) }))
    .filter(({ time }) => time / span >= NOTABLE)
    .sort((a, b) => b.time - a.time)
    .slice(0, 5)
    .map(({ reason, rows, time }): Finding => {
      const rule = ruleFor(reason);
      const notable = rows.filter((row, i) => i === 0 || row.time > time * 0.05);
      const who = notable
        .slice(0, 3)
        .map(
          ({ comm, cgroup, time: own }) =>
            `${comm}${cgroup === '' ? '' : ` in cgroup ${cgroup}`} ${formatValue(own / 1e9, 'task-s')}`,
        );
      const doubtful = rows.reduce((sum, row) => sum + row.doubtful, 0);
      const n = rows.reduce((sum, row) => sum + row.n, 0);
      const average = time / span;
      return {
        id: `load/d-state/${reason}`,
        severity: average >= MUCH && reason !== NO_REASON ? 'warning' : 'note',
        claim: `${formatValue(average, 'tasks')} on average wait in D for ${phrase(reason)}: ${who.join(', ')}${notable.length > 3 ? ` and ${notable.length - 3} more` : ''}`,
        share: time / total,
        confidence: {
          n,
          bounds: true,
          low: (time - doubtful) / total,
          high: time / total,
          why:
            doubtful > 0
              ? `${formatValue(doubtful / 1e9, 'task-s')} of it rest on wake-ups that were not recorded or on inference`
              : 'every wait was seen to begin and to end',
        },
        evidence: [
          {
            label: 'time in D by reason',
            section: 'load/d-state/flame',
            selection: { event: 'D state', frame: reason },
            formula: `${formatValue(time / 1e9, 'task-s')} in D / ${formatValue(span, 'ns')} = ${formatValue(average, 'tasks')}; ${formatShare(time / total)} of all time in D`,
          },
        ],
        actions: [actionFor(reason, rule)],
        caveats: [],
      };
    });
}

function actionFor(reason: string, rule: ReturnType<typeof ruleFor>): Finding['actions'][number] {
  if (reason === NO_REASON) {
    return {
      text: 'Record the stacks of blocked threads, or sample their wchan',
      run: "echo 'stacktrace if prev_state & 2' > /sys/kernel/tracing/events/sched/sched_switch/trigger",
      undo: "echo '!stacktrace if prev_state & 2' > /sys/kernel/tracing/events/sched/sched_switch/trigger",
      risk: 'low',
    };
  }
  const text = rule?.advice ?? 'the stacks in the flame graph say where they sleep';
  return {
    text: `${text.charAt(0).toUpperCase()}${text.slice(1)}`,
    ...(rule?.run === undefined ? {} : { run: rule.run }),
    risk: 'none',
  };
}

export function phrase(reason: string): string {
  if (reason === NO_REASON) return 'something that was not recorded';
  if (reason === OTHER_REASON) return 'something no rule knows';
  if (reason === 'vfork') return 'a vforked child';
  if (reason === 'frozen filesystem') return 'a frozen filesystem';
  if (reason === 'mutex' || reason === 'semaphore') return `a kernel ${reason}`;
  if (reason === 'rwsem') return 'a kernel read-write lock (rwsem)';
  return reason;
}
