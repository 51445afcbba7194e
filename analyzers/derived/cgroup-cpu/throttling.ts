import { cgroupCpu } from '../../../model/cpu-series.ts';
import type { Context } from '../../context.ts';
import { groupsRead } from '../cgroup/groups.ts';
import { type Increase, increaseOf, stepsOf } from '../counters/increase.ts';
import { lastValue, readingsOf } from '../counters/readings.ts';
import { cpusAllowed, type Quota, quotaOf, withParents } from './limits.ts';
import { busyThreadsIn } from './members.ts';
import { printedThrottling } from './printed-throttling.ts';

/** How often and for how long the quota of one cgroup stopped it, between the first and the last reading. */
export interface Throttling {
  readonly cgroup: string;
  readonly limit: Quota | undefined;
  /** Periods in which the group had anything to run; those of them in which it was stopped. */
  readonly periods: number;
  readonly throttled: number;
  /** The same since the group was made. */
  readonly lifetime: { readonly periods: number; readonly throttled: number };
  /** ns, added up over the run queues of all CPUs. */
  readonly stopped: number;
  /** ns between the first and the last reading; NaN when the copies have no times. */
  readonly elapsed: number;
  /** CPUs it could run on at once, and how that is known. */
  readonly concurrency: { readonly cpus: number; readonly why: string };
  /** stopped / (elapsed · concurrency), 0..1; of active periods where there are no times. NaN when not known. */
  readonly stallShare: number;
  /** ns of CPU time used; NaN when not captured. */
  readonly used: number;
  /** used / (quota · periods); NaN without a quota, and when it changed within the capture. */
  readonly usedOfQuota: number;
  /** Share of the time in which some task of the group waited for a CPU, quota or not; NaN when not captured. */
  readonly pressure: number;
  /** ns stopped by limits of parents: cpu.stat.local beyond the group's own. NaN when not captured. */
  readonly stoppedByParents: number;
  /** Parents whose cpu.stat is not in the capture; the root has no quota. */
  readonly parentsMissing: readonly string[];
  /** Nearest parent that was stopped while this group was looked at. */
  readonly stoppedParent: string | undefined;
  readonly bursts: number;
  readonly resets: number;
  /** Differences between readings it rests on. */
  readonly n: number;
  /** Numbers are printed rates times the intervals between them, not counts. */
  readonly approximate?: true;
}

/** Every group whose cpu.stat counts periods, or of which below printed rates of them, in order of first appearance. */
export function throttlings(context: Context): readonly Throttling[] {
  return context.derive(groupsRead).flatMap((cgroup) => {
    const found = throttlingOf(context, cgroup) ?? printedThrottling(context, cgroup);
    return found === undefined ? [] : [found];
  });
}

/** What a count of the group gained. */
export function gainedBy(context: Context, cgroup: string, name: string): Increase | undefined {
  return increaseOf(readingsOf(context, name, 'cgroup', cgroup));
}

/** CPU time of a group, the finest there is: cpu.stat of version 2, cpuacct.usage of version 1. */
export function usageOf(context: Context, cgroup: string): Increase | undefined {
  const { usage, accountedUsage } = cgroupCpu;
  return gainedBy(context, cgroup, accountedUsage) ?? gainedBy(context, cgroup, usage);
}

