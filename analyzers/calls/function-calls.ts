import type { Finding } from '../../model/finding.ts';
import type { Metric } from '../../model/metric.ts';
import { callKindId } from '../../model/sched-tables.ts';
import type { Section, TableSection } from '../../model/section.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { graphCalls } from '../derived/calls/graph-calls.ts';
import { functions } from '../derived/functions.ts';
import { PathFlame } from '../derived/path-flame.ts';
import { commOf } from '../derived/sched/load-parts.ts';
import { threadLabel } from '../derived/thread-label.ts';
import { traceSpan } from '../derived/trace-span.ts';

const MOST_METRICS = 100;
const MOST_ROWS = 200;
const SLOWEST = 20;
const UNKNOWN = '(entry not recorded)';
/** Functions inside which a thread is mostly off the CPU. */
const sleeps = /^(?:__)?schedule(?:_idle|_preempt_disabled)?$|^preempt_schedule\w*$|^__cond_resched$/;

interface FunctionRow {
  readonly name: string;
  calls: number;
  /** ns, recursion counted once; NaN = durations were not printed. */
  total: number;
  self: number;
  longest: number;
}

/** Functions traced: how often they ran, and how long. */
export const functionCalls = defineAnalyzer({
  id: 'calls/functions',
  question: 'Which traced functions run, how often, and for how long?',
  needs: [
    {
      missing: 'function calls (function or function_graph tracer)',
      captureWith:
        'trace-cmd record -p function_graph -g vfs_write --max-graph-depth 12 sleep 5   # then give trace.dat',
      met: ({ tables }) => tables.calls.length > 0,
    },
  ],
  metrics: [
    {
      id: 'calls.function.count',
      unit: 'count',
      labels: ['function'],
      about:
        'Calls of the function in the trace; the 100 with most time, or most calls where there are no durations.',
    },
    {
      id: 'calls.function.total',
      unit: 'ns',
      labels: ['function'],
      about: 'Time inside the function and what it called; recursion counts once.',
    },
    {
      id: 'calls.function.self',
      unit: 'ns',
      labels: ['function'],
      about: 'Time inside the function and in nothing recorded below it.',
    },
    {
      id: 'calls.asleep',
      unit: 'ns',
      labels: [],
      about: 'Time inside schedule() and its like: the traced threads were off the CPU.',
    },
    { id: 'calls.total', unit: 'ns', labels: [], about: 'Time inside all outermost calls.' },
    { id: 'calls.unreturned', unit: 'count', labels: [], about: 'Calls whose exit is missing.' },
    {
      id: 'calls.unmatched',
      unit: 'count',
      labels: [],
      about: 'Exits whose entry is missing; all of them with tracing_thresh.',
    },
  ],
  run(context) {
    const rows = context.derive(functionRows);
    const { calls, unreturned, unmatched } = context.derive(graphCalls);
    const timed = rows.some(({ total }) => total > 0);
    const whole = sumOutermost(context);
    const asleep = asleepTime(context);
    const count = (id: string, value: number): Metric => ({
      id,
      labels: {},
      value,
      unit: 'count',
      better: 'neither',
      n: calls.length,
    });
    const time = (id: string, value: number): Metric => ({
      id,
      labels: {},
      value,
      unit: 'ns',
      better: 'lower',
      n: calls.length,
    });
    return {
      metrics: [
        ...rows.slice(0, MOST_METRICS).flatMap(({ name, calls: n, total, self }): Metric[] => {
          const base = { labels: { function: name }, better: 'lower' as const, n };
          return [
            { id: 'calls.function.count', ...base, value: n, unit: 'count' },
            ...(timed && !Number.isNaN(total)
              ? [
                  { id: 'calls.function.total', ...base, value: total, unit: 'ns' as const },
                  { id: 'calls.function.self', ...base, value: self, unit: 'ns' as const },
                ]
              : []),
          ];
        }),
        ...(timed ? [time('calls.total', whole), time('calls.asleep', asleep)] : []),
        count('calls.unreturned', unreturned),
        count('calls.unmatched', unmatched),
      ],
      findings: timed ? topFinding(rows, whole, asleep, calls.length) : [],
      sections: sectionsOf(context, rows, timed),
    };
  },
});

