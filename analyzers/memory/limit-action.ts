import { cgroupFile } from '../../model/cgroup-file.ts';
import type { Action } from '../../model/finding.ts';
import { formatValue } from '../../model/units.ts';
import { raiseContainerMemory } from '../cgroup/container-actions.ts';
import type { Context } from '../context.ts';
import { settingsRead } from '../derived/settings.ts';

const MIB = 2 ** 20;

/** Whether a group's path can stand in a command as it is: names in captures are anybody's. */
export function isHarmlessPath(cgroup: string): boolean {
  return /^(?:\/[\w@:.-]+)+$/.test(cgroup) && !/(?:^|\/)\.\.?(?:\/|$)/.test(cgroup);
}

/** The file of a group's limit as the capture knows it, with what it was set to; else where its version keeps it. */
export function limitFile(
  context: Context,
  cgroup: string,
  version: 1 | 2,
  name: 'max' | 'high' = 'max',
): { readonly path: string; readonly was: string | undefined } {
  const wanted = name === 'high' ? ['memory.high'] : ['memory.max', 'memory.limit_in_bytes'];
  for (const [path, text] of context.derive(settingsRead)) {
    const found = cgroupFile(path);
    if (found?.cgroup === cgroup && wanted.includes(found.file)) return { path, was: text };
  }
  const folder = version === 1 ? `/sys/fs/cgroup/memory${cgroup}` : `/sys/fs/cgroup${cgroup}`;
  const file = version === 1 ? 'memory.limit_in_bytes' : `memory.${name}`;
  return { path: `${folder}/${file}`, was: undefined };
}

/** Raise a limit: bytes it is, bytes proposed (rounded up to MiB). */
export function limitAction(
  context: Context,
  cgroup: string,
  version: 1 | 2,
  limit: number,
  proposed: number,
  name: 'max' | 'high' = 'max',
): Action {
  const container = raiseContainerMemory(cgroup, limit, proposed);
  if (container !== undefined) return container;
  const { path, was } = limitFile(context, cgroup, version, name);
  const value = String(Math.ceil(proposed / MIB) * MIB);
  const before = was !== undefined && /^(?:\d+|max)$/.test(was) ? was : String(limit);
  const unit = /\/([\w@:.-]+\.(?:service|slice|scope))$/.exec(cgroup)?.[1];
  const property = name === 'high' ? 'MemoryHigh' : version === 1 ? 'MemoryLimit' : 'MemoryMax';
  const counter = version === 1 ? 'memory.failcnt' : 'memory.events';
  return {
    text: `Raise the limit to ${formatValue(Number(value), 'bytes')} and measure again (a step of half as much is a heuristic: what the group wants beyond its limit is not in the capture)`,
    run: `echo ${value} > ${path}`,
    undo: `echo ${before} > ${path}`,
    verify: `cat ${path.slice(0, path.lastIndexOf('/'))}/${counter}`,
    ...(unit === undefined ? {} : { persist: `systemctl set-property ${unit} ${property}=${value}` }),
    risk: 'low',
    setting: { path, value, was: before },
  };
}

/** Lets anonymous memory of a group over memory.high go to swap, so that it need not stand still. */
export function addSwap(context: Context, cgroup: string): Action {
  const folder = `/sys/fs/cgroup${cgroup}`;
  const path = `${folder}/memory.swap.max`;
  const was = context.derive(settingsRead).get(path)?.trim() ?? 'max';
  return {
    text: 'Or let the group swap: above memory.high what is anonymous has nowhere to go without it (the host needs a swap area: swapon --show)',
    run: `echo max > ${path}`,
    undo: `echo ${was} > ${path}`,
    verify: `cat ${folder}/memory.swap.current ${folder}/memory.pressure`,
    persist: 'MemorySwapMax=infinity of its unit; a line in /etc/fstab for the swap area',
    risk: 'low',
  };
}
