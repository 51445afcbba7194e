import type { Metric } from '../../model/metric.ts';
import { type TaskState, taskStates } from '../../model/sched-tables.ts';
import type { Section } from '../../model/section.ts';
import { defineAnalyzer } from '../analyzer.ts';
import { PathFlame } from '../derived/path-flame.ts';
import { RUNNING, SLEEPING, UNTERMINATED } from '../derived/sched/intervals.ts';
import { commOf, taskLabel } from '../derived/sched/load-parts.ts';
import { timeline } from '../derived/sched/timeline.ts';
import { needsSeconds, needsSwitches } from '../needs.ts';

const MOST_NAMES = 100;

const stateNames: Partial<Record<TaskState, string>> = {
  S: 'S sleeping',
  D: 'D uninterruptible',
  T: 'T stopped',
  t: 't traced',
  I: 'I idle kernel thread',
  P: 'P parked',
};

/** Where threads are while they are on no CPU: all sleeps that were seen to begin and to end. */
export const offCpu = defineAnalyzer({
  id: 'sched/off-cpu',
  question: 'Where do threads sleep, and for how long?',
  needs: [needsSeconds, needsSwitches],
  metrics: [
    {
      id: 'sched.off_cpu',
      unit: 'task-s',
      labels: ['comm', 'state'],
      about:
        'Time threads of this name slept, by state: sleeps that were seen to begin and to end; the largest 100.',
    },
    {
      id: 'sched.run_time',
      unit: 'ns',
      labels: ['comm'],
      about:
        'Time threads of this name ran on a CPU; the largest 100. What perf sched latency calls runtime.',
    },
  ],
  run(context) {
    const { intervals } = context.derive(timeline);
    const { activity, state, flags, start, end, thread, stack, cpu } = intervals.columns;
    const slept = new Map<string, { comm: string; state: string; time: number; n: number }>();
    const ran = new Map<string, { time: number; n: number }>();
    const flame = new PathFlame(context);
    for (let row = 0; row < intervals.length; row++) {
      const time = (end[row] as number) - (start[row] as number);
      if (activity[row] === RUNNING) {
        const comm = commOf(context, thread[row] as number);
        const known = ran.get(comm);
        if (known === undefined) ran.set(comm, { time, n: 1 });
        else {
          known.time += time;
          known.n++;
        }
        continue;
      }
      if (activity[row] !== SLEEPING || ((flags[row] as number) & UNTERMINATED) !== 0) continue;
      const comm = commOf(context, thread[row] as number);
      const code = taskStates[state[row] as number] ?? '?';
      const key = `${code}${comm}`;
      const known = slept.get(key);
      if (known === undefined) slept.set(key, { comm, state: code, time, n: 1 });
      else {
        known.time += time;
        known.n++;
      }
      // Idle kernel workers sleep for ever and tell nothing.
      if (code === 'I') continue;
      const name = stateNames[code] ?? `state ${code}`;
      flame.add(
        start[row] as number,
        stack[row] === 0 ? [comm, name] : [comm],
        stack[row] as number,
        time / 1e9,
        taskLabel(context, row),
        cpu[row] as number,
      );
    }
    const rows = [...slept.values()].sort((a, b) => b.time - a.time);
    const runs = [...ran].sort((a, b) => b[1].time - a[1].time);
    const sections: Section[] = flame.isEmpty
      ? []
      : [
          flame.section({
            id: 'sched/off-cpu/flame',
            title: 'Off-CPU: where threads slept',
            event: 'off-CPU',
            unit: 'task-s',
            note: 'Task-seconds of every sleep that was seen to begin and to end, at the time it began. Sleeps without a recorded stack end in their state. Idle kernel workers (state I) are left out.',
          }),
        ];
    return {
      metrics: [
        ...rows.slice(0, MOST_NAMES).map(
          ({ comm, state: code, time, n }): Metric => ({
            id: 'sched.off_cpu',
            labels: { comm, state: code },
            value: time / 1e9,
            unit: 'task-s',
            better: 'neither',
            n,
          }),
        ),
        ...runs.slice(0, MOST_NAMES).map(
          ([comm, { time, n }]): Metric => ({
            id: 'sched.run_time',
            labels: { comm },
            value: time,
            unit: 'ns',
            better: 'neither',
            n,
          }),
        ),
      ],
      findings: [],
      sections,
    };
  },
});
