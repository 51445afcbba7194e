import type { Finding, KnobVerdict, Severity } from '../../model/finding.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import type { Context } from '../context.ts';
import type { MemoryCgroup } from '../derived/memory/cgroups.ts';
import { addSwap, isHarmlessPath, limitAction, limitFile } from './limit-action.ts';
import { pressureEvidence } from './psi/evidence.ts';

/** Heuristics: standing still from which reclaim hurts when pages come back, and from which it hurts anyway. */
const HURTS = 0.05;
const THRASHES = 0.1;
/** Part of the limit that must have come back for reclaim to have taken what was in use. */
const CAME_BACK = 0.05;
const NEARLY = 0.9;
/** Major faults a second from which reclaim took what was in use (heuristic). */
const MANY_FAULTS = 100;

interface Judgement {
  readonly severity: Severity;
  readonly claim: string;
  readonly verdict: KnobVerdict;
  readonly raise?: 'max' | 'high';
}

/** Is the limit of a group met, and does that do harm? Undefined for groups without a limit and without events. */
export function judgeGroup(context: Context, group: MemoryCgroup, section: string): Finding | undefined {
  const judgement = judge(group);
  if (judgement === undefined) return undefined;
  const { raise } = judgement;
  const limit = raise === 'high' ? group.high : group.max;
  const version = limitFile(context, group.cgroup, 2).path.endsWith('limit_in_bytes') ? 1 : 2;
  return {
    id: `memory/cgroup/${group.cgroup}`,
    severity: judgement.severity,
    claim: judgement.claim,
    share: Number.isFinite(group.full) ? group.full : 0,
    confidence: {
      n: group.n,
      low: Number.isFinite(group.full) ? group.full : 0,
      high: Number.isFinite(group.full) ? group.full : 1,
      why: 'counts of the kernel; what happened between and outside the copies is not in them',
      bounds: true,
    },
    evidence: [
      { label: 'Memory of control groups', section, selection: {}, formula: formula(group) },
      ...pressureEvidence(context, 'memory', group.cgroup),
    ],
    actions:
      raise === undefined || !Number.isFinite(limit) || !isHarmlessPath(group.cgroup)
        ? []
        : [
            limitAction(context, group.cgroup, version, limit, limit * 1.5, raise),
            ...(raise === 'high' ? [addSwap(context, group.cgroup)] : []),
          ],
    caveats: caveats(group),
    verdict: judgement.verdict,
  };
}

function judge(group: MemoryCgroup): Judgement | undefined {
  const { cgroup, events, full, max } = group;
  const happened = (gained: number, last: number): number => (Number.isNaN(gained) ? last : gained);
  const hits = Math.max(happened(events.gained.max, events.max) || 0, 0);
  const slowed = happened(events.gained.high, events.high) || 0;
  const kills = happened(events.gained.kills, events.kills) || 0;
  const came = group.refaultFile + group.refaultAnon;
  const verdict = (knob: string, state: KnobVerdict['state'], mechanism: string, why: string) => ({
    verdict: { knob, state, mechanism, why },
  });
  // Kills are the subject of memory/oom, which has the log as well.
  if (kills > 0) return undefined;
  if (slowed > 0 && full >= HURTS)
    return {
      severity: 'warning',
      claim: `${cgroup} is slowed down by memory.high (${formatValue(group.high, 'bytes')}): ${formatShare(full)} of the time nothing in it ran, and it is never killed`,
      ...verdict(
        'memory.high',
        'worse',
        `${formatCount(slowed)} times over memory.high`,
        'tasks stand still instead of being killed',
      ),
      raise: 'high',
    };
  if (hits > 0 && !Number.isFinite(full) && came === 0 && !(group.majorFaults >= MANY_FAULTS))
    return {
      severity: 'note',
      claim: `${cgroup} met its limit ${formatCount(hits)} times; whether that hurts is not in the capture`,
      ...verdict(
        'memory.max',
        'not enough data',
        `limit met ${formatCount(hits)} times`,
        'capture memory.pressure and memory.stat twice',
      ),
    };
  const faults = group.majorFaults >= MANY_FAULTS;
  if (hits > 0 && (full >= THRASHES || (full >= HURTS && (came >= CAME_BACK * max || faults))))
    return {
      severity: 'warning',
      claim: `Reclaim at the limit of ${cgroup} hurts: ${formatShare(full)} of the time nothing in it ran`,
      ...verdict(
        'memory.max',
        'worse',
        `limit met ${formatCount(hits)} times`,
        `${formatValue(came, 'bytes')} came back after being reclaimed`,
      ),
      raise: 'max',
    };
  // Also what happened before the first copy: it did no harm that can be seen.
  if (events.max > 0)
    return {
      severity: 'ok',
      claim: `${cgroup} met its limit ${formatCount(events.max)} times, which is reclaim of page cache as usual and no alarm`,
      ...verdict(
        'memory.max',
        'no difference',
        `limit met ${formatCount(events.max)} times`,
        `no kills, standing still ${formatShare(full)}, ${formatValue(came, 'bytes')} came back`,
      ),
    };
  const stays = group.fullest?.unreclaimable ?? group.unreclaimable;
  if (Number.isFinite(max) && stays >= NEARLY * max)
    return {
      severity: 'note',
      claim: `${formatShare(stays / max)} of the limit of ${cgroup} cannot be reclaimed without swap`,
      ...verdict('memory.max', 'inconclusive', 'limit not met', 'near running out of memory, not there'),
      raise: 'max',
    };
  if (Number.isFinite(max) && Number.isNaN(group.unreclaimable) && group.workingSet >= NEARLY * max)
    return {
      severity: 'note',
      claim: `The working set of ${cgroup} is ${formatShare(group.workingSet / max)} of its limit of ${formatValue(max, 'bytes')}`,
      ...verdict(
        'memory.max',
        'not enough data',
        'limit not known to be met',
        'the working set counts page cache in use, which can be reclaimed: capture memory.stat, memory.events and memory.pressure',
      ),
    };
  return undefined;
}

