import type { Action, Finding } from '../../model/finding.ts';
import type { Metric } from '../../model/metric.ts';
import type { TableSection } from '../../model/section.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import { type Guest, guests } from '../derived/kvm/vcpu-threads.ts';
import { BAD, CONTENDED } from './steal-levels.ts';

const SECTION = 'kvm/vcpu-wait/threads';
const MOST_ROWS = 100;

/** Steal seen from the host: a vCPU that is runnable and waits for a CPU of the host is time the guest lost. */
export const vcpuWait = defineAnalyzer({
  id: 'kvm/vcpu-wait',
  question: 'How long do vCPU threads wait for CPUs of this host, and what steal do their guests see?',
  needs: [
    {
      missing:
        'two copies of /proc/PID/task/TID/schedstat of the vCPU threads of a guest (told by their name, `CPU 0/KVM`, or by guest time in their stat)',
      captureWith:
        'p=$(pgrep -o qemu); for i in 0 1; do d=snap-00$i"_$(date +%s.%N)_$(cut -d" " -f1 /proc/uptime)"; mkdir $d; for f in /proc/stat /proc/$p/comm /proc/$p/task/*/{schedstat,stat,status}; do cat $f > $d/$(echo $f | cut -c2- | tr / @); done; sleep 30; done',
      met: (_, context) => context.derive(guests).length > 0,
    },
  ],
  metrics: [
    {
      id: 'kvm.vcpu.wait',
      unit: 'share',
      labels: ['thread', 'name'],
      about:
        'Δwait of schedstat over the time between the copies: part of the time a vCPU thread waited for a CPU.',
    },
    {
      id: 'kvm.steal.expected',
      unit: 'share',
      labels: ['pid'],
      about:
        'Σ Δwait over Σ time of the vCPU threads of a guest: the steal its /proc/stat shows with a paravirtual clock.',
    },
  ],
  run(context) {
    const found = context.derive(guests);
    return {
      metrics: found.flatMap(({ pid, vcpus, expected }): Metric[] => [
        ...vcpus.map(
          ({ thread }): Metric => ({
            id: 'kvm.vcpu.wait',
            labels: { thread: thread.name, name: thread.label },
            value: thread.waited / thread.elapsed,
            unit: 'share',
            better: 'lower',
            n: thread.n,
          }),
        ),
        {
          id: 'kvm.steal.expected',
          labels: { pid },
          value: expected,
          unit: 'share',
          better: 'lower',
          n: Math.min(...vcpus.map(({ thread }) => thread.n)),
        },
      ]),
      findings: found.map(finding),
      sections: [table(found)],
    };
  },
});

function finding({ pid, comm, vcpus, expected }: Guest): Finding {
  const waited = vcpus.reduce((sum, { thread }) => sum + thread.waited, 0);
  const elapsed = vcpus.reduce((sum, { thread }) => sum + thread.elapsed, 0);
  const n = Math.min(...vcpus.map(({ thread }) => thread.n));
  const byName = vcpus.filter(({ sign }) => sign === 'name').length;
  return {
    id: `kvm/vcpu-wait/${pid}`,
    severity: expected > BAD ? 'critical' : expected > CONTENDED ? 'warning' : 'ok',
    claim: `The guest of ${`${comm} ${pid}`.trim()} loses ${formatShare(expected)} of its CPU time: its ${vcpus.length === 1 ? 'vCPU thread waits' : `${vcpus.length} vCPU threads wait`} that long for CPUs of this host, which it sees as steal`,
    share: expected,
    confidence: {
      n,
      low: expected,
      high: expected,
      why: 'waits counted in ns by the host kernel; KVM hands the same count on to the guest as steal',
      bounds: true,
    },
    evidence: [
      {
        label: 'vCPU threads',
        section: SECTION,
        selection: {},
        formula: `Σ Δwait ${formatValue(waited, 'ns')} / Σ time ${formatValue(elapsed, 'ns')} of ${formatCount(vcpus.length)} vCPUs = ${formatShare(expected)}; above 5 % contention, above 10 % bad (heuristics)`,
      },
    ],
    actions: expected > CONTENDED ? [relieve(pid)] : [],
    caveats: [
      'the guest must have a paravirtual clock (kvm-clock with steal time); emulation without KVM shows 0',
      'limits of the guest’s control group make its threads wait too: see CPU quotas',
      ...(byName > 0
        ? [`${formatCount(byName)} of ${formatCount(vcpus.length)} threads are told by their name alone`]
        : []),
    ],
  };
}

function relieve(pid: string): Action {
  return {
    text: 'Give its vCPUs CPUs that nobody else uses, or run fewer guests here; hold the steal of /proc/stat in the guest against this',
    run: 'virsh vcpupin DOMAIN 0 CPU --live --config   # for each vCPU; virsh emulatorpin DOMAIN OTHER_CPUS for the rest',
    undo: 'virsh vcpupin DOMAIN 0 0-LAST_CPU --live --config',
    verify: `for t in /proc/${pid}/task/*; do echo "$(cat $t/comm) $(cut -d' ' -f2 $t/schedstat)"; done; sleep 10; for t in /proc/${pid}/task/*; do echo "$(cat $t/comm) $(cut -d' ' -f2 $t/schedstat)"; done`,
    persist: '<cputune><vcpupin …/></cputune> of the domain',
    risk: 'low',
  };
}

function table(found: readonly Guest[]): TableSection {
  const rows = found.flatMap(({ pid, comm, vcpus }) =>
    vcpus.map(({ thread, sign }) => ({
      cells: [
        `${comm} ${pid}`.trim(),
        thread.label,
        sign,
        thread.run / thread.elapsed,
        thread.waited / thread.elapsed,
        thread.n,
      ],
    })),
  );
  return {
    kind: 'table',
    id: SECTION,
    title: 'vCPU threads: time on CPUs of the host, and time waited for one',
    columns: [
      { name: 'guest', unit: 'text' },
      { name: 'thread', unit: 'text' },
      { name: 'told by', unit: 'text' },
      { name: 'ran', unit: 'share' },
      { name: 'waited', unit: 'share' },
      { name: 'n', unit: 'count' },
    ],
    rows: rows.slice(0, MOST_ROWS),
    of: rows.length,
  };
}
