/** What exits of a reason usually come from, and what helps; VMX and SVM names, and those trace-cmd gives the latter. Heuristics. */
const advice: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:IO_INSTRUCTION|io|IOIO|EPT_MISCONFIG|KVM_EXIT_IO|KVM_EXIT_MMIO)$/,
    'emulated devices: give the guest virtio ones, with vhost',
  ],
  [
    /^(?:MSR_WRITE|msr|MSR|MSR_WRITE_IMM)$/,
    'timers and interrupts between vCPUs: posted interrupts or AVIC, fewer wake-ups',
  ],
  [
    /^(?:APIC_WRITE|avic_incomplete_ipi|avic_unaccelerated_access)$/,
    'interrupts between vCPUs: fewer vCPUs, or fewer wake-ups between them',
  ],
  [
    /^(?:PAUSE_INSTRUCTION|pause|PAUSE)$/,
    'a vCPU waits for a lock whose holder does not run: too many vCPUs for the CPUs',
  ],
  [
    /^(?:EPT_VIOLATION|npf|NPF)$/,
    'memory of the guest is not mapped: ballooning, KSM, no huge pages (once the guest is warm)',
  ],
  [/^(?:EXTERNAL_INTERRUPT|interrupt|INTR)$/, "interrupts of the host on the guest's CPUs: move them away"],
  [/^(?:PREEMPTION_TIMER)$/, "the guest's timer"],
  [/^(?:HLT|hlt|idle-halt)$/, 'the guest idles; halt_poll_ns trades CPU time for wake-up latency'],
];

/** Empty for reasons nothing general is known of. */
export function exitAdvice(reason: string): string {
  return advice.find(([pattern]) => pattern.test(reason))?.[1] ?? '';
}
