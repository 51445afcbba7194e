import { parentCgroup } from '../../../model/cgroup-file.ts';
import type { Context } from '../../context.ts';
import { cpusInList } from '../cpu-list.ts';
import { idleShare, idleShareOf } from '../cpu-time/process-usage.ts';
import { settingsRead } from '../settings.ts';
import { type CgroupSetting, cgroupSetting, cgroupSettings, withParents } from './limits.ts';
import { processesIn } from './members.ts';
import { gainedBy } from './throttling.ts';
import { type GroupUsage, groupUsages } from './usage.ts';

/** One cgroup with its weight among its siblings. */
export interface Sibling {
  readonly cgroup: string;
  readonly setting: CgroupSetting;
  /** In the unit of its file: shares of version 1 (1024 is the default), weight of version 2 (100). */
  readonly weight: number;
  /** Its CPU time; undefined without two readings. */
  readonly usage: GroupUsage | undefined;
  /** Share of the time in which some of its tasks waited for a CPU; NaN when not captured. */
  readonly pressure: number;
}

/** Groups below one parent whose weights act on each other. */
export interface Siblings {
  readonly parent: string;
  readonly groups: readonly Sibling[];
  /** Idle share of the CPUs they run on; NaN when not known. */
  readonly idle: number;
  readonly idleOf: string;
}

/** Below this share of a CPU a group wanted nothing. */
const WANTS = 0.02;

/** Groups with a weight, by parent; of one version each, since the scales differ. */
export function siblings(context: Context): readonly Siblings[] {
  const usages = new Map(context.derive(groupUsages).map((usage) => [usage.cgroup, usage]));
  const byParent = new Map<string, Sibling[]>();
  for (const cgroup of context.derive(cgroupSettings).keys()) {
    const parent = parentCgroup(cgroup);
    const setting =
      cgroupSetting(context, cgroup, 'cpu.weight') ?? cgroupSetting(context, cgroup, 'cpu.shares');
    if (parent === undefined || setting === undefined || !/^\d+$/.test(setting.text)) continue;
    const isIdle = cgroupSetting(context, cgroup, 'cpu.idle')?.text === '1';
    const usage = usages.get(cgroup);
    const waited = gainedBy(context, cgroup, 'pressure cpu some');
    const sibling: Sibling = {
      cgroup,
      setting,
      // SCHED_IDLE of a group weighs 3 where the default is 1024.
      weight: isIdle ? (setting.version === 2 ? 0.3 : 3) : Number(setting.text),
      usage,
      pressure: waited !== undefined && waited.duration > 0 ? waited.value / waited.duration : Number.NaN,
    };
    const key = `${setting.version} ${parent}`;
    byParent.set(key, [...(byParent.get(key) ?? []), sibling]);
  }
  return [...byParent].map(([key, groups]) => ({
    parent: key.slice(2),
    groups,
    ...idleWhere(context, groups),
  }));
}

/** Those of the groups that used any CPU time to speak of. */
export function wanting({ groups }: Siblings): readonly Sibling[] {
  return groups.filter(({ usage }) => usage !== undefined && usage.cpus >= WANTS);
}

/** Weights act where the groups run: where their CPU time fell, the affinity of their processes, cpusets, else all CPUs. */
function idleWhere(context: Context, groups: readonly Sibling[]): { idle: number; idleOf: string } {
  const cpus = new Set<number>();
  for (const { cgroup } of groups) {
    const own = cpusOf(context, cgroup);
    if (own === undefined) return { idle: idleShare(context), idleOf: 'all CPUs' };
    for (const cpu of own) cpus.add(cpu);
  }
  const sorted = [...cpus].sort((a, b) => a - b);
  return { idle: idleShareOf(context, sorted), idleOf: `CPU ${sorted.join(', ')}` };
}

function cpusOf(context: Context, cgroup: string): readonly number[] | undefined {
  const used = cpusUsed(context, cgroup);
  if (used.length > 0) return used;
  const settings = context.derive(settingsRead);
  const affinities = processesIn(context, cgroup).map((pid) => settings.get(`/proc/${pid}/status`));
  if (affinities.length > 0 && affinities.every((text) => text !== undefined))
    return affinities.flatMap((text) => cpusInList(text ?? '') ?? []);
  for (const group of withParents(cgroup)) {
    for (const file of ['cpuset.cpus.effective', 'cpuset.effective_cpus', 'cpuset.cpus']) {
      const cpus = cpusInList(cgroupSetting(context, group, file)?.text ?? '');
      if (cpus !== undefined && cpus.length > 0) return cpus;
    }
  }
  return undefined;
}

/** Part of a group's CPU time below which it does not run on a CPU to speak of. */
const HARDLY = 0.02;

/** CPUs on which version 1 counted time of the group: cpuacct.usage_percpu, which holds possible CPUs in order. */
function cpusUsed(context: Context, cgroup: string): readonly number[] {
  const times: number[] = [];
  for (let cpu = 0; ; cpu++) {
    const gained = gainedBy(context, cgroup, `cpuacct.usage_percpu ${cpu}`);
    if (gained === undefined) break;
    times.push(gained.value);
  }
  const all = times.reduce((sum, time) => sum + time, 0);
  return times.flatMap((time, cpu) => (time > HARDLY * all ? [cpu] : []));
}