function formula(group: MemoryCgroup): string {
  const bytes = (value: number): string => formatValue(value, 'bytes');
  const { usage, anon, file, slack, workingSet, unreclaimable } = group.fullest ?? group;
  const faults = Number.isNaN(group.majorFaults)
    ? ''
    : `, major faults ${formatValue(group.majorFaults, '1/s')}`;
  return `at its fullest: usage ${bytes(usage)} = anon ${bytes(anon)} + file ${bytes(file)} + rest ${bytes(slack)}; working set ${bytes(workingSet)}, not reclaimable ${bytes(unreclaimable)} of ${bytes(limitOf(group))}; limit met ${formatCount(group.events.max)}, high ${formatCount(group.events.high)}, killed ${formatCount(group.events.kills)}; memory full ${formatShare(group.full)}, some ${formatShare(group.some)}${faults}`;
}

/** The limit that acts first. */
function limitOf({ max, high }: MemoryCgroup): number {
  return Number.isNaN(max) ? high : Number.isNaN(high) ? max : Math.min(max, high);
}

/** Parts that do not add up, beyond kernel memory and what CPUs hold in advance: then files of one copy are of different moments. */
function identityCaveat({ fullest }: MemoryCgroup): string[] {
  if (fullest === undefined || Number.isNaN(fullest.slack)) return [];
  const left = fullest.slack - (Number.isNaN(fullest.kernel) ? 0 : fullest.kernel);
  const bytes = formatValue(Math.abs(left), 'bytes');
  if (left < 0)
    return [`Parts are ${bytes} more than the whole: the files of a copy were taken moments apart.`];
  return !Number.isNaN(fullest.kernel) && left > fullest.stock
    ? [
        `${bytes} of the usage is neither anon, file nor kernel, and more than CPUs hold in advance (64 pages each, ${formatValue(fullest.stock, 'bytes')}): the files of a copy were taken moments apart.`,
      ]
    : [];
}

function caveats(group: MemoryCgroup): string[] {
  return [
    `Thresholds are heuristics: standing still ${formatShare(HURTS)} with ${formatShare(CAME_BACK)} of the limit coming back, or ${formatShare(THRASHES)}.`,
    ...(Number.isNaN(group.events.gained.max) && Number.isNaN(group.events.gained.high)
      ? ['One copy only: counts are since the group was made.']
      : []),
    ...(Number.isFinite(group.full) ? [] : ['memory.pressure was not read.']),
    ...identityCaveat(group),
  ];
}
