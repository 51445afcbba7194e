import { defineTable } from './table.ts';

const source = { kind: 'u16', about: 'index into imports: the file it came from' } as const;
const time = { kind: 'f64', about: "ns of the run's clock" } as const;

export const dirtyPauses = defineTable(
  'dirtyPauses',
  'One row per balance_dirty_pages event: a thread that made pages dirty, and how long it is held up for it.',
  {
    time,
    thread: { kind: 'u32', of: 'threads', about: 'thread that wrote' },
    device: { kind: 'u32', of: 'strings', about: 'backing device, `254:0`' },
    pause: { kind: 'f64', about: 'ns it sleeps from now on, as planned; 0 and less = not at all' },
    paused: { kind: 'f64', about: 'ns it slept before in the same call; counts up from event to event' },
    dirty: { kind: 'f64', about: 'pages dirty or under write-back on the host' },
    limit: { kind: 'f64', about: 'pages that may be' },
    source,
  },
);

/** What a row of `vmTransitions` is; the ids are part of the table format. */
export const vmTransitionKinds = ['exit', 'entry', 'userspace'] as const;
export const vmTransitionId = { exit: 0, entry: 1, userspace: 2 } as const;
/** vCPU where the event does not say: before 5.10. */
export const NO_VCPU = 65535;

export const vmTransitions = defineTable(
  'vmTransitions',
  'One row per kvm_exit, kvm_entry or kvm_userspace_exit: a vCPU thread leaves its guest, goes back, or goes on to user space.',
  {
    time,
    cpu: { kind: 'u16', about: 'CPU it happened on' },
    thread: { kind: 'u32', of: 'threads', about: 'vCPU thread' },
    vcpu: { kind: 'u16', about: 'number of the vCPU; 65535 = not recorded' },
    kind: { kind: 'u8', about: '0 exit, 1 entry, 2 exit to user space' },
    reason: { kind: 'u32', of: 'strings', about: 'why, as recorded: HLT, npf, KVM_EXIT_IO' },
    source,
  },
);
