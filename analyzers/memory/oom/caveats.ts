import { formatCount, formatValue } from '../../../model/units.ts';
import { isOfGroup } from '../../derived/memory/oom-kills.ts';
import { freeForOrder, type RankedTask } from '../../derived/memory/oom-points.ts';
import type { OomReport } from '../../derived/memory/oom-reports.ts';

/** What a report leaves open, and what else it says. */
export function reportCaveats(report: OomReport, ranked: readonly RankedTask[], rank: number): string[] {
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