function throttlingOf(context: Context, cgroup: string): Throttling | undefined {
  const gained = (name: string) => gainedBy(context, cgroup, name);
  const last = (name: string) => lastValue(readingsOf(context, name, 'cgroup', cgroup));
  const periods = gained(cgroupCpu.periods);
  const throttled = gained(cgroupCpu.throttledPeriods);
  if (periods === undefined || throttled === undefined) return undefined;
  const limit = quotaOf(context, cgroup);
  const stoppedMeanwhile = gained(cgroupCpu.throttled)?.value ?? Number.NaN;
  const waited = gained('pressure cpu some')?.value ?? Number.NaN;
  const active = periods.value * (limit?.period ?? Number.NaN);
  // A quota set while the capture began: its counts began at zero there, and their first values belong to it.
  const before = countedBefore(context, cgroup, limit?.period);
  const elapsed = periods.duration + before.periods * (limit?.period ?? 0);
  const stopped = stoppedMeanwhile + before.stopped;
  const span = elapsed > 0 ? elapsed : active;
  const concurrency = concurrencyOf(context, cgroup, stoppedMeanwhile, waited, periods.duration || active);
  const used = usageOf(context, cgroup)?.value ?? Number.NaN;
  const local = gained(cgroupCpu.throttledLocal)?.value ?? Number.NaN;
  const parents = withParents(cgroup).filter((each) => each !== cgroup && each !== '/');
  return {
    cgroup,
    limit,
    periods: periods.value + before.periods,
    throttled: throttled.value + before.throttled,
    lifetime: { periods: last(cgroupCpu.periods), throttled: last(cgroupCpu.throttledPeriods) },
    stopped,
    elapsed,
    concurrency,
    stallShare: stopped === 0 ? 0 : stopped / (span * concurrency.cpus),
    used,
    usedOfQuota: limit?.changed ? Number.NaN : used / ((limit?.quota ?? Number.NaN) * periods.value),
    pressure: waited / periods.duration,
    stoppedByParents: Math.max(0, local - stoppedMeanwhile),
    parentsMissing: parents.filter((each) => gainedBy(context, each, cgroupCpu.periods) === undefined),
    stoppedParent: parents.find(
      (each) => (gainedBy(context, each, cgroupCpu.throttledPeriods)?.value ?? 0) > 0,
    ),
    bursts: gained(cgroupCpu.bursts)?.value ?? Number.NaN,
    resets: periods.resets,
    n: periods.n,
  };
}

/**
 * What the first reading had counted already, when the quota can only have been set within one interval of it: all
 * its periods together are no longer than that. Else nothing: an old group's past is not part of the capture.
 */
function countedBefore(
  context: Context,
  cgroup: string,
  period: number | undefined,
): { readonly periods: number; readonly throttled: number; readonly stopped: number } {
  const read = (name: string) => readingsOf(context, name, 'cgroup', cgroup);
  const counted = read(cgroupCpu.periods);
  const first = counted?.values[0] ?? 0;
  const interval = ((counted?.times[1] ?? Number.NaN) - (counted?.times[0] ?? Number.NaN)) * 1.05;
  if (period === undefined || !(first > 0 && first * period <= interval))
    return { periods: 0, throttled: 0, stopped: 0 };
  return {
    periods: first,
    throttled: read(cgroupCpu.throttledPeriods)?.values[0] ?? 0,
    stopped: read(cgroupCpu.throttled)?.values[0] ?? 0,
  };
}

/**
 * CPUs a group can be stopped on at once. Throttled time is added up over run queues, so only divided by this
 * is it a share of time. Threads that ran tell it; where they are not known, the pressure of the group does, which
 * is wall time; else it is the CPUs allowed, and the share a least one.
 */
function concurrencyOf(
  context: Context,
  cgroup: string,
  stopped: number,
  waited: number,
  span: number,
): { readonly cpus: number; readonly why: string } {
  const allowed = cpusAllowed(context, cgroup);
  const threads = busyThreadsIn(context, cgroup);
  // Fewer than the time itself proves cannot be: processes that came and went were not seen.
  const proven = stopped > 0 && span > 0 ? stopped / span : 0;
  let found = allowed;
  if (threads !== undefined && !(threads >= allowed.cpus)) found = { cpus: threads, why: 'threads that ran' };
  else if (threads === undefined && waited > 0 && stopped > 0) {
    const seen = Math.max(1, stopped / waited);
    if (!(seen >= allowed.cpus)) found = { cpus: seen, why: 'throttled time over the time of cpu.pressure' };
  }
  if (found.cpus < proven) return { cpus: Math.ceil(proven), why: 'the throttled time itself' };
  return found;
}

/**
 * CPUs the group would have used: what it used and what it was stopped for, by interval. NaN where it was
 * not stopped on. An upper bound: threads stopped on several CPUs might have found fewer.
 */
export function demandOf(context: Context, { cgroup, concurrency }: Throttling): Float64Array {
  const { usage, accountedUsage, throttled } = cgroupCpu;
  const used =
    readingsOf(context, accountedUsage, 'cgroup', cgroup) ?? readingsOf(context, usage, 'cgroup', cgroup);
  const stopped = readingsOf(context, throttled, 'cgroup', cgroup);
  if (used === undefined || stopped === undefined || used.times.length !== stopped.times.length)
    return new Float64Array();
  const [uses, stops] = [stepsOf(used), stepsOf(stopped)];
  return uses.increases
    .map((value, i) => {
      const length = (uses.ends[i] as number) - (uses.starts[i] as number);
      return Math.min(concurrency.cpus, (value + (stops.increases[i] as number)) / length);
    })
    .filter((value) => Number.isFinite(value))
    .sort();
}
