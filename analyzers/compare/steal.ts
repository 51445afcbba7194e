import type { Finding } from '../../model/finding.ts';
import type { SavedRun } from '../../model/saved-run.ts';
import { formatShare } from '../../model/units.ts';
import type { RunGroup } from './conclusions.ts';

/** Shares that lie this near each other say the same: a point, or a fifth of the larger (heuristic). */
const NEAR = 0.01;
const RELATIVE = 0.2;

interface Told {
  readonly group: string;
  readonly value: number;
  readonly runs: number;
  /** Guests on the host it is the mean of. */
  readonly of: readonly string[];
}

/**
 * Steal a guest counted beside what its vCPU threads waited for on the host: one group is a capture of the guest,
 * the other of its host at the same time. Nothing when the groups are no such pair.
 */
export function stealFindings(groups: readonly RunGroup[]): Finding[] {
  const hosts = groups.flatMap((group) => hostWait(group) ?? []);
  const seen = groups.filter((group) => !hosts.some((host) => host.group === group.name));
  const guests = seen.flatMap((group) => guestSteal(group) ?? []);
  return hosts.flatMap((host) => guests.map((guest) => joined(host, guest)));
}

function hostWait({ name, runs }: RunGroup): Told | undefined {
  return mean(name, runs, 'kvm.steal.expected', 'pid');
}

function guestSteal({ name, runs }: RunGroup): Told | undefined {
  return mean(name, runs, 'steal.share', '');
}

function mean(group: string, runs: readonly SavedRun[], id: string, label: string): Told | undefined {
  const found = runs.flatMap(({ metrics }) => metrics.filter((metric) => metric.id === id));
  if (found.length === 0) return undefined;
  return {
    group,
    value: found.reduce((sum, { value }) => sum + value, 0) / found.length,
    runs: runs.length,
    of: [...new Set(found.flatMap(({ labels }) => labels[label] ?? []))],
  };
}

function joined(host: Told, guest: Told): Finding {
  const apart = Math.abs(host.value - guest.value);
  const agree = apart <= Math.max(NEAR, RELATIVE * Math.max(host.value, guest.value));
  const several = host.of.length > 1;
  const hidden = guest.value < host.value;
  return {
    id: `compare/steal/${host.group}/${guest.group}`,
    severity: agree || several ? 'note' : 'warning',
    claim: `The guest counted ${formatShare(guest.value)} steal (${guest.group}), its vCPU threads waited ${formatShare(host.value)} of the time for CPUs of the host (${host.group}): ${
      several
        ? 'inconclusive, the host runs several guests'
        : agree
          ? 'one and the same loss'
          : hidden
            ? 'the guest does not see all of it'
            : 'more than the host explains'
    }`,
    share: Math.max(host.value, guest.value),
    confidence: {
      n: host.runs + guest.runs,
      low: Math.min(host.value, guest.value),
      high: Math.max(host.value, guest.value),
      why: `they count as the same within a point, or a fifth of the larger (heuristic); here ${(apart * 100).toFixed(1)} points apart`,
      bounds: true,
    },
    evidence: [],
    actions:
      agree || several
        ? []
        : [
            {
              text: hidden
                ? 'See whether the guest has a paravirtual clock with steal time'
                : 'See whether another host, or a limit of the guest’s group, took the time',
              run: hidden
                ? 'cat /sys/devices/system/clocksource/clocksource0/current_clocksource; dmesg | grep -i "stealtime\\|kvm-clock"   # in the guest'
                : 'cat /sys/fs/cgroup/machine.slice/*/cpu.stat   # on the host: nr_throttled',
              risk: 'none',
            },
          ],
    caveats: [
      'both captures must be of the same time; nothing in them tells whether they are',
      ...(several ? [`guests of the host: processes ${host.of.join(', ')}; capture the one alone`] : []),
    ],
  };
}
