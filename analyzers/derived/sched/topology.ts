import { decodeString } from '../../../model/strings.ts';
import type { Context } from '../../context.ts';
import { cpusInList } from '../cpu-list.ts';
import { settingsRead } from '../settings.ts';

/** How far apart two CPUs are, nearest first. `same cache`: the last level they share. */
export const distances = [
  'same core',
  'same cache',
  'same socket',
  'same node',
  'other socket',
  'other node',
] as const;
export type Distance = (typeof distances)[number] | 'not known';

/**
 * CPUs by core, last-level cache, socket and NUMA node: from copies of /sys/devices/system/cpu/cpu*`/topology`,
 * `cache` and /sys/devices/system/node, else from what perf script -I prints before the samples (`sibling threads`,
 * `sibling sockets`, `node0 cpu list`).
 */
export interface Topology {
  /** Anything beyond the number of CPUs was told. */
  readonly known: boolean;
  distance(from: number, to: number): Distance;
  /** All threads of the core of a CPU, itself included; undefined when the capture does not tell. */
  coreOf(cpu: number): readonly number[] | undefined;
}

/** What captures topology, caches and nodes in one go. */
export const captureTopology =
  'grep -sH . /sys/devices/system/cpu/{online,isolated} /sys/devices/system/cpu/cpu*/topology/{core_id,physical_package_id,thread_siblings_list} /sys/devices/system/cpu/cpu*/cache/index*/{level,type,shared_cpu_list} /sys/devices/system/node/node*/cpulist > topology.txt';

/** Groups of CPUs of one sort: CPU → key of the group. */
type Grouping = Map<number, string>;

interface Groupings {
  readonly core: Grouping;
  readonly cache: Grouping;
  readonly socket: Grouping;
  readonly node: Grouping;
}

export function topology(context: Context): Topology {
  const found: Groupings = { core: new Map(), cache: new Map(), socket: new Map(), node: new Map() };
  fromHeader(context, found);
  fromSys(context, found);
  const { core, cache, socket, node } = found;
  const cores = new Map<string, number[]>();
  for (const [cpu, key] of core)
    cores.set(
      key,
      [...(cores.get(key) ?? []), cpu].sort((a, b) => a - b),
    );
  return {
    known: socket.size + node.size + cache.size + core.size > 1,
    coreOf: (cpu) => cores.get(core.get(cpu) ?? ''),
    distance(from, to) {
      const both = (group: Grouping): boolean => group.has(from) && group.has(to);
      const same = (group: Grouping): boolean => group.has(from) && group.get(from) === group.get(to);
      if (from === to || same(core)) return 'same core';
      if (same(cache)) return 'same cache';
      if (same(socket)) return 'same socket';
      if (same(node)) return 'same node';
      if (both(node)) return 'other node';
      return both(socket) ? 'other socket' : 'not known';
    },
  };
}

/** `sibling sockets : 0-3` and its like: a line a group. */
function fromHeader({ trace }: Context, into: Groupings): void {
  const { facts } = trace.tables;
  for (let row = 0; row < facts.length; row++) {
    const key = decodeString(trace.strings, facts.columns.key[row] as number);
    const group = /^sibling threads$/.test(key)
      ? into.core
      : /^sibling (?:sockets|cores|dies)$/.test(key)
        ? into.socket
        : /^node\d+ cpu list$/.test(key)
          ? into.node
          : undefined;
    if (group === undefined) continue;
    const value = decodeString(trace.strings, facts.columns.value[row] as number);
    for (const cpu of cpusInList(value) ?? []) group.set(cpu, `header ${row}`);
  }
}

const topologyFile =
  /^\/sys\/devices\/system\/cpu\/cpu(\d+)\/topology\/(thread_siblings_list|core_cpus_list|physical_package_id|core_siblings_list|package_cpus_list)$/;
const cacheFile = /^\/sys\/devices\/system\/cpu\/cpu(\d+)\/cache\/(index\d+)\/(level|type|shared_cpu_list)$/;
const nodeFile = /^\/sys\/devices\/system\/node\/(node\d+)\/cpulist$/;

/** Files of sysfs (Documentation/ABI/stable/sysfs-devices-system-cpu); they outweigh a header. */
function fromSys(context: Context, { core, cache, socket, node }: Groupings): void {
  const caches = new Map<string, Map<string, string>>();
  for (const [path, text] of context.derive(settingsRead)) {
    const value = text.trim();
    const [, cpu = '', file = ''] = topologyFile.exec(path) ?? [];
    if (file === 'thread_siblings_list' || file === 'core_cpus_list') core.set(Number(cpu), `sys ${value}`);
    // A package id of −1 says that firmware told none.
    else if (file === 'physical_package_id' && value !== '-1') socket.set(Number(cpu), `sys ${value}`);
    else if (file !== '' && !context.derive(settingsRead).has(packageIdOf(cpu)))
      socket.set(Number(cpu), `sys ${value}`);
    const [, of = '', index = '', what = ''] = cacheFile.exec(path) ?? [];
    if (what !== '') {
      const key = `${of} ${index}`;
      caches.set(key, (caches.get(key) ?? new Map<string, string>()).set(what, value));
    }
    const name = nodeFile.exec(path)?.[1];
    if (name !== undefined) for (const each of cpusInList(value) ?? []) node.set(each, `sys ${name}`);
  }
  const highest = new Map<number, number>();
  for (const [key, files] of caches) {
    const [of = '', index = ''] = key.split(' ');
    const shared = files.get('shared_cpu_list');
    const level = Number(files.get('level') ?? index.slice('index'.length));
    if (shared === undefined || files.get('type') === 'Instruction') continue;
    if (level <= (highest.get(Number(of)) ?? -1)) continue;
    highest.set(Number(of), level);
    cache.set(Number(of), `sys ${shared}`);
  }
}

const packageIdOf = (cpu: string): string => `/sys/devices/system/cpu/cpu${cpu}/topology/physical_package_id`;
