import { stateOf } from '../../cgroup/io-limit-findings.ts';
import type { Context } from '../../context.ts';
import { ioLimits } from '../../derived/cgroup/io-limits.ts';
import { throttlings } from '../../derived/cgroup-cpu/throttling.ts';
import { memoryCgroups } from '../../derived/memory/cgroups.ts';
import { oomPlaces } from '../../derived/memory/oom-kills.ts';
import type { Stalled } from '../../derived/memory/pressure.ts';
import { judgeGroup } from '../cgroup-verdict.ts';

/** Stops by a quota below this part of the time explain nothing (heuristic, as for the quota itself). */
const STOPPED = 0.01;

/** Whether another finding says why a group stalls, and has the stall as its evidence. */
export function isExplained(context: Context, { resource, cgroup }: Stalled): boolean {
  if (cgroup === '') return false;
  if (resource === 'cpu')
    return context
      .derive(throttlings)
      .some((of) => of.cgroup === cgroup && of.throttled > 0 && of.stallShare >= STOPPED);
  if (resource === 'io')
    return context.derive(ioLimits).some((use) => use.cgroup === cgroup && stateOf(context, use) === 'binds');
  if (context.derive(oomPlaces).some((place) => place.cgroup === cgroup)) return true;
  const group = context.derive(memoryCgroups).find((each) => each.cgroup === cgroup);
  return group !== undefined && judgeGroup(context, group, '')?.severity === 'warning';
}
