import type { Section, TableSection } from '../../model/section.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { PathFlame } from '../derived/path-flame.ts';
import { SLEEPING, UNTERMINATED } from '../derived/sched/intervals.ts';
import { commOf, taskLabel } from '../derived/sched/load-parts.ts';
import { timeline } from '../derived/sched/timeline.ts';
import { stackFunctions } from '../derived/sched/wait-reason.ts';
import { wakeupStacks } from '../derived/sched/wakeup-stacks.ts';
import { needsSeconds, needsSwitches, needsWakeups } from '../needs.ts';

/** Wakers followed backwards from a sleep: who woke the one who woke it … */
const LONGEST_CHAIN = 4;
const MOST_PAIRS = 60;
const INTERRUPT = '(interrupt)';

/** Who woke whom: sleeps grouped by the chain of wakers that ended them. */
export const wakeChains = defineAnalyzer({
  id: 'sched/wake-chains',
  question: 'Who wakes whom, and whose sleep ends by it?',
  needs: [needsSeconds, needsSwitches, needsWakeups],
  metrics: [],
  run(context) {
    const chains = new PathFlame(context);
    const pairs = new Map<
      string,
      { waker: string; wakee: string; n: number; slept: number; longest: number }
    >();
    const { intervals } = context.derive(timeline);
    const { activity, flags, start, end, thread, wakeup, cpu, stack } = intervals.columns;
    const ended = context.derive(sleepsByWakeup);
    const { wakeups } = context.trace.tables;
    for (let row = 0; row < intervals.length; row++) {
      const wake = (wakeup[row] as number) - 1;
      if (activity[row] !== SLEEPING || wake < 0 || ((flags[row] as number) & UNTERMINATED) !== 0) continue;
      const wakee = commOf(context, thread[row] as number);
      const chain = chainOf(context, ended, wake);
      const slept = ((end[row] as number) - (start[row] as number)) / 1e9;
      const waker = chain[0] ?? INTERRUPT;
      const key = `${waker}\n${wakee}`;
      const pair = pairs.get(key) ?? { waker, wakee, n: 0, slept: 0, longest: 0 };
      pair.n++;
      pair.slept += slept;
      pair.longest = Math.max(pair.longest, slept * 1e9);
      pairs.set(key, pair);
      const where = stackFunctions(context, stack[row] as number).find((name) => !isSchedule(name));
      const wakerWhere = stackFunctions(context, context.derive(wakeupStacks)[wake] as number)
        .slice(-6)
        .reverse();
      chains.add(
        start[row] as number,
        [
          wakee,
          ...(where === undefined ? [] : [`in ${where}`]),
          ...chain.map((name) => `woken by ${name}`).slice(0, 1),
          ...wakerWhere.map((name) => `at ${name}`),
          ...chain.slice(1).map((name) => `woken by ${name}`),
        ],
        0,
        slept,
        taskLabel(context, row),
        wakeups.columns.cpu[wake] ?? (cpu[row] as number),
      );
    }
    const sections: Section[] = chains.isEmpty
      ? []
      : [
          pairTable([...pairs.values()].sort((a, b) => b.slept - a.slept)),
          chains.section({
            id: 'sched/wake-chains/flame',
            title: 'Wake-up chains: who slept, who ended it, who had woken that one',
            event: 'wake-up chains',
            unit: 'task-s',
            note: `Task-seconds of sleep. Upwards: the sleeper, the function it slept in, its waker with the waker's stack where one was recorded, and the waker's own wakers, up to ${LONGEST_CHAIN}. Wake-ups out of interrupts are not the doing of the thread that was interrupted.`,
          }),
        ];
    return { metrics: [], findings: [], sections };
  },
});

/** Names of the waker of a wake-up, of that one's waker before it, and so on. */
function chainOf(context: Context, ended: ReadonlyMap<number, number[]>, wakeup: number): string[] {
  const { wakeups, threads } = context.trace.tables;
  const { wakeup: wakeOf, end } = context.derive(timeline).intervals.columns;
  const names: string[] = [];
  let at = wakeup;
  while (names.length < LONGEST_CHAIN && at >= 0) {
    if (wakeups.columns.inInterrupt[at] === 1) {
      names.push(INTERRUPT);
      break;
    }
    const waker = wakeups.columns.waker[at] as number;
    const tid = threads.columns.tid[waker] as number;
    if (tid <= 0) {
      // Only interrupts wake anybody while the idle task runs.
      names.push(INTERRUPT);
      break;
    }
    names.push(commOf(context, waker));
    const time = wakeups.columns.time[at] as number;
    const sleeps = ended.get(tid) ?? [];
    let low = 0;
    let high = sleeps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((end[sleeps[middle] as number] as number) < time) low = middle + 1;
      else high = middle;
    }
    const last = sleeps[low - 1];
    at = last === undefined ? -1 : (wakeOf[last] as number) - 1;
  }
  return names;
}

/** Sleeps that a recorded wake-up ended, by thread id, in time order. */
function sleepsByWakeup(context: Context): ReadonlyMap<number, number[]> {
  const { intervals, lives } = context.derive(timeline);
  const { activity, wakeup, life, end } = intervals.columns;
  const sleeps = new Map<number, number[]>();
  for (let row = 0; row < intervals.length; row++) {
    if (activity[row] !== SLEEPING || wakeup[row] === 0) continue;
    const tid = lives.tid[life[row] as number] as number;
    const list = sleeps.get(tid);
    if (list === undefined) sleeps.set(tid, [row]);
    else list.push(row);
  }
  for (const list of sleeps.values()) list.sort((a, b) => (end[a] as number) - (end[b] as number));
  return sleeps;
}

function isSchedule(name: string): boolean {
  return /^(?:__schedule|schedule|__traceiter_|perf_|trace_event_)/.test(name);
}

function pairTable(
  pairs: readonly { waker: string; wakee: string; n: number; slept: number; longest: number }[],
): TableSection {
  return {
    kind: 'table',
    id: 'sched/wake-chains/pairs',
    title: 'Who woke whom',
    columns: [
      { name: 'waker', unit: 'text' },
      { name: 'woke', unit: 'text' },
      { name: 'times', unit: 'count' },
      { name: 'slept before', unit: 'task-s' },
      { name: 'longest', unit: 'ns' },
    ],
    rows: pairs.slice(0, MOST_PAIRS).map(({ waker, wakee, n, slept, longest }) => ({
      cells: [waker, wakee, n, slept, longest],
    })),
    of: pairs.length,
  };
}
