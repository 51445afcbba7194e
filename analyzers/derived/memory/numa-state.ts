import {
  groupOnNodeName,
  NODE,
  numaMapsName,
  numastat,
  numastatBytes,
  numastatProcessName,
  vmstat,
} from '../../../model/page-series.ts';
import type { Context } from '../../context.ts';
import { type Increase, increaseOf } from '../counters/increase.ts';
import { allReadings, entitiesOf, lastValue, type Readings, readingsOf } from '../counters/readings.ts';
import { pageSize } from '../page-size.ts';
import { settingsRead } from '../settings.ts';

/** Allocations on one memory node between the copies, pages; of one copy since boot. */
export interface NodeAllocations {
  readonly node: string;
  readonly local: Increase;
  readonly other: Increase;
  readonly hit: Increase;
  readonly miss: Increase;
  /** Since boot: every miss of one node is foreign to another. */
  readonly missTotal: number;
  readonly foreignTotal: number;
  /** There is one copy. */
  readonly sinceBoot: boolean;
}

/** What numastat calls a count, and what the node's own vmstat does. */
const vmstatKeys: Readonly<Record<string, string>> = {
  numa_hit: 'numa_hit',
  numa_miss: 'numa_miss',
  numa_foreign: 'numa_foreign',
  local_node: 'numa_local',
  other_node: 'numa_other',
};

/** Nodes with copies of numastat, or of vmstat of the node, or of what numastat -n printed. */
export function nodeAllocations(context: Context): readonly NodeAllocations[] {
  return entitiesOf(context, NODE).flatMap((node): NodeAllocations[] => {
    const read = (key: string): Readings | undefined =>
      readingsOf(context, numastat(key), NODE, node) ??
      readingsOf(context, vmstat(vmstatKeys[key] ?? key), NODE, node) ??
      inPages(readingsOf(context, numastatBytes(key), NODE, node), context.derive(pageSize));
    const [local, other, hit, miss] = ['local_node', 'other_node', 'numa_hit', 'numa_miss'].map((key) => {
      const readings = read(key);
      return increaseOf(readings) ?? standing(readings);
    });
    if (local === undefined || other === undefined || hit === undefined || miss === undefined) return [];
    return [
      {
        node,
        local,
        other,
        hit,
        miss,
        missTotal: lastValue(read('numa_miss')),
        foreignTotal: lastValue(read('numa_foreign')),
        sinceBoot: read('local_node')?.values.length === 1,
      },
    ];
  });
}

/** What the only reading of a count stands at, since boot. */
function standing(readings: Readings | undefined): Increase | undefined {
  if (readings?.values.length !== 1) return undefined;
  return { value: lastValue(readings), error: 0, duration: Number.NaN, n: 1, resets: 0, wraps: 0, gaps: 0 };
}

/** Whole pages of what was printed in MB. */
function inPages(readings: Readings | undefined, size: number): Readings | undefined {
  if (readings === undefined) return undefined;
  return { ...readings, unit: 'pages', values: readings.values.map((value) => Math.round(value / size)) };
}

/** Where the memory of a control group is: bytes by node, at the last copy of its memory.numa_stat. */
export interface GroupPlacement {
  readonly cgroup: string;
  readonly bytes: ReadonlyMap<string, number>;
}

/** Anonymous memory and page cache of every group; `total` of version 1 has what cannot be reclaimed too. */
export function groupPlacements(context: Context): readonly GroupPlacement[] {
  return entitiesOf(context, 'cgroup').flatMap((cgroup): GroupPlacement[] => {
    const own = [...(context.derive(allReadings).get('cgroup')?.get(cgroup)?.values() ?? [])].flatMap(
      (readings) => {
        const [, key = '', node = ''] = groupOnNodeName.exec(readings.name) ?? [];
        return key === '' ? [] : [{ key, node, readings }];
      },
    );
    const wanted = own.some(({ key }) => key === 'total') ? ['total'] : ['anon', 'file'];
    const bytes = new Map<string, number>();
    for (const { key, node, readings } of own) {
      if (!wanted.includes(key)) continue;
      const scale = readings.unit === 'pages' ? context.derive(pageSize) : 1;
      bytes.set(node, (bytes.get(node) ?? 0) + lastValue(readings) * scale);
    }
    return bytes.size === 0 ? [] : [{ cgroup, bytes }];
  });
}

