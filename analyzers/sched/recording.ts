import type { Finding } from '../../model/finding.ts';
import type { Metric } from '../../model/metric.ts';
import type { TableSection } from '../../model/section.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { coverage } from '../derived/sched/coverage.ts';
import { UNKNOWN } from '../derived/sched/intervals.ts';
import { commOf, taskLabel } from '../derived/sched/load-parts.ts';
import { timeline } from '../derived/sched/timeline.ts';
import { dStates } from '../derived/sched/wait-reason.ts';
import { traceSpan } from '../derived/trace-span.ts';
import { needsSeconds, needsSwitches } from '../needs.ts';

/** Share of switches lost from which on totals are to be doubted. */
const MUCH_LOST = 0.02;

/** What the trace knows: which CPU was watched when, what was lost, and what was put in for it. */
export const recording = defineAnalyzer({
  id: 'sched/recording',
  question: 'When was which CPU watched, and what was lost?',
  needs: [needsSeconds, needsSwitches],
  metrics: [
    { id: 'sched.switches', unit: 'count', labels: [], about: 'Context switches used.' },
    {
      id: 'trace.switches.repaired',
      unit: 'count',
      labels: [],
      about:
        'Switch-outs put in because another thread left the CPU than the one that was last seen to come: the thread goes into an unknown state.',
    },
    {
      id: 'trace.switches.lost',
      unit: 'count',
      labels: [],
      about: 'Switches that must be missing by per-CPU continuity, those away from idle included.',
    },
    {
      id: 'trace.wakeups.lost',
      unit: 'count',
      labels: [],
      about: 'Threads that ran without being seen woken, though wake-ups were recorded.',
    },
    {
      id: 'trace.events.lost',
      unit: 'count',
      labels: [],
      about: 'Events the recorders say they lost.',
    },
    {
      id: 'trace.unknown_time',
      unit: 'task-s',
      labels: [],
      about:
        'Time of threads in an unknown state, because a switch is missing: it counts as neither R nor D.',
    },
    {
      id: 'trace.coverage.share',
      unit: 'share',
      labels: ['cpu'],
      about:
        'Part of the time from the first to the last switch of the trace in which recording of this CPU is known to be complete.',
    },
  ],
  run(context) {
    const line = context.derive(timeline);
    const cover = context.derive(coverage);
    const lostEvents = context.trace.imports.reduce((sum, { lost }) => sum + lost, 0);
    const count = (id: string, value: number): Metric => ({
      id,
      labels: {},
      value,
      unit: 'count',
      better: id === 'sched.switches' ? 'neither' : 'lower',
      n: line.switches,
    });
    return {
      metrics: [
        count('sched.switches', line.switches),
        count('trace.switches.repaired', line.repaired),
        count('trace.switches.lost', line.lost),
        count('trace.wakeups.lost', line.lostWakeups),
        count('trace.events.lost', lostEvents),
        { ...count('trace.unknown_time', context.derive(unknownTime) / 1e9), unit: 'task-s' as const },
        ...cover.cpus.map((cpu): Metric => {
          const share = coveredShare(context, cpu);
          return {
            id: 'trace.coverage.share',
            labels: { cpu: String(cpu) },
            value: share,
            unit: 'share',
            better: 'higher',
            n: line.switches,
          };
        }),
      ],
      findings: lossFindings(context, lostEvents),
      sections: [windowTable(context), ...leftTable(context)],
    };
  },
});

function coveredShare(context: Context, cpu: number): number {
  const { used, start, end } = context.derive(coverage);
  const covered = used
    .filter((each) => each.cpu === cpu)
    .flatMap(({ windows }) => windows)
    .reduce((sum, window) => sum + window.end - window.start, 0);
  return end > start ? Math.min(1, covered / (end - start)) : 1;
}

/** ns of threads in an unknown state. */
function unknownTime(context: Context): number {
  const { intervals } = context.derive(timeline);
  const { activity, start, end } = intervals.columns;
  let sum = 0;
  for (let row = 0; row < intervals.length; row++) {
    if (activity[row] === UNKNOWN) sum += (end[row] as number) - (start[row] as number);
  }
  return sum;
}

