import type { Finding } from '../../../model/finding.ts';
import { formatShare } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { type Stalled, stalledTimes } from '../../derived/memory/pressure.ts';
import { stallActions } from './actions.ts';
import { isSameStall, judged, stallEvidence } from './evidence.ts';
import { isExplained } from './explained.ts';
import { type StallRule, stallRules } from './rules.ts';

/**
 * One card for one stall: that of the innermost group that has it. Groups above it and the host stand in its evidence;
 * what another finding explains has no card here.
 */
export function stallFindings(context: Context): Finding[] {
  const stalls = context.derive(stalledTimes);
  const measured = stalls.filter((each) => Number.isFinite(judged(each)));
  const long = stallRules.map((rule) => ({
    rule,
    found: measured.filter(
      (each) => each.resource === rule.resource && each.tasks === rule.tasks && judged(each) >= rule.from,
    ),
  }));
  if (long.every(({ found }) => found.length === 0)) return measured.length === 0 ? [] : [nothing(measured)];
  return long.flatMap(({ rule, found }) =>
    found
      .filter((each) => leaderOf(each, found) === each && !isExplained(context, each))
      .map((each) =>
        card(
          context,
          rule,
          each,
          found.filter((other) => other !== each && leaderOf(other, found) === each),
          stalls,
        ),
      ),
  );
}

/** The innermost, then longest stall that is this one. */
function leaderOf(stalled: Stalled, found: readonly Stalled[]): Stalled {
  const inside = found.filter((each) => isInside(each.cgroup, stalled.cgroup) && isSameStall(each, stalled));
  const [leader] = inside.sort((a, b) => judged(b) - judged(a));
  return leader === undefined ? stalled : leaderOf(leader, found);
}

function isInside(inner: string, outer: string): boolean {
  if (inner === outer) return false;
  return outer === '' || inner.startsWith(outer === '/' ? '/' : `${outer}/`);
}

function card(
  context: Context,
  rule: StallRule,
  stalled: Stalled,
  others: readonly Stalled[],
  all: readonly Stalled[],
): Finding {
  const { cgroup, resource, tasks } = stalled;
  const host = all.find((each) => each.cgroup === '' && each.resource === resource && each.tasks === tasks);
  const onlyInGroup =
    resource === 'cpu' && cgroup !== '' && host !== undefined && judged(host) < rule.from
      ? [
          `The host waited ${formatShare(judged(host))} of the time: a quota of the group (cpu.max) stops it, not a lack of CPUs.`,
        ]
      : [];
  const value = judged(stalled);
  const also = others.some((each) => each.cgroup === '') ? ', which is what the host waits for' : '';
  return {
    id: `psi/${resource}/${cgroup || 'host'}`,
    severity: value >= rule.severe ? 'warning' : 'note',
    claim: `For ${formatShare(value)} of the time ${rule.means} (${cgroup === '' ? 'host' : cgroup})${also}`,
    share: value,
    confidence: certain(stalled),
    evidence: [stalled, ...others].map(stallEvidence),
    // A quota is not cured by weights: cpu.stat has to be looked at first.
    actions: onlyInGroup.length > 0 ? [lookAtQuota] : stallActions(context, stalled),
    caveats: [
      `${formatShare(rule.from)} is a heuristic threshold.`,
      ...onlyInGroup,
      ...(Number.isFinite(stalled.share)
        ? []
        : ['The copies have no times: this is the kernel’s decaying average of ten seconds.']),
    ],
  };
}

const lookAtQuota = {
  text: 'Compare nr_throttled of cpu.stat at two moments: it says how often the quota stopped the group',
  run: 'for i in 1 2; do find /sys/fs/cgroup -name cpu.stat -exec grep -H nr_throttled {} +; sleep 10; done',
  risk: 'none',
} as const;

function nothing(measured: readonly Stalled[]): Finding {
  const worst = measured.reduce((most, each) => (judged(each) > judged(most) ? each : most));
  return {
    id: 'psi/none',
    severity: 'ok',
    claim: `Little time was lost to waiting: at most ${formatShare(judged(worst))} (${worst.resource} ${worst.tasks}, ${worst.cgroup || 'host'})`,
    share: judged(worst),
    confidence: certain(worst),
    evidence: [stallEvidence(worst)],
    actions: [],
    caveats: ['Thresholds are heuristics: 5 % memory full, 10 % io full, 10 % cpu some.'],
  };
}

function certain(stalled: Stalled): Finding['confidence'] {
  const value = judged(stalled);
  return {
    n: Math.max(1, stalled.n),
    low: value,
    high: value,
    why: Number.isNaN(stalled.total)
      ? 'shares below printed, each of the interval before it'
      : 'the kernel adds stalls up in µs; which part of the run it was copied in is all that is open',
    bounds: true,
  };
}
