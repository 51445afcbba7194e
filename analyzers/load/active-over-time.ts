import type { TimelineSection } from '../../model/section.ts';
import type { Context } from '../context.ts';
import { coverage } from '../derived/sched/coverage.ts';
import { RUNNING } from '../derived/sched/intervals.ts';
import { countsAsRunnable } from '../derived/sched/load.ts';
import { timeline } from '../derived/sched/timeline.ts';
import { dStates } from '../derived/sched/wait-reason.ts';
import { traceSpan } from '../derived/trace-span.ts';

const MOST_STEPS = 240;
/** With R running, R queued and the rest there are as many colours. */
const MOST_REASONS = 7;

/** Tasks of one kind on average in each step. */
export interface ActiveSeries {
  readonly name: string;
  readonly values: number[];
}

/** Tasks running, queued and in D by reason, averaged over steps of time between two moments (ns). */
export function activeSeries(context: Context, from: number, to: number, steps: number): ActiveSeries[] {
  const step = (to - from) / steps;
  const byName = new Map<string, Float64Array>();
  const add = (name: string, start: number, end: number): void => {
    if (end <= from || start >= to) return;
    let values = byName.get(name);
    if (values === undefined) {
      values = new Float64Array(steps);
      byName.set(name, values);
    }
    const last = Math.min(steps - 1, Math.floor((end - from) / step));
    for (let bin = Math.max(0, Math.floor((start - from) / step)); bin <= last; bin++) {
      const inside = Math.min(end, from + (bin + 1) * step) - Math.max(start, from + bin * step);
      if (inside > 0) values[bin] = (values[bin] as number) + inside / step;
    }
  };
  const { intervals, lost } = context.derive(timeline);
  const { activity, flags, start, end } = intervals.columns;
  const whole = lost === 0 && context.derive(coverage).used.every(({ windows }) => windows.length === 1);
  for (let row = 0; row < intervals.length; row++) {
    if (!countsAsRunnable(activity[row] as number, flags[row] as number, whole)) continue;
    add(activity[row] === RUNNING ? 'R running' : 'R queued', start[row] as number, end[row] as number);
  }
  for (const each of context.derive(dStates).counted) add(`D ${each.reason}`, each.start, each.end);
  const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
  const reasons = [...byName].filter(([name]) => name.startsWith('D ')).sort((a, b) => sum(b[1]) - sum(a[1]));
  const shown = reasons.slice(0, MOST_REASONS);
  const rest = reasons.slice(MOST_REASONS);
  if (rest.length > 0) {
    const values = new Float64Array(steps);
    for (const [, each] of rest)
      each.forEach((value, bin) => {
        values[bin] = (values[bin] as number) + value;
      });
    shown.push(['D other reasons', values]);
  }
  return [
    ...['R running', 'R queued'].flatMap((name) => {
      const values = byName.get(name);
      return values === undefined ? [] : [[name, values] as const];
    }),
    ...shown,
  ].map(([name, values]) => ({ name, values: [...values] }));
}

/** What the load counts, over the whole trace. */
export function activeOverTime(context: Context): TimelineSection {
  const { start, end } = context.derive(coverage);
  const origin = context.derive(traceSpan).start;
  const steps = Math.max(1, Math.min(MOST_STEPS, Math.ceil((end - start) / 10e6)));
  return {
    kind: 'timeline',
    id: 'load/average/active',
    title: 'Tasks the load counts: running, queued, and in D by what they wait for',
    note: 'Averages over each step. The kernel looks at this only every five seconds.',
    unit: 'tasks',
    stat: 'mean',
    start: (start - origin) / 1e9,
    step: (end - start) / steps / 1e9,
    series: activeSeries(context, start, end, steps),
  };
}
