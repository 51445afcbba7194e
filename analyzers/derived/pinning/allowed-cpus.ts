import { schedDebug } from '../../../model/cpu-series.ts';
import type { Context } from '../../context.ts';
import { cgroupSettings, onlineCpus, withParents } from '../cgroup-cpu/limits.ts';
import { cgroupsOfProcesses } from '../cgroup-cpu/members.ts';
import { entitiesOf, readingsOf } from '../counters/readings.ts';
import { parseCpuList } from '../cpu-list.ts';
import { settingsRead } from '../settings.ts';

/** CPUs a thread may run on, and which file says so. */
export interface AllowedCpus {
  readonly cpus: ReadonlySet<number>;
  /** `Cpus_allowed_list`, `cpuset.cpus.effective of /vm`. */
  readonly from: string;
  /** Group whose cpuset is what allows no more; undefined when it is affinity, or not known. */
  readonly cpuset: string | undefined;
}

const effective = ['cpuset.cpus.effective', 'cpuset.effective_cpus', 'cpuset.cpus'] as const;

/** CPUs that are online; empty when nothing tells. */
export function onlineSet(context: Context): ReadonlySet<number> {
  const told = context.derive(settingsRead).get('/sys/devices/system/cpu/online');
  const listed = told === undefined ? undefined : parseCpuList(told);
  if (listed !== undefined && listed.size > 0) return listed;
  // Files of soft interrupts list CPUs that can never be there; /proc/stat those that are on.
  const seen = entitiesOf(context, 'cpu').filter(
    (cpu) =>
      /^\d+$/.test(cpu) &&
      ['cpu time idle', schedDebug.running].some(
        (name) => readingsOf(context, name, 'cpu', cpu) !== undefined,
      ),
  );
  if (seen.length > 0) return new Set(seen.map(Number));
  const many = onlineCpus(context);
  return new Set(Array.from({ length: Number.isInteger(many) ? many : 0 }, (_, i) => i));
}

/**
 * What /proc/PID/task/TID/status allows (the kernel has taken the cpuset into account there), else the cpuset of the
 * thread's group. Undefined when neither was captured.
 */
export function allowedCpus(context: Context, pid: string, tid: string): AllowedCpus | undefined {
  const read = context.derive(settingsRead);
  const own =
    read.get(`/proc/${pid}/task/${tid}/status`) ??
    (pid === tid ? read.get(`/proc/${pid}/status`) : undefined);
  const group = cpusetOf(context, pid, tid);
  const listed = own === undefined ? undefined : parseCpuList(own);
  if (listed !== undefined && listed.size > 0) {
    const same =
      group !== undefined &&
      group.cpus.size === listed.size &&
      [...listed].every((cpu) => group.cpus.has(cpu));
    return { cpus: listed, from: 'Cpus_allowed_list', cpuset: same ? group.cgroup : undefined };
  }
  return group === undefined
    ? undefined
    : { cpus: group.cpus, from: `${group.file} of ${group.cgroup}`, cpuset: group.cgroup };
}

/** The nearest cpuset from the thread's group up to the root. */
function cpusetOf(context: Context, pid: string, tid: string) {
  const read = context.derive(settingsRead);
  const text = read.get(`/proc/${pid}/task/${tid}/cgroup`) ?? read.get(`/proc/${pid}/cgroup`);
  const groups = context.derive(cgroupSettings);
  const cgroup = hierarchyOf(text) ?? context.derive(cgroupsOfProcesses).get(pid);
  if (cgroup === undefined) return undefined;
  for (const each of withParents(cgroup)) {
    for (const file of effective) {
      const cpus = parseCpuList(groups.get(each)?.get(file)?.text ?? '');
      if (cpus !== undefined && cpus.size > 0) return { cgroup: each, file, cpus };
    }
  }
  return undefined;
}

/** Group in the hierarchy of cpusets, `5:cpuset:/vm`, else in the unified one, `0::/vm`. */
function hierarchyOf(text: string | undefined): string | undefined {
  const lines = (text ?? '').split('\n').map((line) => /^\d+:([^:]*):(.*)$/.exec(line) ?? []);
  const first = lines.find(([, controllers]) => controllers?.split(',').includes('cpuset'));
  return (first ?? lines.find(([, controllers]) => controllers === ''))?.[2];
}
