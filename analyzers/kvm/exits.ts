import type { Finding } from '../../model/finding.ts';
import { vmTransitionId } from '../../model/host-event-tables.ts';
import type { Metric } from '../../model/metric.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import { type ExitGroup, type VmExits, vmExits } from '../derived/kvm/exits.ts';
import { exitAdvice } from './exit-advice.ts';

/** Heuristics: exits a second and vCPU, and part of its time on the host, from which they are worth a look. */
const MANY = 20e3;
const COSTLY = 0.05;
/** Fewest exits of which rates are told. */
const FEWEST = 100;

/** Why guests leave to the host, and how long that keeps them. */
export const kvmExits = defineAnalyzer({
  id: 'kvm/exits',
  question: 'Why do guests exit to the host, and what does it cost?',
  needs: [
    {
      missing:
        'kvm_exit events, though the recording holds others of KVM: they were left out, or this host emits none (kvm_pvm, or a host that is itself a guest); its totals are what is left',
      captureWith:
        'for m in before after; do for f in /sys/kernel/debug/kvm/*exits; do cat $f > $m@sys@kernel@debug@kvm@$(basename $f); done; sleep 10; done',
      unusable: true,
      met: ({ tables }) =>
        tables.vmTransitions.length === 0 || tables.vmTransitions.columns.kind.includes(vmTransitionId.exit),
    },
    {
      missing:
        'kvm_exit and kvm_entry events (some hosts emit none: kvm_pvm, or a host that is itself a guest without them; the totals below /sys/kernel/debug/kvm are left then)',
      captureWith:
        'trace-cmd record -C mono -e kvm:kvm_exit -e kvm:kvm_entry -e kvm:kvm_userspace_exit sleep 10 && trace-cmd report > kvm.txt   # or: perf kvm stat record -a sleep 10; perf kvm stat report > kvm-stat.txt',
      met: ({ tables }) => tables.vmTransitions.columns.kind.includes(vmTransitionId.exit),
    },
  ],
  metrics: [
    { id: 'kvm.exits', unit: 'count', labels: ['reason'], about: 'Exits of this reason, all vCPUs.' },
    {
      id: 'kvm.exit.handled',
      unit: 'ns',
      labels: ['reason'],
      about:
        'Time from exits of this reason to the next entry of the thread, added up; waits for a CPU and user space included.',
    },
    {
      id: 'kvm.exit.rate',
      unit: '1/s',
      labels: [],
      about: 'Exits a second and vCPU, halting left out.',
    },
    {
      id: 'kvm.handled.share',
      unit: 'share',
      labels: [],
      about: "Part of the vCPUs' time spent handling exits, halting left out.",
    },
  ],
  run(context) {
    const exits = context.derive(vmExits);
    const { rate, share } = costs(exits);
    const n = exits.groups.reduce((sum, { count }) => sum + count, 0);
    const metric = (
      id: string,
      value: number,
      unit: Metric['unit'],
      labels: Record<string, string>,
      of: number,
    ): Metric[] => (Number.isFinite(value) ? [{ id, value, unit, labels, n: of, better: 'lower' }] : []);
    return {
      metrics: [
        ...exits.groups.flatMap(({ reason, count, handled, paired }) => [
          ...metric('kvm.exits', count, 'count', { reason }, count),
          ...metric('kvm.exit.handled', handled, 'ns', { reason }, paired),
        ]),
        ...metric('kvm.exit.rate', rate, '1/s', {}, n),
        ...metric('kvm.handled.share', share, 'share', {}, n),
      ],
      findings: [finding(exits)],
      sections: [
        {
          kind: 'table',
          id: 'kvm/exits/reasons',
          title: 'Exits by reason',
          note: `${formatCount(exits.vcpus)} vCPU threads, ${formatValue(exits.watched, 'ns')} added up, ${formatValue(exits.inGuest, 'ns')} of it in the guest; ${formatCount(exits.unpaired)} exits without their entry.`,
          columns: [
            { name: 'reason', unit: 'text' },
            { name: 'exits', unit: 'count' },
            { name: 'a second and vCPU', unit: '1/s' },
            { name: 'handled', unit: 'ns' },
            { name: 'mean', unit: 'ns' },
            { name: 'shortest', unit: 'ns' },
            { name: 'longest', unit: 'ns' },
            { name: 'usually', unit: 'text' },
          ],
          rows: exits.groups.map((group) => ({
            cells: [
              group.reason,
              group.count,
              group.count / (exits.watched / 1e9),
              group.handled,
              group.handled / group.paired,
              group.shortest,
              group.longest,
              exitAdvice(group.reason),
            ],
          })),
          of: exits.groups.length,
        },
      ],
    };
  },
});

/** Halting is idling, not work of the host. */
function costs({ groups, watched }: VmExits): {
  readonly rate: number;
  readonly share: number;
  readonly work: readonly ExitGroup[];
} {
  const work = groups.filter(({ idle }) => !idle);
  const sum = (of: (group: ExitGroup) => number): number => work.reduce((all, group) => all + of(group), 0);
  return {
    rate: sum(({ count }) => count) / (watched / 1e9),
    share: sum(({ handled }) => handled) / watched,
    work,
  };
}

function finding(exits: VmExits): Finding {
  const { rate, share, work } = costs(exits);
  const n = work.reduce((sum, { count }) => sum + count, 0);
  const enough = n >= FEWEST && exits.watched > 0;
  const high = enough && (rate > MANY || share > COSTLY);
  const [worst] = work;
  const hint = worst === undefined ? '' : exitAdvice(worst.reason);
  return {
    id: 'kvm/exits/cost',
    severity: !enough ? 'note' : high ? 'warning' : 'ok',
    claim: enough
      ? `Handling exits took ${formatShare(share)} of the vCPUs' time, ${formatValue(rate, '1/s')} and vCPU, halting left out; most of it ${worst?.reason} (${formatValue((worst?.handled ?? 0) / (worst?.paired ?? 1), 'ns')} each)`
      : `Not enough data: ${formatCount(n)} exits besides halting`,
    share: Number.isFinite(share) ? Math.min(1, share) : 0,
    confidence: {
      n,
      low: 0,
      high: 1,
      why: enough
        ? 'every exit and entry is an event; losses would leave exits unpaired'
        : 'not enough data: record for ten seconds while the guest works',
      bounds: true,
    },
    evidence: [
      {
        label: 'exits by reason',
        section: 'kvm/exits/reasons',
        selection: {},
        formula: `Σ(entry − exit) without halting ÷ ${formatValue(exits.watched, 'ns')} of ${exits.vcpus} vCPUs = ${formatShare(share)}; above 5 % or 20 k/s and vCPU is worth a look (heuristics)`,
      },
    ],
    actions: high && hint !== '' ? [{ text: `${worst?.reason}: ${hint}`, risk: 'none' }] : [],
    caveats: [
      'the time from exit to entry holds what user space did, and waits of the thread for a CPU',
      ...(exits.unpaired > exits.vcpus
        ? [`${formatCount(exits.unpaired)} exits have no entry: events were lost`]
        : []),
    ],
  };
}
