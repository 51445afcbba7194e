import { memorySeries } from '../../../model/memory-series.ts';
import { formatCount } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { lastValue, readingsOf } from '../../derived/counters/readings.ts';
import { type RankedTask, rankTasks, totalPages } from '../../derived/memory/oom-points.ts';
import type { OomReport } from '../../derived/memory/oom-reports.ts';

/** Tasks of a report, most points first. */
export function ranking(context: Context, report: OomReport): readonly RankedTask[] {
  const swap = lastValue(readingsOf(context, memorySeries.meminfo('SwapTotal')));
  return rankTasks(report, totalPages(report, swap));
}

/** Why just this task, in words. */
export function whyChosen(ranked: readonly RankedTask[], rank: number, report: OomReport): string {
  if (ranked.length === 0)
    return 'The report has no table of tasks (vm.oom_dump_tasks=0): the choice cannot be checked.';
  if (rank < 0) return 'The task killed is not in the table: a child of the one chosen, or the table is cut.';
  const first = ranked[rank] as RankedTask;
  if (rank > 0)
    return `The task killed ranks ${rank + 1} of ${ranked.length}: one before it was dying already, or kernels before 5.2 took a child instead.`;
  const others =
    ranked.length === 1 ? 'the only task that could be killed' : `the most of ${ranked.length} tasks`;
  const adjusted = first.adjust === 0 ? '' : `, its oom_score_adj of ${first.adjust} included`;
  return `It had ${formatCount(Math.round(first.points))} points${adjusted}: ${others}${report.group ? '; memory.oom.group killed the rest of the group with it' : ''}.`;
}

/** Points of the task killed with the numbers put in, and of the one it was chosen before. */
export function pointsFormula(victim: RankedTask | undefined, other: RankedTask | undefined): string {
  if (victim === undefined)
    return 'points = rss + swapents + page tables + oom_score_adj · total / 1000, in pages';
  const tables = Number.isNaN(victim.pageTables) ? 0 : Math.floor(victim.pageTables);
  const own = victim.rss + victim.swap + tables;
  const adjusted = victim.points - own;
  const sum = `${victim.rss} rss + ${victim.swap} swapents + ${tables} page tables${adjusted === 0 || !Number.isFinite(adjusted) ? '' : ` ${adjusted < 0 ? '−' : '+'} ${Math.abs(adjusted)} of oom_score_adj ${victim.adjust}`} = ${victim.points} pages`;
  return other === undefined ? sum : `${sum}; ${other.comm} (${other.pid}) had ${other.points}`;
}
