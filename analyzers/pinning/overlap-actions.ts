import type { Action } from '../../model/finding.ts';
import { isHarmless } from '../cgroup/cpu-quota-actions.ts';
import { formatCpuList } from '../derived/cpu-list.ts';
import type { BusyThread } from '../derived/pinning/busy-threads.ts';
import type { Overlap } from '../derived/pinning/overlaps.ts';

/** Threads of QEMU that run a virtual CPU, as libvirt names them: `CPU 2/KVM`. */
const vcpu = /^CPU (\d+)\/KVM\b/;

/** What has to be captured before anything can be said of affinity. */
export const captureAffinity =
  'for i in 0 1 2; do d=snap-00$i"_$(date +%s.%N)_$(cut -d" " -f1 /proc/uptime)"; mkdir $d; for f in /proc/stat /proc/PID/task/*/{status,stat,schedstat}; do cat $f > $d/$(echo $f | cut -c2- | tr / @); done; sleep 5; done';

/** Moves threads beyond the first so many to CPUs that idle. */
export function spreadThreads({ cpus, threads, free, pinned, kind }: Overlap): Action[] {
  if (free.length === 0) return [];
  const stay = kind === 'core' ? 1 : cpus.length;
  return threads
    .slice(stay, stay + free.length)
    .map((thread, i) => move(thread, free[i]?.cpu ?? 0, cpus, pinned));
}

function move(thread: BusyThread, to: number, from: readonly number[], pinned: boolean): Action {
  const { tid, pid, label, allowed } = thread;
  const was = formatCpuList(allowed?.cpus ?? from);
  const cpuset = allowed?.cpuset;
  const verify = `cat /proc/${pid > 0 ? `${pid}/task/${tid}` : tid}/schedstat; sleep 10; cat /proc/${pid > 0 ? `${pid}/task/${tid}` : tid}/schedstat   # the second number must grow much less than the first`;
  if (cpuset !== undefined && cpuset !== '/') {
    const file = `/sys/fs/cgroup${cpuset}/cpuset.cpus`;
    const wider = formatCpuList(new Set([...(allowed?.cpus ?? []), to]));
    return {
      text: `The cpuset of ${cpuset} holds ${label} to CPUs ${was}: taskset cannot go beyond it; widen the set by CPU ${to} (below /sys/fs/cgroup/cpuset where version 1 is mounted)`,
      ...(isHarmless(file)
        ? { run: `echo ${wider} | sudo tee ${file}`, undo: `echo ${was} | sudo tee ${file}`, verify }
        : {}),
      persist: 'AllowedCPUs= of the unit, --cpuset-cpus of the container',
      risk: 'low',
    };
  }
  const virtual = vcpu.exec(label)?.[1];
  return {
    text: `${pinned ? 'Move' : 'If it is pinned, move'} ${label} to CPU ${to}, which idles; or let it run anywhere, the scheduler finds that CPU itself`,
    ...(tid > 0
      ? { run: `sudo taskset -cp ${to} ${tid}`, undo: `sudo taskset -cp ${was} ${tid}`, verify }
      : {}),
    persist:
      virtual === undefined
        ? 'CPUAffinity= or AllowedCPUs= of the unit'
        : `virsh vcpupin DOMAIN ${virtual} ${to} --live --config`,
    risk: 'low',
  };
}