/** Functions with most self time first, or most calls where there are no durations. */
export function functionRows(context: Context): FunctionRow[] {
  const rows = new Map<number, FunctionRow>();
  const { ofFrame, rows: names } = context.derive(functions);
  const rowOf = (frame: number): FunctionRow => {
    const id = frame === 0 ? -1 : (ofFrame[frame] as number);
    let row = rows.get(id);
    if (row === undefined) {
      row = {
        name: id < 0 ? UNKNOWN : (names[id]?.name ?? UNKNOWN),
        calls: 0,
        total: 0,
        self: 0,
        longest: 0,
      };
      rows.set(id, row);
    }
    return row;
  };
  const { calls } = context.derive(graphCalls);
  const { frame, total, self, parent } = calls.columns;
  for (let id = 0; id < calls.length; id++) {
    const row = rowOf(frame[id] as number);
    row.calls++;
    if (Number.isNaN(total[id])) continue;
    row.self += self[id] as number;
    row.longest = Math.max(row.longest, total[id] as number);
    let above = parent[id] as number;
    while (above > 0 && frame[above - 1] !== frame[id]) above = parent[above - 1] as number;
    if (above === 0) row.total += total[id] as number;
  }
  const { calls: recorded } = context.trace.tables;
  for (let id = 0; id < recorded.length; id++) {
    if (recorded.columns.kind[id] === callKindId.function)
      rowOf(recorded.columns.frame[id] as number).calls++;
  }
  return [...rows.values()].sort(
    (a, b) => b.self - a.self || b.calls - a.calls || (a.name < b.name ? -1 : 1),
  );
}

function sumOutermost(context: Context): number {
  const { calls } = context.derive(graphCalls);
  const { parent, total } = calls.columns;
  let sum = 0;
  for (let id = 0; id < calls.length; id++)
    if (parent[id] === 0 && !Number.isNaN(total[id])) sum += total[id] as number;
  return sum;
}

/** Self time of the scheduler's entry points. */
function asleepTime(context: Context): number {
  return context
    .derive(functionRows)
    .filter(({ name }) => sleeps.test(name))
    .reduce((sum, { self }) => sum + self, 0);
}

function sectionsOf(context: Context, rows: readonly FunctionRow[], timed: boolean): Section[] {
  const sections: Section[] = [];
  const { calls, unreturned, unmatched } = context.derive(graphCalls);
  if (calls.length > 0) {
    const flame = new PathFlame(context);
    const { frame, self, time, thread, cpu } = calls.columns;
    for (let id = 0; id < calls.length; id++) {
      const weight = timed ? (self[id] as number) : 1;
      if (!(weight > 0)) continue;
      const path = pathOf(context, id);
      const name = nameOf(context, frame[id] as number);
      const who = labelOf(context, thread[id] as number);
      const last = timed && sleeps.test(name) ? ['(asleep)'] : [];
      flame.addFrames(
        time[id] as number,
        who === '' ? [] : [who.replace(/ \S+$/, '')],
        path,
        last,
        weight,
        who || 'any task',
        cpu[id] as number,
      );
    }
    const lost = [
      ...(unreturned > 0
        ? [`${formatCount(unreturned)} calls have no exit in the trace and are left out`]
        : []),
      ...(unmatched > 0
        ? [
            `${formatCount(unmatched)} exits have no entry: what they called is known, what called them only by nesting`,
          ]
        : []),
    ];
    sections.push(
      flame.section({
        id: 'calls/functions/flame',
        title: timed ? 'Call paths by time inside functions' : 'Call paths by number of calls',
        event: 'function_graph',
        unit: timed ? 'ns' : 'count',
        note: `${timed ? 'Self time: what a call spent in nothing recorded below it. Time inside schedule() is marked as asleep; with the option sleep-time switched off it is not in the trace. ' : 'The trace has no durations (funcgraph-duration is off). '}Tracing every call costs time itself, most in small functions.${lost.length > 0 ? ` ${lost.join('; ')}.` : ''}`,
      }),
    );
  }
  sections.push(functionTable(rows, timed));
  if (timed) sections.push(slowestTable(context));
  const pairs = callerTable(context);
  if (pairs !== undefined) sections.push(pairs);
  return sections;
}

/** Frames from the outermost call to this one. */
function pathOf(context: Context, id: number): number[] {
  const { frame, parent } = context.derive(graphCalls).calls.columns;
  const path: number[] = [];
  for (let at = id + 1; at > 0; at = parent[at - 1] as number) path.push(frame[at - 1] as number);
  return path.reverse();
}

export function nameOf(context: Context, frame: number): string {
  const { ofFrame, rows } = context.derive(functions);
  return frame === 0 ? UNKNOWN : (rows[ofFrame[frame] as number]?.name ?? UNKNOWN);
}

function labelOf(context: Context, thread: number): string {
  if (thread === 0) return '';
  const { pid, tid } = context.trace.tables.threads.columns;
  return threadLabel(commOf(context, thread), pid[thread] as number, tid[thread] as number);
}

