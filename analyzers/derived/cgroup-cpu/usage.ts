import { HOST_CPU_TIME, printedGroup } from '../../../model/group-series.ts';
import type { Context } from '../../context.ts';
import { groupsRead } from '../cgroup/groups.ts';
import { type GaugeSummary, gaugeOf, printedOf } from '../cgroup/printed.ts';
import { isUsage, processUsages, USER_HZ } from '../cpu-time/process-usage.ts';
import { cpusAllowed, onlineCpus, quotaOf, withParents } from './limits.ts';
import { processesIn } from './members.ts';
import { gainedBy, usageOf } from './throttling.ts';

/** CPU time of one cgroup by its own counter, else as a tool printed it. */
export interface GroupUsage {
  readonly cgroup: string;
  /** ns; NaN where only a tool printed the usage. */
  readonly used: number;
  readonly elapsed: number;
  /** Shares of one CPU a tool printed, where the counter was not read twice. */
  readonly printed: GaugeSummary | undefined;
  /**
   * The same as docker counts it: CPU time / time of all CPUs of the host, read beside it · CPUs online. NaN where the
   * Docker API was not read.
   */
  readonly byHostTime: number;
  /** 1 = one CPU all the time. */
  readonly cpus: number;
  /** CPUs it may use, what sets them, and the part of them it used; NaN when nothing tells. */
  readonly allowed: number;
  readonly allowedWhy: string;
  readonly ofAllowed: number;
  /** Captured processes with a usage; part of the time none of them used, undefined when there are none. */
  readonly processes: number;
  readonly residual: { readonly value: number; readonly low: number; readonly high: number } | undefined;
  readonly n: number;
}

/** Every group with two readings of its CPU time that have times, or with printed usages, in order of first appearance. */
export function groupUsages(context: Context): readonly GroupUsage[] {
  return context.derive(groupsRead).flatMap((cgroup): GroupUsage[] => {
    const counted = usageOf(context, cgroup);
    const used = counted !== undefined && counted.duration > 0 ? counted : undefined;
    const printed = used === undefined ? gaugeOf(printedOf(context, printedGroup.cpu, cgroup)) : undefined;
    if (used === undefined && printed === undefined) return [];
    const allowed = allowedCpus(context, cgroup);
    const cpus = used === undefined ? (printed?.mean ?? Number.NaN) : used.value / used.duration;
    return [
      {
        cgroup,
        used: used?.value ?? Number.NaN,
        elapsed: used?.duration ?? Number.NaN,
        printed,
        byHostTime: byHostTime(context, cgroup, used?.value ?? Number.NaN),
        cpus,
        allowed: allowed.cpus,
        allowedWhy: allowed.why,
        ofAllowed: cpus / allowed.cpus,
        ...residualOf(context, cgroup, used?.value ?? Number.NaN),
        n: used?.n ?? printed?.n ?? 0,
      },
    ];
  });
}

function byHostTime(context: Context, cgroup: string, used: number): number {
  const host = gainedBy(context, cgroup, HOST_CPU_TIME)?.value ?? Number.NaN;
  return host > 0 ? (used / host) * onlineCpus(context) : Number.NaN;
}

/** The least of online CPUs, cpuset, and quota over period, of the group and its parents. */
function allowedCpus(context: Context, cgroup: string): { readonly cpus: number; readonly why: string } {
  let found = cpusAllowed(context, cgroup);
  for (const group of withParents(cgroup)) {
    const limit = quotaOf(context, group);
    if (limit?.quota === undefined) continue;
    const cpus = limit.quota / limit.period;
    if (!(cpus >= found.cpus)) found = { cpus, why: `quota of ${group}` };
  }
  return found;
}

/** What the group's counter has beyond its processes; ticks leave two open for each. */
function residualOf(
  context: Context,
  cgroup: string,
  used: number,
): Pick<GroupUsage, 'processes' | 'residual'> {
  const members = new Set(processesIn(context, cgroup));
  const own = context
    .derive(processUsages)
    .filter(isUsage)
    .filter(({ pid, user }) => members.has(pid) && !Number.isNaN(user));
  if (own.length === 0 || !(used > 0)) return { processes: 0, residual: undefined };
  const tick = 1e9 / USER_HZ;
  const seen = own.reduce((sum, { user, system }) => sum + (user + system) * tick, 0);
  const error = (2 * own.length * tick) / used;
  const value = (used - seen) / used;
  return {
    processes: own.length,
    residual: {
      value: Math.max(0, value),
      low: Math.max(0, value - error),
      high: Math.max(0, value + error),
    },
  };
}
