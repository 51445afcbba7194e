import type { Section } from '../../../model/section.ts';
import type { Context } from '../../context.ts';
import { isOfGroup } from '../../derived/memory/oom-kills.ts';
import type { OomReport } from '../../derived/memory/oom-reports.ts';
import { ranking } from './choice.ts';

export const OOM_SECTION = 'memory/oom/tasks';
const MOST_ROWS = 100;

export function taskTable(context: Context, reports: readonly OomReport[]): Section {
  const rows = reports.flatMap((report, at) =>
    ranking(context, report).map((task, rank) => ({
      cells: [
        String(at + 1),
        isOfGroup(report) ? report.cgroup : 'host',
        `${task.comm} ${task.pid}`,
        task.rss * report.pageSize,
        task.swap * report.pageSize,
        Number.isNaN(task.pageTables) ? Number.NaN : task.pageTables * 4096,
        String(task.adjust),
        Number.isFinite(task.points) ? String(task.points) : 'never',
        report.killed.some(({ pid }) => pid === task.pid) ? `killed, rank ${rank + 1}` : `rank ${rank + 1}`,
      ],
    })),
  );
  return {
    kind: 'table',
    id: OOM_SECTION,
    title: 'Tasks the OOM killer chose from',
    note: 'Points in pages: resident, swapped, page tables, and oom_score_adj in thousandths of what may be used. Most points are killed first.',
    columns: [
      { name: 'report', unit: 'text' },
      { name: 'cgroup', unit: 'text' },
      { name: 'task', unit: 'text' },
      { name: 'resident', unit: 'bytes' },
      { name: 'swapped', unit: 'bytes' },
      { name: 'page tables', unit: 'bytes' },
      { name: 'oom_score_adj', unit: 'text' },
      { name: 'points, pages', unit: 'text' },
      { name: 'outcome', unit: 'text' },
    ],
    rows: rows.slice(0, MOST_ROWS),
    of: rows.length,
  };
}
