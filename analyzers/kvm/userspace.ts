import { vmTransitionId } from '../../model/host-event-tables.ts';
import { formatCount, formatShare } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import { vmExits } from '../derived/kvm/exits.ts';
import { exitAdvice } from './exit-advice.ts';

/** Exits the kernel hands on to user space: what emulated devices cost most by. */
export const kvmUserspace = defineAnalyzer({
  id: 'kvm/userspace',
  question: 'Which exits does the virtual machine monitor have to handle?',
  needs: [
    {
      missing: 'kvm_userspace_exit events',
      captureWith:
        'trace-cmd record -C mono -e kvm:kvm_userspace_exit -e kvm:kvm_exit -e kvm:kvm_entry sleep 10 && trace-cmd report > kvm.txt',
      met: ({ tables }) => tables.vmTransitions.columns.kind.includes(vmTransitionId.userspace),
    },
  ],
  metrics: [
    {
      id: 'kvm.userspace_exits',
      unit: 'count',
      labels: ['reason'],
      about: 'Exits to user space, all vCPUs.',
    },
    {
      id: 'kvm.userspace_exit.rate',
      unit: '1/s',
      labels: [],
      about: 'Exits to user space a second and vCPU.',
    },
  ],
  run(context) {
    const exits = context.derive(vmExits);
    const reasons = [...exits.userspace].sort((a, b) => b[1] - a[1]);
    const total = reasons.reduce((sum, [, count]) => sum + count, 0);
    const rate = total / (exits.watched / 1e9);
    const whole = exits.groups.length > 0;
    const [worst] = reasons;
    const emulated = /^KVM_EXIT_(?:IO|MMIO)$/.test(worst?.[0] ?? '');
    return {
      metrics: [
        ...reasons.map(([reason, count]) => ({
          id: 'kvm.userspace_exits',
          labels: { reason },
          value: count,
          unit: 'count' as const,
          better: 'lower' as const,
          n: count,
        })),
        ...(Number.isFinite(rate)
          ? ([
              {
                id: 'kvm.userspace_exit.rate',
                labels: {},
                value: rate,
                unit: '1/s',
                better: 'lower',
                n: total,
              },
            ] as const)
          : []),
      ],
      findings: [
        {
          id: 'kvm/userspace/exits',
          severity: 'note',
          claim: `${formatCount(total)} exits went to user space, ${formatShare((worst?.[1] ?? 0) / total)} of them ${worst?.[0]}${whole ? '' : '; the trace has no kvm_exit, so nothing tells how long exits of any kind take'}`,
          share: (worst?.[1] ?? 0) / total,
          confidence: {
            n: total,
            low: 0,
            high: 1,
            why: whole
              ? 'every exit is an event'
              : 'not enough data: kvm_exit and kvm_entry were not recorded, or this module (kvm_pvm) emits none',
            bounds: true,
          },
          evidence: [{ label: 'exits to user space', section: 'kvm/userspace/reasons', selection: {} }],
          actions: [
            ...(emulated
              ? [
                  {
                    text: `${worst?.[0]}: ${exitAdvice(worst?.[0] ?? '')}; firmware and serial consoles do this, too, while booting`,
                    risk: 'none',
                  } as const,
                ]
              : []),
            ...(whole
              ? []
              : [
                  {
                    text: 'See whether the host can emit kvm_exit at all; else compare its totals before and after',
                    run: 'lsmod | grep kvm; grep -H . /sys/kernel/debug/kvm/{exits,halt_exits,io_exits,mmio_exits,irq_exits} > kvm-totals.txt',
                    risk: 'none',
                  } as const,
                ]),
          ],
          caveats: [],
        },
      ],
      sections: [
        {
          kind: 'table',
          id: 'kvm/userspace/reasons',
          title: 'Exits to user space by reason',
          columns: [
            { name: 'reason', unit: 'text' },
            { name: 'exits', unit: 'count' },
            { name: 'a second and vCPU', unit: '1/s' },
            { name: 'usually', unit: 'text' },
          ],
          rows: reasons.map(([reason, count]) => ({
            cells: [reason, count, count / (exits.watched / 1e9), exitAdvice(reason)],
          })),
          of: reasons.length,
        },
      ],
    };
  },
});
