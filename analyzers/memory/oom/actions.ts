import type { Action } from '../../../model/finding.ts';
import type { Context } from '../../context.ts';
import type { OomReport } from '../../derived/memory/oom-reports.ts';
import { isHarmlessPath, limitAction, limitFile } from '../limit-action.ts';

const protect: Action = {
  text: 'Say what may be killed first: a unit with OOMScoreAdjust= below 0 is spared, above 0 goes first; memory.oom.group=1 kills a service as a whole',
  verify: 'cat /proc/*/oom_score_adj | sort -n | uniq -c',
  risk: 'low',
};

const captureLog: Action = {
  text: 'The report of the kill says who was chosen and why: copy the kernel’s log',
  run: 'dmesg > dmesg.txt   # or journalctl -k -o short-monotonic > dmesg.txt',
  risk: 'none',
};

/** What to do about kills of which the log has a report. */
export function reportedActions(context: Context, cgroup: string, report: OomReport): Action[] {
  if (report.constraint !== 'MEMCG')
    return [
      {
        text: 'Limit what grows without bound: a memory.max for its service makes it, not the machine, run out of memory. Swap buys time',
        verify: "dmesg | grep -c 'Out of memory'",
        risk: 'low',
      },
      protect,
    ];
  if (!isHarmlessPath(cgroup) || !Number.isFinite(report.limit)) return [protect];
  return [limitAction(context, cgroup, report.version ?? 2, report.limit, report.limit * 1.5), protect];
}

/** The same of kills that were only counted. `limit`: bytes, NaN where it was not the group's own limit. */
export function countedActions(context: Context, cgroup: string, limit: number): Action[] {
  if (cgroup === '' || !isHarmlessPath(cgroup) || !Number.isFinite(limit)) return [captureLog, protect];
  const version = limitFile(context, cgroup, 2).path.endsWith('limit_in_bytes') ? 1 : 2;
  return [limitAction(context, cgroup, version, limit, limit * 1.5), captureLog, protect];
}
