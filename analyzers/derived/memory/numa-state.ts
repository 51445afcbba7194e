import { NODE, numaMapsName, numastat } from '../../../model/page-series.ts';
import type { Context } from '../../context.ts';
import { type Increase, increaseOf } from '../counters/increase.ts';
import { allReadings, entitiesOf, lastValue, readingsOf } from '../counters/readings.ts';
import { settingsRead } from '../settings.ts';

/** Allocations on one memory node between the copies, pages. */
export interface NodeAllocations {
  readonly node: string;
  readonly local: Increase;
  readonly other: Increase;
  readonly hit: Increase;
  readonly miss: Increase;
  /** Since boot: every miss of one node is foreign to another. */
  readonly missTotal: number;
  readonly foreignTotal: number;
}

/** Nodes with two copies of numastat. */
export function nodeAllocations(context: Context): readonly NodeAllocations[] {
  return entitiesOf(context, NODE).flatMap((node): NodeAllocations[] => {
    const read = (key: string) => readingsOf(context, numastat(key), NODE, node);
    const [local, other, hit, miss] = ['local_node', 'other_node', 'numa_hit', 'numa_miss'].map((key) =>
      increaseOf(read(key)),
    );
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
      },
    ];
  });
}

/** Where the memory of a process is, by policy and node, at its last numa_maps. */
export interface Placement {
  readonly pid: string;
  readonly mappings: number;
  /** Bytes by node, all policies. */
  readonly bytes: ReadonlyMap<string, number>;
  /** Bytes by policy. */
  readonly policies: ReadonlyMap<string, number>;
}

export function placements(context: Context): readonly Placement[] {
  return entitiesOf(context, 'process').flatMap((pid): Placement[] => {
    const own = [...(context.derive(allReadings).get('process')?.get(pid)?.values() ?? [])].flatMap(
      (readings) => {
        const found = numaMapsName.exec(readings.name);
        return found === null ? [] : [{ node: found[1] ?? '', policy: found[2] ?? '', readings }];
      },
    );
    if (own.length === 0) return [];
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
