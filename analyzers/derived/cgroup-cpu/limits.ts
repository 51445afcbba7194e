import { cgroupFile, parentCgroup } from '../../../model/cgroup-file.ts';
import { SETTING } from '../../../model/knobs.ts';
import { decodeString } from '../../../model/strings.ts';
import type { Context } from '../../context.ts';
import { lastValue, readingsOf } from '../counters/readings.ts';
import { cpusInList } from '../cpu-list.ts';
import { settingsRead } from '../settings.ts';

/** Paths of settings that held several values within the capture: what was counted is not of the last one alone. */
export function settingsChanged({ trace }: Context): ReadonlySet<string> {
  const { key, value } = trace.tables.facts.columns;
  const first = new Map<number, number>();
  const changed = new Set<string>();
  for (let row = 0; row < trace.tables.facts.length; row++) {
    const [name, text] = [key[row] as number, value[row] as number];
    const before = first.get(name);
    if (before === undefined) first.set(name, text);
    else if (before !== text) {
      const known = decodeString(trace.strings, name);
      if (known.startsWith(SETTING)) changed.add(known.slice(SETTING.length));
    }
  }
  return changed;
}

/** What a file of a cgroup said last, and where it was. */
export interface CgroupSetting {
  readonly path: string;
  readonly text: string;
  readonly version: 1 | 2;
}

/** CPU time a cgroup may use in a period. */
export interface Quota {
  /** ns a period; undefined = no limit. */
  readonly quota: number | undefined;
  /** ns. */
  readonly period: number;
  /** ns saved up from periods not used; 0 = none, undefined = not captured. */
  readonly burst: number | undefined;
  /** The limit was another one for part of the capture. */
  readonly changed: boolean;
  readonly setting: CgroupSetting;
}

/** Settings of cgroups: by group, then by file. Hierarchies of version 1 are laid over each other by path. */
export function cgroupSettings(context: Context): ReadonlyMap<string, ReadonlyMap<string, CgroupSetting>> {
  const groups = new Map<string, Map<string, CgroupSetting>>();
  for (const [path, text] of context.derive(settingsRead)) {
    const file = cgroupFile(path);
    if (file === undefined) continue;
    let own = groups.get(file.cgroup);
    if (own === undefined) {
      own = new Map();
      groups.set(file.cgroup, own);
    }
    own.set(file.file, { path, text: text.trim(), version: file.version });
  }
  return groups;
}

export function cgroupSetting(context: Context, cgroup: string, file: string): CgroupSetting | undefined {
  return context.derive(cgroupSettings).get(cgroup)?.get(file);
}

/** Group, its parent, and so on up to the root, which has no limits of its own. */
export function withParents(cgroup: string): readonly string[] {
  const found: string[] = [];
  for (let each: string | undefined = cgroup; each !== undefined; each = parentCgroup(each)) found.push(each);
  return found;
}

const DEFAULT_PERIOD = 100_000;

/** cpu.max of version 2, cpu.cfs_quota_us and cpu.cfs_period_us of version 1. Undefined when not captured. */
export function quotaOf(context: Context, cgroup: string): Quota | undefined {
  const second = cgroupSetting(context, cgroup, 'cpu.max');
  const burst =
    cgroupSetting(context, cgroup, 'cpu.max.burst') ?? cgroupSetting(context, cgroup, 'cpu.cfs_burst_us');
  const saved = burst === undefined ? undefined : Number(burst.text) * 1e3;
  if (second !== undefined) {
    const [, quota, period] = /^(max|\d+)(?:\s+(\d+))?$/.exec(second.text) ?? [];
    if (quota === undefined) return undefined;
    return {
      quota: quota === 'max' ? undefined : Number(quota) * 1e3,
      period: Number(period ?? DEFAULT_PERIOD) * 1e3,
      burst: saved,
      changed: context.derive(settingsChanged).has(second.path),
      setting: second,
    };
  }
  const first = cgroupSetting(context, cgroup, 'cpu.cfs_quota_us');
  if (first === undefined || !/^-?\d+$/.test(first.text)) return undefined;
  const length = cgroupSetting(context, cgroup, 'cpu.cfs_period_us');
  const period = Number(length?.text ?? DEFAULT_PERIOD);
  const changed = context.derive(settingsChanged);
  return {
    quota: Number(first.text) < 0 ? undefined : Number(first.text) * 1e3,
    period: period * 1e3,
    burst: saved,
    changed: changed.has(first.path) || (length !== undefined && changed.has(length.path)),
    setting: first,
  };
}

/** CPUs online; NaN when nothing tells. */
export function onlineCpus(context: Context): number {
  const online = context.derive(settingsRead).get('/sys/devices/system/cpu/online');
  const listed = online === undefined ? undefined : cpusInList(online)?.length;
  return listed || lastValue(readingsOf(context, 'cpus'));
}

/** CPUs a group may run on: the smallest cpuset up to the root, and what is online. NaN when nothing tells. */
export function cpusAllowed(
  context: Context,
  cgroup: string,
): { readonly cpus: number; readonly why: string } {
  let found = { cpus: onlineCpus(context), why: 'CPUs online' };
  for (const group of withParents(cgroup)) {
    for (const file of ['cpuset.cpus.effective', 'cpuset.effective_cpus', 'cpuset.cpus']) {
      const text = cgroupSetting(context, group, file)?.text;
      const many = text === undefined ? undefined : cpusInList(text)?.length;
      // An empty list asks for nothing: the parent's CPUs.
      if (many === undefined || many === 0) continue;
      if (!(many >= found.cpus)) found = { cpus: many, why: `${file} of ${group}` };
      break;
    }
  }
  return found;
}
