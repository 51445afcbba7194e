import { cpuQueue, schedDebug } from '../../../model/cpu-series.ts';
import type { Context } from '../../context.ts';
import { increaseOf } from '../counters/increase.ts';
import { entitiesOf, readingsOf } from '../counters/readings.ts';

/** What the queue of one CPU did; NaN where it was not captured. */
export interface CpuQueue {
  readonly cpu: string;
  /** ns tasks ran on it and queued for it between the copies. */
  readonly run: number;
  readonly wait: number;
  /** wait / (run + wait). */
  readonly waitShare: number;
  /** Tasks queued on average: wait over the time between the copies. */
  readonly waiting: number;
  /** Tasks running or queued, mean of the looks. */
  readonly running: number;
  readonly n: number;
  readonly looks: number;
}

/** Queues of all CPUs with two copies of /proc/schedstat, or one of the scheduler's debug file. */
export function cpuQueues(context: Context): readonly CpuQueue[] {
  return entitiesOf(context, 'cpu').flatMap((cpu): CpuQueue[] => {
    const [run, wait] = [cpuQueue.run, cpuQueue.wait].map((name) =>
      increaseOf(readingsOf(context, name, 'cpu', cpu)),
    );
    const looked = readingsOf(context, schedDebug.running, 'cpu', cpu)?.values;
    if ((run === undefined || wait === undefined) && looked === undefined) return [];
    const [ran, waited] = [run?.value ?? Number.NaN, wait?.value ?? Number.NaN];
    return [
      {
        cpu,
        run: ran,
        wait: waited,
        waitShare: waited / (ran + waited),
        waiting: wait !== undefined && wait.duration > 0 ? waited / wait.duration : Number.NaN,
        running:
          looked === undefined ? Number.NaN : looked.reduce((sum, value) => sum + value, 0) / looked.length,
        n: wait?.n ?? 0,
        looks: looked?.length ?? 0,
      },
    ];
  });
}

/** All CPUs together; undefined without two copies of /proc/schedstat in which anything ran. */
export function queuedOnAll(context: Context) {
  const known = context
    .derive(cpuQueues)
    .filter(({ run, wait }) => Number.isFinite(run) && Number.isFinite(wait));
  const run = known.reduce((sum, each) => sum + each.run, 0);
  const wait = known.reduce((sum, each) => sum + each.wait, 0);
  if (!(run + wait > 0)) return undefined;
  return { run, wait, share: wait / (run + wait), n: Math.max(...known.map(({ n }) => n)) };
}
