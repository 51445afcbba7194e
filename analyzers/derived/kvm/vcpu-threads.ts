import { processCpu } from '../../../model/cpu-series.ts';
import { vmTransitionId } from '../../../model/host-event-tables.ts';
import type { Context } from '../../context.ts';
import { increaseOf } from '../counters/increase.ts';
import { readingsOf } from '../counters/readings.ts';
import { type ThreadTime, threadTimes } from '../cpu-time/threads.ts';
import { settingsRead } from '../settings.ts';

/** How a thread is known to run a virtual CPU. */
export type VcpuSign = 'name' | 'guest time' | 'events of KVM';

/** A thread of the host that runs a virtual CPU. */
export interface VcpuThread {
  readonly thread: ThreadTime;
  readonly sign: VcpuSign;
}

/** The virtual machine of one process. */
export interface Guest {
  readonly pid: string;
  readonly comm: string;
  readonly vcpus: readonly VcpuThread[];
  /** Σ wait / Σ elapsed over its vCPUs: what a paravirtual clock tells the guest as steal. */
  readonly expected: number;
}

/** QEMU with debug-threads (libvirt), older QEMU and other monitors: `CPU 0/KVM`, `vcpu0`, `fc_vcpu 0`. */
const vcpuName = /^(?:CPU \d+\/KVM|(?:\w+[_ ])?vcpu[ _-]?\d+)(?: \d+)?$/;

/** Guests whose vCPU threads have two readings of schedstat with times, most stolen first. */
export function guests(context: Context): readonly Guest[] {
  const byProcess = new Map<string, VcpuThread[]>();
  for (const thread of context.derive(threadTimes)) {
    const sign = signOf(context, thread);
    if (sign === undefined || !(thread.elapsed > 0) || Number.isNaN(thread.waited)) continue;
    const pid = thread.name.slice(0, thread.name.indexOf('/'));
    const own = byProcess.get(pid);
    if (own === undefined) byProcess.set(pid, [{ thread, sign }]);
    else own.push({ thread, sign });
  }
  return [...byProcess]
    .map(([pid, vcpus]) => ({
      pid,
      comm: context.derive(settingsRead).get(`/proc/${pid}/comm`) ?? '',
      vcpus,
      expected:
        vcpus.reduce((sum, { thread }) => sum + thread.waited, 0) /
        vcpus.reduce((sum, { thread }) => sum + thread.elapsed, 0),
    }))
    .sort((a, b) => b.expected - a.expected || Number(a.pid) - Number(b.pid));
}

/** A name can be anything in a guest-less program; guest time and events of KVM cannot. */
function signOf(context: Context, { name, label }: ThreadTime): VcpuSign | undefined {
  const guest = increaseOf(readingsOf(context, processCpu.guest, 'thread', name));
  if (guest !== undefined && guest.value > 0) return 'guest time';
  if (context.derive(transitionThreads).has(Number(name.slice(name.indexOf('/') + 1))))
    return 'events of KVM';
  return vcpuName.test(label) ? 'name' : undefined;
}

/** Ids of threads that left or entered a guest. */
function transitionThreads({ trace }: Context): ReadonlySet<number> {
  const { vmTransitions, threads } = trace.tables;
  const found = new Set<number>();
  for (let row = 0; row < vmTransitions.length; row++) {
    if (vmTransitions.columns.kind[row] === vmTransitionId.userspace) continue;
    const tid = threads.columns.tid[vmTransitions.columns.thread[row] as number] as number;
    if (tid > 0) found.add(tid);
  }
  return found;
}
