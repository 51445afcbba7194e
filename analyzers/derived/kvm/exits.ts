import { NO_VCPU, vmTransitionId } from '../../../model/host-event-tables.ts';
import { decodeString } from '../../../model/strings.ts';
import type { Context } from '../../context.ts';

/** Exits of one reason, all vCPUs together. */
export interface ExitGroup {
  /** As the tracepoint names it: `EPT_VIOLATION`, `npf`. */
  readonly reason: string;
  /** The vCPU does nothing meanwhile. */
  readonly idle: boolean;
  count: number;
  /** Exits whose entry was seen, and ns from the one to the other. */
  paired: number;
  handled: number;
  shortest: number;
  longest: number;
}

/** What the exits and entries of all vCPU threads come to. */
export interface VmExits {
  readonly groups: readonly ExitGroup[];
  readonly vcpus: number;
  /** ns from the first to the last event, added up over vCPUs. */
  readonly watched: number;
  /** ns in the guest: from an entry to the next exit. */
  readonly inGuest: number;
  /** Exits followed by another exit of the thread, or by nothing. */
  readonly unpaired: number;
  /** Exits to user space by reason. */
  readonly userspace: ReadonlyMap<string, number>;
}

/** Halting: the vCPU has nothing to do. VMX and SVM. */
const idleReasons = new Set(['HLT', 'hlt', 'idle-halt', 'MWAIT_INSTRUCTION', 'mwait']);

/** Pairs exits with entries thread by thread; events are in order of time. */
export function vmExits({ trace }: Context): VmExits {
  const { vmTransitions, threads } = trace.tables;
  const { time, thread, kind, reason, vcpu } = vmTransitions.columns;
  const groups = new Map<number, ExitGroup>();
  const userspace = new Map<string, number>();
  const open = new Map<number, { first: number; last: number; exit: number; at: number; entry: number }>();
  let [inGuest, unpaired] = [0, 0];
  for (let row = 0; row < vmTransitions.length; row++) {
    const at = time[row] as number;
    const tid = threads.columns.tid[thread[row] as number] as number;
    // Threads of one id may have several rows, under names they had one after the other.
    const key = tid >= 0 ? tid : vcpu[row] === NO_VCPU ? -1 : -2 - (vcpu[row] as number);
    let own = open.get(key);
    if (own === undefined) {
      own = { first: at, last: at, exit: -1, at: 0, entry: Number.NaN };
      open.set(key, own);
    }
    own.last = at;
    if (kind[row] === vmTransitionId.userspace) {
      const why = decodeString(trace.strings, reason[row] as number);
      userspace.set(why, (userspace.get(why) ?? 0) + 1);
    } else if (kind[row] === vmTransitionId.exit) {
      if (own.exit >= 0) unpaired++;
      else if (!Number.isNaN(own.entry)) inGuest += at - own.entry;
      const group = groupOf(
        groups,
        reason[row] as number,
        decodeString(trace.strings, reason[row] as number),
      );
      group.count++;
      own.exit = reason[row] as number;
      own.at = at;
      own.entry = Number.NaN;
    } else {
      const group = own.exit < 0 ? undefined : groups.get(own.exit);
      if (group !== undefined) {
        const handled = at - own.at;
        group.paired++;
        group.handled += handled;
        group.shortest = Math.min(group.shortest, handled);
        group.longest = Math.max(group.longest, handled);
      }
      own.exit = -1;
      own.entry = at;
    }
  }
  const vcpus = [...open.values()];
  unpaired += vcpus.filter(({ exit }) => exit >= 0).length;
  return {
    groups: [...groups.values()].sort((a, b) => b.handled - a.handled || b.count - a.count),
    vcpus: vcpus.length,
    watched: vcpus.reduce((sum, { first, last }) => sum + last - first, 0),
    inGuest,
    unpaired,
    userspace,
  };
}

function groupOf(groups: Map<number, ExitGroup>, id: number, reason: string): ExitGroup {
  let group = groups.get(id);
  if (group === undefined) {
    group = {
      reason,
      idle: idleReasons.has(reason),
      count: 0,
      paired: 0,
      handled: 0,
      shortest: Number.POSITIVE_INFINITY,
      longest: 0,
    };
    groups.set(id, group);
  }
  return group;
}
