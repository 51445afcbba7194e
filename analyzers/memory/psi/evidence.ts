import type { Evidence } from '../../../model/finding.ts';
import { formatShare, formatValue } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { type Stalled, stalledOf } from '../../derived/memory/pressure.ts';
import { ruleFor } from './rules.ts';

export const PSI_SECTION = 'psi/stalls/table';
/** A group that stalls for this part of the time another does, or longer, is what that one stalls for (heuristic). */
const SAME = 0.8;

/** What a stall is judged by: the share of totals; the kernel's average only where there are no times. */
export function judged({ share, avg10 }: Stalled): number {
  return Number.isFinite(share) ? share : avg10;
}

/** Whether the stall of `outer` (the host, a group above) is that of `inner`. */
export function isSameStall(inner: Stalled, outer: Stalled): boolean {
  return judged(inner) >= SAME * judged(outer);
}

export function stallEvidence(stalled: Stalled): Evidence {
  return {
    label: `${stalled.resource} ${stalled.tasks} of ${stalled.cgroup || 'host'}, ${stalled.n} intervals`,
    section: PSI_SECTION,
    selection: {},
    formula: Number.isNaN(stalled.total)
      ? `mean of ${stalled.n} printed shares = ${formatShare(stalled.share)}`
      : `Δtotal / Δt = ${formatShare(stalled.share)}; total ${formatValue(stalled.total, 'ns')}; largest avg10 ${formatShare(stalled.avg10)}`,
  };
}

/** Pressure of a group, and of the host where it is the same stall: what stands beside a finding that explains it. */
export function pressureEvidence(context: Context, resource: string, cgroup: string): Evidence[] {
  const rule = ruleFor(resource);
  if (rule === undefined) return [];
  const [own, host] = [cgroup, ''].map((of) => stalledOf(context, resource, rule.tasks, of));
  if (own === undefined || !(judged(own) >= rule.from)) return [];
  return host !== undefined && judged(host) >= rule.from && isSameStall(own, host)
    ? [stallEvidence(own), stallEvidence(host)]
    : [stallEvidence(own)];
}
