import type { Context } from '../../context.ts';
import { entitiesOf } from '../counters/readings.ts';
import { isUsage, processUsages, USER_HZ } from '../cpu-time/process-usage.ts';
import { cpusAllowed, quotaOf, withParents } from './limits.ts';
import { processesIn } from './members.ts';
import { usageOf } from './throttling.ts';

/** CPU time of one cgroup by its own counter. */
export interface GroupUsage {
  readonly cgroup: string;
  /** ns. */
  readonly used: number;
  readonly elapsed: number;
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

/** Every group with two readings of its CPU time that have times, in order of first appearance. */
export function groupUsages(context: Context): readonly GroupUsage[] {
  return entitiesOf(context, 'cgroup').flatMap((cgroup): GroupUsage[] => {
    const used = usageOf(context, cgroup);
    if (used === undefined || !(used.duration > 0)) return [];
    const allowed = allowedCpus(context, cgroup);
    const cpus = used.value / used.duration;
    return [
      {
        cgroup,
        used: used.value,
        elapsed: used.duration,
        cpus,
        allowed: allowed.cpus,
        allowedWhy: allowed.why,
        ofAllowed: cpus / allowed.cpus,
        ...residualOf(context, cgroup, used.value),
        n: used.n,
      },
    ];
  });
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
    .filter(({ pid }) => members.has(pid));
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
