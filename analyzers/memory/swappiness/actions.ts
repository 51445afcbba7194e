import type { Action } from '../../../model/finding.ts';
import type { Context } from '../../context.ts';
import { cgroupSetting } from '../../derived/cgroup-cpu/limits.ts';
import { memoryCgroups } from '../../derived/memory/cgroups.ts';
import { isHarmlessPath } from '../limit-action.ts';

const MIB = 2 ** 20;

/** A value to try, with what it was; without it only the direction. Of the host, or of a group of version 1. */
export function changeSwappiness(
  cgroup: string,
  path: string,
  to: { readonly value: number; readonly was: number } | undefined,
  towards: -1 | 1,
): Action {
  const direction = towards > 0 ? 'spares page cache' : 'spares what programs have in memory';
  if (to === undefined)
    return {
      text: `A value ${towards > 0 ? 'higher' : 'lower'} than now ${direction}: read it first, change it in steps, and measure refaults again`,
      run: `cat ${path}`,
      risk: 'none',
    };
  const host = cgroup === '';
  const { value, was } = to;
  const text = `Try ${value}, which ${direction}, and measure refaults again`;
  if (!host && !isHarmlessPath(cgroup)) return { text, risk: 'low' };
  return {
    text,
    run: host ? `sysctl -w vm.swappiness=${value}` : `echo ${value} > ${path}`,
    undo: host ? `sysctl -w vm.swappiness=${was}` : `echo ${was} > ${path}`,
    verify: host
      ? 'grep workingset_refault /proc/vmstat; sleep 60; grep workingset_refault /proc/vmstat'
      : `F=${path.slice(0, path.lastIndexOf('/'))}/memory.stat; grep total_workingset_refault $F; sleep 60; grep total_workingset_refault $F`,
    persist: host
      ? `echo 'vm.swappiness = ${value}' > /etc/sysctl.d/90-swappiness.conf`
      : `what makes the group must set it: docker run --memory-swappiness=${value}, or ExecStartPost= of the unit`,
    risk: 'low',
    setting: { path, value: String(value), was: String(was) },
  };
}

/** Version 2 has protection instead of a balance: as much as the group uses, rounded up to MiB. */
export function protectGroup(context: Context, cgroup: string): Action {
  const text = `${isHarmlessPath(cgroup) ? cgroup : 'The group'} has no swappiness (version 2): protect what it uses all the time, so that others are reclaimed first, or change vm.swappiness for all`;
  const used =
    context.derive(memoryCgroups).find((group) => group.cgroup === cgroup)?.workingSet ?? Number.NaN;
  if (!isHarmlessPath(cgroup) || !(used > 0)) return { text, risk: 'low' };
  const path = `/sys/fs/cgroup${cgroup}/memory.low`;
  const was = cgroupSetting(context, cgroup, 'memory.low')?.text ?? '0';
  const value = String(Math.ceil(used / MIB) * MIB);
  const unit = /\/([\w@:.-]+\.(?:service|slice|scope))$/.exec(cgroup)?.[1];
  return {
    text,
    run: `echo ${value} > ${path}`,
    undo: `echo ${was} > ${path}`,
    verify: `F=/sys/fs/cgroup${cgroup}/memory.stat; grep workingset_refault $F; sleep 60; grep workingset_refault $F`,
    persist:
      unit === undefined
        ? 'MemoryLow= of the unit; groups above need it, too'
        : `systemctl set-property ${unit} MemoryLow=${value}`,
    risk: 'low',
    setting: { path, value, was },
  };
}