function lossFindings(context: Context, lostEvents: number): Finding[] {
  const { switches, lost, repaired } = context.derive(timeline);
  const { start, end, allFrom } = context.derive(coverage);
  const findings: Finding[] = [];
  const unknown = context.derive(unknownTime);
  const share = lost / Math.max(1, lost + switches);
  if (lost > 0) {
    findings.push({
      id: 'sched/recording/lost-switches',
      severity: share > MUCH_LOST ? 'warning' : 'note',
      claim: `${formatCount(lost)} context ${lost === 1 ? 'switch is' : 'switches are'} missing from the trace (${formatShare(share)} of all)`,
      share,
      confidence: {
        n: switches,
        low: share,
        high: share,
        why: 'counted: on each CPU the thread that leaves must be the one that came last',
      },
      evidence: [
        {
          label: 'what was recorded of each CPU',
          section: 'sched/recording/windows',
          selection: {},
          formula: `${formatCount(repaired)} times a thread left unseen, ${formatCount(lost - repaired)} times the idle task; ${formatValue(unknown, 'ns')} of thread time is in an unknown state and counts as neither R nor D`,
        },
      ],
      actions: [
        {
          text: 'Record with larger buffers, and only the events that are needed; some tracers hide rows of protected tasks, which no buffer brings back',
          run: 'perf record -m 16M -k CLOCK_MONOTONIC -e sched:sched_switch,sched:sched_wakeup,sched:sched_wakeup_new -a -- sleep 30',
          risk: 'none',
        },
      ],
      caveats: [],
    });
  }
  if (context.derive(coverage).wakeups === 'none') {
    findings.push({
      id: 'sched/recording/no-wakeups',
      severity: 'note',
      claim: `No wake-ups were recorded among ${formatCount(switches)} context switches: sleeps last until the thread ran again`,
      share: 0.5,
      confidence: {
        n: switches,
        low: 0.5,
        high: 0.5,
        why: 'the trace holds neither sched_wakeup nor sched_waking',
        bounds: true,
      },
      evidence: [{ label: 'events recorded', section: 'trace/events/table', selection: {} }],
      actions: [
        {
          text: 'Record wake-ups too: without them time in D and in other sleeps includes the wait for a CPU behind it',
          run: 'perf record -k CLOCK_MONOTONIC -e sched:sched_switch,sched:sched_wakeup,sched:sched_wakeup_new -a -- sleep 30',
          risk: 'none',
        },
      ],
      caveats: [],
    });
  }
  const blind = end > start ? (allFrom - start) / (end - start) : 0;
  if (blind > 0.01 || lostEvents > 0) {
    findings.push({
      id: 'sched/recording/blind',
      severity: blind > 0.2 ? 'warning' : 'note',
      claim:
        blind > 0.01
          ? `Not every CPU is watched in the first ${formatValue(allFrom - start, 'ns')} of the trace`
          : `The recorder lost ${formatCount(lostEvents)} events`,
      share: Math.max(blind, 0.001),
      confidence: {
        n: switches,
        low: blind,
        high: blind,
        why: 'said by the trace itself: buffers that started late, events it lost',
      },
      evidence: [
        { label: 'what was recorded of each CPU', section: 'sched/recording/windows', selection: {} },
      ],
      actions: [
        {
          text: 'Give the buffer room for the whole time',
          run: 'trace-cmd record -b 32768 -e sched_switch -e sched_wakeup -e sched_wakeup_new sleep 30',
          risk: 'none',
        },
      ],
      caveats: lostEvents > 0 ? [`${formatCount(lostEvents)} events were lost in all`] : [],
    });
  }
  return findings;
}

function windowTable(context: Context): TableSection {
  const { used, duplicates } = context.derive(coverage);
  const { start } = context.derive(traceSpan);
  const rows = [
    ...used.map((each) => ({ each, role: 'used' })),
    ...duplicates.map((each) => ({ each, role: 'second recording' })),
  ]
    .flatMap(({ each, role }) => each.windows.map((window) => ({ each, role, window })))
    .sort((a, b) => a.each.cpu - b.each.cpu || a.window.start - b.window.start);
  return {
    kind: 'table',
    id: 'sched/recording/windows',
    title: 'When switches of each CPU are known to be complete',
    note: 'A buffer that wrapped opens its window late; lost events close one. Where two files recorded the same switches, the one that covers more is used and the other lends its stacks.',
    columns: [
      { name: 'CPU', unit: 'count' },
      { name: 'from', unit: 'ns' },
      { name: 'to', unit: 'ns' },
      { name: 'switches', unit: 'count' },
      { name: 'file', unit: 'text' },
      { name: '', unit: 'text' },
    ],
    rows: rows.slice(0, 200).map(({ each, role, window }) => ({
      cells: [
        each.cpu,
        window.start - start,
        window.end - start,
        each.switches,
        context.trace.imports[each.source]?.file ?? '',
        role,
      ],
    })),
    of: rows.length,
  };
}

/** Times in D that are not in any total, so that nobody has to take their absence on trust. */
function leftTable(context: Context): TableSection[] {
  const { left } = context.derive(dStates);
  if (left.length === 0) return [];
  const { start } = context.derive(traceSpan);
  const { thread } = context.derive(timeline).intervals.columns;
  const rows = [...left].sort((a, b) => b.end - b.start - (a.end - a.start));
  return [
    {
      kind: 'table',
      id: 'sched/recording/left-out',
      title: 'Times in D that count in no total',
      note: 'Their beginning was seen. Whether they lasted was not: a wake-up may be lost.',
      columns: [
        { name: 'thread', unit: 'text' },
        { name: 'from', unit: 'ns' },
        { name: 'would be', unit: 'ns' },
        { name: 'waits for', unit: 'text' },
        { name: 'why it is left out', unit: 'text' },
      ],
      rows: rows.slice(0, 100).map((each) => ({
        cells: [
          taskLabel(context, each.interval) || commOf(context, thread[each.interval] as number),
          each.start - start,
          each.end - each.start,
          each.reason,
          each.why,
        ],
      })),
      of: rows.length,
    },
  ];
}
