import { cgroupFile } from '../../../model/cgroup-file.ts';
import type { Context } from '../../context.ts';
import { formatCpuList, parseCpuList } from '../../derived/cpu-list.ts';
import { settingsRead } from '../../derived/settings.ts';
import type { Conflict, ConflictRule } from './conflict.ts';

interface Limits {
  quota?: number;
  period?: number;
  cpus?: string;
}

/** A quota of CPU time, in CPUs, and the CPUs a group may run on. */
export const quotaAndCpuset: ConflictRule = {
  about: 'CPU quota and CPU set of a control group',
  knows: (context) => limited(context).length > 0,
  find: (context) =>
    limited(context).flatMap(({ cgroup, cpus, list, quota }): Conflict[] => {
      const formula = `quota/period = ${quota.toFixed(2)} CPUs, cpuset ${list} = ${cpus} CPUs`;
      if (quota < cpus) return [];
      return [
        {
          id: `quota-cpuset:${cgroup}`,
          severity: 'note',
          claim: `The CPU quota of ${cgroup} (${quota.toFixed(2)} CPUs) can never bind: its CPU set has ${cpus}`,
          formula,
          why: 'read from the files of the group',
          actions: [
            {
              text: 'Decide which of the two is meant: widen the CPU set, or drop the quota',
              risk: 'low',
              verify: `cat /sys/fs/cgroup${/^[\w./:@-]+$/.test(cgroup) ? cgroup : '/GROUP'}/cpuset.cpus.effective`,
            },
          ],
          caveats: [],
        },
      ];
    }),
};

function limited(context: Context) {
  const groups = new Map<string, Limits>();
  for (const [path, text] of context.derive(settingsRead)) {
    const found = cgroupFile(path);
    if (found === undefined) continue;
    const own = groups.get(found.cgroup) ?? {};
    const value = text.trim();
    if (found.file === 'cpu.max') {
      const [quota = '', period = '100000'] = value.split(/\s+/);
      if (quota !== 'max') Object.assign(own, { quota: Number(quota), period: Number(period) });
    } else if (found.file === 'cpu.cfs_quota_us' && Number(value) > 0) own.quota = Number(value);
    else if (found.file === 'cpu.cfs_period_us') own.period = Number(value);
    else if (found.file === 'cpuset.cpus.effective' || found.file === 'cpuset.effective_cpus')
      own.cpus = value;
    else if (found.file === 'cpuset.cpus' && value !== '') own.cpus ??= value;
    groups.set(found.cgroup, own);
  }
  return [...groups].flatMap(([cgroup, { quota, period = 100_000, cpus }]) => {
    const list = cpus === undefined ? undefined : parseCpuList(cpus);
    if (quota === undefined || list === undefined || list.size === 0 || !(period > 0)) return [];
    return [{ cgroup, cpus: list.size, list: formatCpuList(list), quota: quota / period }];
  });
}
