import type { TaskModel, Workload } from '../../../model/simulation.ts';

/** Starts closer than this are of one command: who comes first is chance, and another time it is somebody else. ns. */
const TOGETHER = 20e6;

/**
 * The same workload with tasks that began together beginning at one time, so that each seed draws its own order.
 * A capture knows one order only, and some schedulers (bfq) treat who comes first otherwise for as long as he stays.
 */
export function startTogether(workload: Workload): Workload {
  const order = [...workload.tasks].sort((a, b) => a.start - b.start);
  const starts = new Map<TaskModel, number>();
  let first = Number.NEGATIVE_INFINITY;
  for (const task of order) {
    if (task.start - first > TOGETHER) first = task.start;
    starts.set(task, first);
  }
  return {
    ...workload,
    tasks: workload.tasks.map((task) => ({ ...task, start: starts.get(task) ?? task.start })),
  };
}
