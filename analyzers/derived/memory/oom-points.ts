import type { OomReport, OomTask } from './oom-reports.ts';

/** A task with the points by which the kernel chooses. */
export interface RankedTask extends OomTask {
  /** Pages; −Infinity = never to be killed. NaN where what the adjustment is a part of is not known. */
  readonly points: number;
}

const PAGE = 4096;
/** oom_score_adj that forbids killing, OOM_SCORE_ADJ_MIN. */
const NEVER = -1000;

/**
 * Pages of which an adjustment of 1000 is the whole: RAM and swap, or what the group may use (mem_cgroup_get_max).
 * Reports of groups do not tell swap; `swapBytes` is what /proc/meminfo says, NaN when it was not read.
 */
export function totalPages(report: OomReport, swapBytes: number): number {
  if (report.constraint !== 'MEMCG') return report.ramPages + (report.swapPages || 0);
  const limit = report.limit / report.pageSize;
  return limit + (swapBytes > 0 ? swapBytes / report.pageSize : 0);
}

/**
 * Tasks by oom_badness (mm/oom_kill.c): pages resident, swapped and of page tables, and the adjustment in thousandths of
 * `total`. Most points first, the earlier of equals first, as the kernel keeps the first it met.
 */
export function rankTasks(report: OomReport, total: number): readonly RankedTask[] {
  const unit = Math.floor(total / 1000);
  return report.tasks
    .map((task) => {
      const tables = Number.isNaN(task.pageTables)
        ? 0
        : Math.floor((task.pageTables * PAGE) / report.pageSize);
      const own = task.rss + task.swap + tables;
      if (task.adjust <= NEVER) return { ...task, points: Number.NEGATIVE_INFINITY };
      return { ...task, points: task.adjust === 0 ? own : own + task.adjust * unit };
    })
    .sort((a, b) => (b.points === a.points ? 0 : b.points - a.points));
}

/** KiB free in all, and in blocks large enough for the order that was wanted. */
export function freeForOrder(report: OomReport): { readonly free: number; readonly usable: number } {
  let [free, usable] = [0, 0];
  const smallest = (report.pageSize / 1024) * 2 ** report.order;
  for (const [kib, blocks] of report.free) {
    free += kib * blocks;
    if (kib >= smallest) usable += kib * blocks;
  }
  return { free, usable };
}