/** Where the memory of a process is, by policy and node, at its last numa_maps. */
export interface Placement {
  readonly pid: string;
  /** Entries of numa_maps, or kinds of memory numastat -p tells apart. */
  readonly mappings: number;
  /** Bytes by node, all policies. */
  readonly bytes: ReadonlyMap<string, number>;
  /** Bytes by policy; empty where numastat -p told the placement, which tells none. */
  readonly policies: ReadonlyMap<string, number>;
}

export function placements(context: Context): readonly Placement[] {
  return entitiesOf(context, 'process').flatMap((pid): readonly Placement[] => {
    const own = [...(context.derive(allReadings).get('process')?.get(pid)?.values() ?? [])].flatMap(
      (readings) => {
        const found = numaMapsName.exec(readings.name);
        return found === null ? [] : [{ node: found[1] ?? '', policy: found[2] ?? '', readings }];
      },
    );
    if (own.length === 0) return printedPlacement(context, pid);
    const latest = Math.max(...own.map(({ readings }) => readings.times.at(-1) ?? Number.NaN));
    const bytes = new Map<string, number>();
    const policies = new Map<string, number>();
    let mappings = 0;
    for (const { node, policy, readings } of own) {
      readings.values.forEach((value, i) => {
        // A reading for each mapping: those of one moment belong together.
        if (!Number.isNaN(latest) && readings.times[i] !== latest) return;
        mappings++;
        bytes.set(node, (bytes.get(node) ?? 0) + value);
        policies.set(policy, (policies.get(policy) ?? 0) + value);
      });
    }
    return [{ pid, mappings, bytes, policies }];
  });
}

/** What numastat -p printed last. */
function printedPlacement(context: Context, pid: string): readonly Placement[] {
  const bytes = new Map<string, number>();
  const kinds = new Set<string>();
  for (const readings of context.derive(allReadings).get('process')?.get(pid)?.values() ?? []) {
    const [, node = '', kind = ''] = numastatProcessName.exec(readings.name) ?? [];
    if (kind === '') continue;
    kinds.add(kind);
    bytes.set(node, (bytes.get(node) ?? 0) + lastValue(readings));
  }
  // A table of many processes gives sums: they are not to be added to the parts of another one.
  if (kinds.size > 1 && kinds.has('Total')) {
    bytes.clear();
    for (const readings of context.derive(allReadings).get('process')?.get(pid)?.values() ?? []) {
      const [, node = '', kind = ''] = numastatProcessName.exec(readings.name) ?? [];
      if (kind === 'Total') bytes.set(node, lastValue(readings));
    }
  }
  return bytes.size === 0 ? [] : [{ pid, mappings: kinds.size, bytes, policies: new Map() }];
}

/** Mean distance of the memory from a node's CPUs, 10 = all local; NaN without the node's file `distance`. */
export function meanDistance(context: Context, { bytes }: Placement, cpuNode: string): number {
  const text = context.derive(settingsRead).get(`/sys/devices/system/node/node${cpuNode}/distance`);
  if (text === undefined) return Number.NaN;
  const distances = text.trim().split(/\s+/).map(Number);
  let [weighted, whole] = [0, 0];
  for (const [node, amount] of bytes) {
    weighted += amount * (distances[Number(node)] ?? Number.NaN);
    whole += amount;
  }
  return weighted / whole;
}

/** Bytes under a policy somebody set, as a share: such memory is left alone by automatic balancing. */
export function explicitShare(found: readonly Placement[]): number {
  let [explicit, whole] = [0, 0];
  for (const { policies } of found)
    for (const [policy, amount] of policies) {
      whole += amount;
      if (policy !== 'default') explicit += amount;
    }
  return explicit / whole;
}
