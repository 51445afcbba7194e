import { memorySeries } from '../../../model/memory-series.ts';
import type { Context } from '../../context.ts';
import { lastValue, type Readings, readingsOf } from '../counters/readings.ts';
import { pageSize } from '../page-size.ts';

/** What a group's memory was at one copy; bytes, NaN = not read. */
export interface MemoryMoment {
  readonly usage: number;
  readonly anon: number;
  readonly file: number;
  /** usage − anon − file: kernel memory, and what CPUs hold in advance. */
  readonly slack: number;
  /** Kernel memory as the group tells it (version 2 since 5.18, version 1 memory.kmem). */
  readonly kernel: number;
  /** What CPUs can hold in advance at the most: 64 pages each (MEMCG_CHARGE_BATCH). NaN where CPUs were not counted. */
  readonly stock: number;
  /** Usage without inactive page cache, as cAdvisor and the kubelet count it. */
  readonly workingSet: number;
  /** What reclaim cannot free without swap. */
  readonly unreclaimable: number;
}

const BATCH_PAGES = 64;

/**
 * The copy at which the group used most: at the last one a program may be gone. Files of one copy are taken moments apart,
 * so that parts need not add up to the whole.
 */
export function fullestMoment(context: Context, cgroup: string): MemoryMoment | undefined {
  const read = (name: string): Readings | undefined => readingsOf(context, name, 'cgroup', cgroup);
  const usages = read(memorySeries.usage);
  if (usages === undefined) return undefined;
  const at = usages.values.indexOf(Math.max(...usages.values));
  const stat = (key: string): number => valueBeside(usages, at, read(memorySeries.stat(key)));
  const usage = usages.values[at] as number;
  const [anon, file] = [stat('anon'), stat('file')];
  // Memory that is shared or a file of tmpfs has nowhere to go without swap.
  const swap = lastValue(readingsOf(context, memorySeries.meminfo('SwapTotal')));
  const ownSwap = lastValue(read(memorySeries.limit('swap')));
  const stays = swap === 0 || ownSwap === 0 || Number.isNaN(swap);
  const parts =
    anon +
    (stat('unevictable') || 0) +
    (stays ? stat('shmem') || 0 : 0) +
    // Version 1 tells neither slabs nor stacks.
    (stat('slab_unreclaimable') || 0) +
    (stat('kernel_stack') || 0) +
    (stat('pagetables') || 0);
  return {
    usage,
    anon,
    file,
    slack: usage - anon - file,
    kernel: stat('kernel'),
    stock: BATCH_PAGES * context.derive(pageSize) * lastValue(readingsOf(context, 'cpus')),
    workingSet: Math.max(0, usage - stat('inactive_file')),
    // Locked anonymous memory is in two of the parts.
    unreclaimable: Math.min(parts, Math.max(usage, anon)),
  };
}

/** The value read at the same moment; without times, the reading of the same rank, else the last. */
function valueBeside(usages: Readings, at: number, other: Readings | undefined): number {
  if (other === undefined) return Number.NaN;
  const time = usages.times[at] as number;
  if (!Number.isNaN(time)) {
    const same = other.times.indexOf(time);
    return same < 0 ? Number.NaN : (other.values[same] as number);
  }
  return other.values.length === usages.values.length ? (other.values[at] as number) : lastValue(other);
}
