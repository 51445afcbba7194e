import type { Context } from '../../context.ts';
import { type ThreadTime, threadTimes } from './threads.ts';

/** Threads that wanted one CPU all the time, of one cgroup: what they got and what their weights promise. */
export interface Contest {
  readonly cpu: number;
  readonly cgroup: string | undefined;
  readonly members: readonly {
    readonly thread: ThreadTime;
    /** run / Σ run, and weight / Σ weight. */
    readonly got: number;
    readonly expected: number;
  }[];
  /** ns, largest less smallest vruntime; NaN when not captured. */
  readonly spread: number;
}

/** A thread that ran or waited for this part of the time wanted the CPU all along. */
const ALWAYS = 0.9;

/**
 * Weights promise shares only to threads that are runnable together all the time on one CPU and in one group;
 * only such are compared. Time others took from the CPU falls on all of them alike.
 */
export function contests(context: Context): readonly Contest[] {
  const groups = new Map<string, ThreadTime[]>();
  for (const thread of context.derive(threadTimes)) {
    const wants = (thread.run + thread.waited) / thread.elapsed;
    // Where waiting is not counted, having been runnable at every look stands for it.
    const always = Number.isNaN(wants) ? thread.runnableAlways : wants >= ALWAYS;
    if (!always || Number.isNaN(thread.cpu) || !(thread.weight > 0) || thread.weightChanged) continue;
    const key = `${thread.cpu} ${thread.cgroup ?? ''}`;
    const own = groups.get(key);
    if (own === undefined) groups.set(key, [thread]);
    else own.push(thread);
  }
  return [...groups.values()]
    .filter((threads) => threads.length > 1)
    .map((threads) => {
      const run = threads.reduce((sum, thread) => sum + thread.run, 0);
      const weight = threads.reduce((sum, thread) => sum + thread.weight, 0);
      const vruntimes = threads.map(({ vruntime }) => vruntime);
      return {
        cpu: (threads[0] as ThreadTime).cpu,
        cgroup: (threads[0] as ThreadTime).cgroup,
        members: threads.map((thread) => ({
          thread,
          got: thread.run / run,
          expected: thread.weight / weight,
        })),
        spread: Math.max(...vruntimes) - Math.min(...vruntimes),
      };
    });
}