function functionTable(rows: readonly FunctionRow[], timed: boolean): TableSection {
  return {
    kind: 'table',
    id: 'calls/functions/table',
    title: timed ? 'Functions by time of their own' : 'Functions by number of calls',
    columns: [
      { name: 'function', unit: 'text' },
      { name: 'calls', unit: 'count' },
      ...(timed
        ? ([
            { name: 'self', unit: 'ns' },
            { name: 'total', unit: 'ns' },
            { name: 'self a call', unit: 'ns' },
            { name: 'longest', unit: 'ns' },
          ] as const)
        : []),
    ],
    rows: rows.slice(0, MOST_ROWS).map(({ name, calls, self, total, longest }) => ({
      cells: timed ? [name, calls, self, total, self / Math.max(1, calls), longest] : [name, calls],
      selection: { frame: name },
    })),
    of: rows.length,
  };
}

function slowestTable(context: Context): TableSection {
  const { calls } = context.derive(graphCalls);
  const { parent, total, time, frame, thread, cpu } = calls.columns;
  const { start } = context.derive(traceSpan);
  const outermost = Array.from({ length: calls.length }, (_, id) => id).filter(
    (id) => parent[id] === 0 && !Number.isNaN(total[id]),
  );
  outermost.sort((a, b) => (total[b] as number) - (total[a] as number));
  return {
    kind: 'table',
    id: 'calls/functions/slowest',
    title: 'The slowest outermost calls, and where most of each went',
    columns: [
      { name: 'function', unit: 'text' },
      { name: 'took', unit: 'ns' },
      { name: 'at', unit: 'ns' },
      { name: 'thread', unit: 'text' },
      { name: 'CPU', unit: 'text' },
      { name: 'most of it in', unit: 'text' },
    ],
    rows: outermost.slice(0, SLOWEST).map((id) => ({
      cells: [
        nameOf(context, frame[id] as number),
        total[id] as number,
        Number.isNaN(time[id]) ? '' : (time[id] as number) - start,
        labelOf(context, thread[id] as number),
        cpu[id] === 0xffff ? '' : String(cpu[id]),
        heaviestPath(context, id),
      ],
    })),
    of: outermost.length,
  };
}

/** From a call down to the callee that takes most, as long as one takes more than half. */
function heaviestPath(context: Context, id: number): string {
  const { parent, total, frame } = context.derive(graphCalls).calls.columns;
  const names: string[] = [];
  let at = id;
  for (;;) {
    let best = -1;
    // Callees stand before their caller, and after those of the call before it.
    for (let other = at - 1; other >= 0 && (parent[other] as number) !== 0; other--) {
      if (parent[other] !== at + 1) continue;
      if (best < 0 || (total[other] as number) > (total[best] as number)) best = other;
    }
    if (best < 0 || (total[best] as number) * 2 < (total[at] as number)) break;
    names.push(nameOf(context, frame[best] as number));
    at = best;
  }
  return names.slice(-4).join(' → ');
}

/** Function tracer: who called what, how often. */
function callerTable(context: Context): TableSection | undefined {
  const { calls } = context.trace.tables;
  const { kind, frame, caller } = calls.columns;
  const pairs = new Map<number, number>();
  for (let row = 0; row < calls.length; row++) {
    if (kind[row] !== callKindId.function) continue;
    const key = (caller[row] as number) * 2 ** 24 + (frame[row] as number);
    pairs.set(key, (pairs.get(key) ?? 0) + 1);
  }
  if (pairs.size === 0) return undefined;
  const sorted = [...pairs].sort((a, b) => b[1] - a[1]);
  return {
    kind: 'table',
    id: 'calls/functions/callers',
    title: 'Who called what',
    columns: [
      { name: 'function', unit: 'text' },
      { name: 'called by', unit: 'text' },
      { name: 'calls', unit: 'count' },
    ],
    rows: sorted.slice(0, MOST_ROWS).map(([key, n]) => ({
      cells: [nameOf(context, key % 2 ** 24), nameOf(context, Math.floor(key / 2 ** 24)), n],
    })),
    of: pairs.size,
  };
}

function topFinding(rows: readonly FunctionRow[], whole: number, asleep: number, n: number): Finding[] {
  const [top] = rows.filter(({ name }) => !sleeps.test(name));
  if (top === undefined || !(whole > 0)) return [];
  const awake = Math.max(1, whole - asleep);
  const share = Math.min(1, top.self / awake);
  return [
    {
      id: 'calls/functions/top',
      severity: 'note',
      claim: `${top.name} takes ${formatShare(share)} of the traced time itself, in ${formatCount(top.calls)} ${top.calls === 1 ? 'call' : 'calls'}`,
      share,
      confidence: {
        n,
        low: share,
        high: share,
        why: 'every traced call was timed; tracing makes small functions look slower than they are',
      },
      evidence: [
        {
          label: 'call paths by time',
          section: 'calls/functions/flame',
          selection: { event: 'function_graph', frame: top.name },
          formula: `${formatValue(top.self, 'ns')} of ${formatValue(awake, 'ns')}${asleep > 0 ? `, ${formatValue(asleep, 'ns')} asleep left out` : ''}`,
        },
      ],
      actions: [],
      caveats: [],
    },
  ];
}
