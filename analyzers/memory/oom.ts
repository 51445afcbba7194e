import type { Action, Finding } from '../../model/finding.ts';
import { memorySeries } from '../../model/memory-series.ts';
import type { Section } from '../../model/section.ts';
import { formatCount, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { lastValue, readingsOf } from '../derived/counters/readings.ts';
import { freeForOrder, type RankedTask, rankTasks, totalPages } from '../derived/memory/oom-points.ts';
import { type OomReport, oomReports } from '../derived/memory/oom-reports.ts';
import { isHarmlessPath, limitAction } from './limit-action.ts';

const SECTION = 'memory/oom/tasks';
const MOST_ROWS = 100;

/** What the OOM killer killed, and why just that. */
export const oomKills = defineAnalyzer({
  id: 'memory/oom',
  question: 'What did the OOM killer kill, and why?',
  needs: [
    {
      missing: 'reports of the OOM killer in the kernel log',
      captureWith: 'dmesg > dmesg.txt   # or journalctl -k -o short-monotonic',
      met: (_, context) => context.derive(oomReports).length > 0,
    },
  ],
  metrics: [
    {
      id: 'memory.oom.kills',
      unit: 'count',
      labels: ['cgroup'],
      about:
        'Tasks killed, by reports in the kernel log; cgroup is empty where the whole machine was out of memory.',
    },
  ],
  run(context) {
    const reports = context.derive(oomReports);
    const groups = new Map<string, OomReport[]>();
    for (const report of reports) {
      const key = isOfGroup(report) ? report.cgroup : '';
      groups.set(key, [...(groups.get(key) ?? []), report]);
    }
    return {
      metrics: [...groups].map(([cgroup, own]) => ({
        id: 'memory.oom.kills',
        labels: { cgroup },
        value: own.reduce((sum, { killed }) => sum + killed.length, 0),
        unit: 'count',
        better: 'lower',
        n: own.length,
      })),
      findings: [...groups].map(([cgroup, own]) => explain(context, cgroup, own)),
      sections: [taskTable(context, reports)],
    };
  },
});

function isOfGroup({ constraint }: OomReport): boolean {
  return constraint === 'MEMCG';
}

function ranking(context: Context, report: OomReport): readonly RankedTask[] {
  const swap = lastValue(readingsOf(context, memorySeries.meminfo('SwapTotal')));
  return rankTasks(report, totalPages(report, swap));
}

function explain(context: Context, cgroup: string, reports: readonly OomReport[]): Finding {
  const report = reports.at(-1) as OomReport;
  const ranked = ranking(context, report);
  const [victim = { pid: 0, comm: '?' }] = report.killed;
  const killed = reports.reduce((sum, each) => sum + each.killed.length, 0);
  const times = killed === 1 ? '' : `; ${formatCount(killed)} tasks were killed in all`;
  const place = isOfGroup(report)
    ? `the control group ${cgroup || '(not named)'} reached its limit of ${formatValue(report.limit, 'bytes')}`
    : placeOf(report);
  const rank = ranked.findIndex(({ pid }) => pid === victim.pid);
  return {
    id: `memory/oom/${cgroup || 'host'}`,
    severity: isOfGroup(report) ? 'warning' : 'critical',
    claim: `${victim.comm} (${victim.pid}) was killed as ${place}${times}`,
    share: 1,
    confidence: {
      n: reports.length,
      low: 1,
      high: 1,
      why: 'the kernel said so in its log; the ring buffer may have lost earlier reports',
      bounds: true,
    },
    evidence: [
      {
        label: why(ranked, rank, report),
        section: SECTION,
        selection: {},
        formula: pointsFormula(ranked[rank], ranked[rank === 0 ? 1 : 0]),
      },
    ],
    actions: actions(context, cgroup, report),
    caveats: caveats(report, ranked, rank),
  };
}

function placeOf(report: OomReport): string {
  if (report.constraint === 'CPUSET') return 'the memory nodes of its cpuset were full';
  if (report.constraint === 'MEMORY_POLICY') return 'the memory nodes of its policy were full';
  const pages = report.ramPages * report.pageSize;
  return Number.isNaN(pages)
    ? 'the whole machine was out of memory'
    : `the whole machine was out of memory (${formatValue(pages, 'bytes')} of RAM)`;
}

function why(ranked: readonly RankedTask[], rank: number, report: OomReport): string {
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

function pointsFormula(victim: RankedTask | undefined, other: RankedTask | undefined): string {
  if (victim === undefined)
    return 'points = rss + swapents + page tables + oom_score_adj · total / 1000, in pages';
  const tables = Number.isNaN(victim.pageTables) ? 0 : Math.floor(victim.pageTables);
  const own = victim.rss + victim.swap + tables;
  const adjusted = victim.points - own;
  const sum = `${victim.rss} rss + ${victim.swap} swapents + ${tables} page tables${adjusted === 0 || !Number.isFinite(adjusted) ? '' : ` ${adjusted < 0 ? '−' : '+'} ${Math.abs(adjusted)} of oom_score_adj ${victim.adjust}`} = ${victim.points} pages`;
  return other === undefined ? sum : `${sum}; ${other.comm} (${other.pid}) had ${other.points}`;
}

function actions(context: Context, cgroup: string, report: OomReport): Action[] {
  const protect: Action = {
    text: 'Say what may be killed first: a unit with OOMScoreAdjust= below 0 is spared, above 0 goes first; memory.oom.group=1 kills a service as a whole',
    verify: 'cat /proc/*/oom_score_adj | sort -n | uniq -c',
    risk: 'low',
  };
  if (!isOfGroup(report)) {
    return [
      {
        text: 'Limit what grows without bound: a memory.max for its service makes it, not the machine, run out of memory. Swap buys time',
        verify: "dmesg | grep -c 'Out of memory'",
        risk: 'low',
      },
      protect,
    ];
  }
  if (!isHarmlessPath(cgroup) || !Number.isFinite(report.limit)) return [protect];
  return [limitAction(context, cgroup, report.version ?? 2, report.limit, report.limit * 1.5), protect];
}

function caveats(report: OomReport, ranked: readonly RankedTask[], rank: number): string[] {
  const said: string[] = [];
  if (report.order > 0 && report.free.size > 0) {
    const { free, usable } = freeForOrder(report);
    said.push(
      `An allocation of 2^${report.order} contiguous pages failed with ${formatValue(free * 1024, 'bytes')} free, of which ${formatValue(usable * 1024, 'bytes')} in blocks large enough${usable < free / 2 ? ': memory is fragmented rather than used up' : ''}.`,
    );
  }
  if (isOfGroup(report) && Number.isFinite(report.failcnt))
    said.push(
      `failcnt ${formatCount(report.failcnt)} counts all charges the limit refused; most are reclaim, and no cause of kills.`,
    );
  if (isOfGroup(report) && ranked.some(({ adjust }) => adjust !== 0))
    said.push(
      'Swap the group may use raises what oom_score_adj is a part of; it is taken from /proc/meminfo, or for none.',
    );
  if (rank > 0 || (rank === 0 && ranked.some(({ pageTables }) => Number.isNaN(pageTables))))
    said.push(
      'Kernels before 4.17 take 3 % off the points of privileged tasks, which the log does not tell.',
    );
  const cache = report.stats.get('total_cache') ?? report.stats.get('file');
  if (isOfGroup(report) && cache !== undefined && cache > report.limit / 2)
    said.push(`${formatValue(cache, 'bytes')} of the group was page cache or shared memory.`);
  return said;
}

function taskTable(context: Context, reports: readonly OomReport[]): Section {
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
    id: SECTION,
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
