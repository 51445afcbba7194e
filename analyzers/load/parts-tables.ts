import type { TableSection } from '../../model/section.ts';
import type { Context } from '../context.ts';
import { type LoadReplay, loadReplay } from '../derived/sched/load.ts';
import { activeTasks, describeTask, type SplitLoad, taskLabel } from '../derived/sched/load-parts.ts';
import { timeline } from '../derived/sched/timeline.ts';
import { traceSpan } from '../derived/trace-span.ts';
import { contribution, EXP } from '../stats/load-average.ts';

const MOST_ROWS = 200;

/** The 1-minute load after a tick as a sum: by state, reason, name and cgroup; then by thread, process and CPU. */
export function partsTables(context: Context, split: SplitLoad): TableSection[] {
  const { ticks } = context.derive(loadReplay) as LoadReplay;
  const { start } = context.derive(traceSpan);
  const at = ((ticks[split.tick]?.time ?? start) - start) / 1e9;
  const when = `the 1-minute load of ${split.load.toFixed(2)} at ${at.toFixed(1)} s`;
  const rest = [
    ['before the trace', '', '', '', split.before] as const,
    ['rounding', '', '', '', split.rounding] as const,
  ];
  const rows = [
    ...split.parts.map(
      ({ state, reason, comm, cgroup, load }) => [state, reason, comm, cgroup, load] as const,
    ),
    ...rest,
  ];
  const share = (load: number): number => (split.load > 0 ? load / split.load : 0);
  return [
    {
      kind: 'table',
      id: 'load/average/parts',
      title: `T${when.slice(1)} as a sum`,
      columns: [
        { name: 'state', unit: 'text' },
        { name: 'waits for', unit: 'text' },
        { name: 'name', unit: 'text' },
        { name: 'cgroup', unit: 'text' },
        { name: 'load', unit: 'load' },
        { name: 'share', unit: 'share' },
      ],
      rows: rows.slice(0, MOST_ROWS).map((cells) => ({ cells: [...cells, share(cells[4])] })),
      of: rows.length,
    },
    ...by(context, split).map(({ id, what, sums }): TableSection => {
      const sorted = [...sums].sort((a, b) => b[1].load - a[1].load || (a[0] < b[0] ? -1 : 1));
      return {
        kind: 'table',
        id: `load/average/by-${id}`,
        title: `Who made ${when}, by ${what}`,
        columns: [
          { name: what, unit: 'text' },
          { name: 'R', unit: 'load' },
          { name: 'D', unit: 'load' },
          { name: 'load', unit: 'load' },
          { name: 'share', unit: 'share' },
        ],
        rows: sorted.slice(0, MOST_ROWS).map(([name, { load, waiting }]) => ({
          cells: [name, load - waiting, waiting, load, share(load)],
        })),
        of: sorted.length,
      };
    }),
  ];
}

interface Sum {
  load: number;
  /** The part of it in D. */
  waiting: number;
}

function by(context: Context, split: SplitLoad): { id: string; what: string; sums: Map<string, Sum> }[] {
  const tasks = context.derive(activeTasks);
  const { intervals, lives } = context.derive(timeline);
  const groups = [
    {
      id: 'thread',
      what: 'thread',
      sums: new Map<string, Sum>(),
      nameOf: (row: number) => taskLabel(context, row),
    },
    {
      id: 'process',
      what: 'process id',
      sums: new Map<string, Sum>(),
      nameOf: (row: number) => {
        const pid = lives.pid[intervals.columns.life[row] as number] as number;
        return pid < 0 ? 'not recorded' : String(pid);
      },
    },
    {
      id: 'cpu',
      what: 'CPU (where it ran, or ran before it slept)',
      sums: new Map<string, Sum>(),
      nameOf: (row: number) => String(intervals.columns.cpu[row]),
    },
  ];
  for (let row = 0; row < tasks.length; row++) {
    const tick = tasks.tick[row] as number;
    if (tick > split.tick) continue;
    const interval = tasks.interval[row] as number;
    const load = contribution(EXP[split.window], split.tick - tick);
    const { state } = describeTask(context, interval, tasks.dState[row] as number);
    for (const { sums, nameOf } of groups) {
      const name = nameOf(interval);
      const sum = sums.get(name) ?? { load: 0, waiting: 0 };
      sum.load += load;
      if (state === 'D') sum.waiting += load;
      sums.set(name, sum);
    }
  }
  return groups;
}
