import type { Action, Finding, Severity } from '../../model/finding.ts';
import { formatShare, formatValue } from '../../model/units.ts';
import type { Resource, Stall, Tasks } from './stalls.ts';

/** From which share on a stall matters (heuristics; systemd-oomd acts at 60 % memory full over 30 s). */
interface Threshold {
  readonly resource: Resource;
  readonly tasks: Tasks;
  readonly told: number;
  /** A stall is what others' findings explain: by itself it is a note, but for memory. */
  readonly severity: (share: number) => Severity;
  readonly says: string;
  readonly action: Action;
}

const thresholds: readonly Threshold[] = [
  {
    resource: 'memory',
    tasks: 'full',
    told: 0.05,
    severity: (share) => (share >= 0.6 ? 'critical' : 'warning'),
    says: 'reclaim stops all its tasks at once',
    action: {
      text: 'Find who is short of memory: its limit, its refaults, its swap',
      run: 'grep -H . /sys/fs/cgroup/*/memory.pressure | sort -t= -k2 -rn | head',
      risk: 'none',
    },
  },
  {
    resource: 'io',
    tasks: 'full',
    told: 0.1,
    severity: () => 'note',
    says: 'nothing runs while requests are waited for',
    action: {
      text: 'Look at the disks and at who writes',
      run: 'iostat -xt 1 30 > iostat.txt',
      risk: 'none',
    },
  },
  {
    resource: 'cpu',
    tasks: 'some',
    told: 0.1,
    severity: () => 'note',
    says: 'tasks that could run wait for a CPU, or for the next period of a quota',
    action: {
      text: 'Tell contention from a quota: a quota shows in nr_throttled of cpu.stat, contention does not',
      run: 'grep -H . /sys/fs/cgroup/*/cpu.stat',
      risk: 'none',
    },
  },
];

/** What waiting cost, where it is much; one line where it is not. */
export function stallFindings(all: readonly Stall[], section: string): readonly Finding[] {
  const found = thresholds.flatMap((threshold) =>
    all
      .filter(({ resource, tasks }) => resource === threshold.resource && tasks === threshold.tasks)
      // The host's system-wide "full" of the CPU means nothing, and is not asked for.
      .filter(({ share }) => share >= threshold.told)
      .map((stall) => finding(stall, threshold, section)),
  );
  if (found.length > 0) return found;
  const worst = [...all].sort((a, b) => b.share - a.share)[0];
  return worst === undefined ? [] : [quiet(worst, section)];
}

function finding(stall: Stall, { told, severity, says, action }: Threshold, section: string): Finding {
  const { resource, tasks, cgroup, share, stalled, duration, worst, n, resets } = stall;
  const who = cgroup === '' ? 'the host' : cgroup;
  return {
    id: `pressure/${resource}-${tasks}${cgroup === '' ? '' : `:${cgroup}`}`,
    severity: severity(share),
    claim: `${tasks === 'full' ? 'All' : 'Some'} tasks of ${who} waited for ${resource === 'io' ? 'IO' : resource} ${formatShare(share)} of the time: ${says}`,
    share,
    confidence: {
      n,
      low: share,
      high: share,
      why: `counted by the kernel (PSI totals) over ${formatValue(duration, 'ns')}; from ${formatShare(told)} on it is told, a heuristic`,
    },
    evidence: [
      {
        label: 'time lost to waiting',
        section,
        selection: {},
        formula: `Δtotal ${formatValue(stalled, 'ns')} / ${formatValue(duration, 'ns')} = ${formatShare(share)}; worst interval ${formatShare(worst)}`,
      },
    ],
    actions: [action],
    caveats: [
      ...(resets > 0 ? [`the counter began anew ${resets} times; these intervals are left out`] : []),
      ...(cgroup !== '' && resource === 'cpu'
        ? ['a quota that stops the group counts here too, and does not show in the pressure of the host']
        : []),
    ],
  };
}

function quiet({ resource, tasks, cgroup, share, duration, n }: Stall, section: string): Finding {
  return {
    id: 'pressure/quiet',
    severity: 'ok',
    claim: `Little time was lost to waiting: at most ${formatShare(share)} (${tasks} tasks, ${resource}${cgroup === '' ? '' : ` of ${cgroup}`})`,
    share: 0,
    confidence: {
      n,
      low: share,
      high: share,
      why: `PSI totals over ${formatValue(duration, 'ns')}`,
      bounds: true,
    },
    evidence: [{ label: 'time lost to waiting', section, selection: {} }],
    actions: [],
    caveats: [],
  };
}
