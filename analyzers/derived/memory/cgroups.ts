import { printedGroup } from '../../../model/group-series.ts';
import { memorySeries } from '../../../model/memory-series.ts';
import type { Context } from '../../context.ts';
import { groupsRead } from '../cgroup/groups.ts';
import { gaugeOf, printedLimit } from '../cgroup/printed.ts';
import { increaseOf, rateOf } from '../counters/increase.ts';
import { lastValue, readingsOf } from '../counters/readings.ts';
import { fullestMoment, type MemoryMoment } from './cgroup-moment.ts';
import { stalledOf } from './pressure.ts';

/** Memory of one control group; bytes, NaN = not read. */
export interface MemoryCgroup {
  readonly cgroup: string;
  readonly usage: number;
  readonly peak: number;
  /** Copies of the usage. */
  readonly n: number;
  /** NaN also where there is none. */
  readonly max: number;
  readonly high: number;
  readonly anon: number;
  readonly file: number;
  /** Kernel memory and the batches of CPUs: usage − anon − file. */
  readonly slack: number;
  /** Usage without inactive page cache, as cAdvisor and the kubelet count it. */
  readonly workingSet: number;
  /** What reclaim without swap cannot free. */
  readonly unreclaimable: number;
  readonly events: MemoryEvents;
  /** Bytes of file and of anonymous pages that came back soon after they were reclaimed, within the capture. */
  readonly refaultFile: number;
  readonly refaultAnon: number;
  /** Page faults that had to read a device, a second; NaN without two copies with times. */
  readonly majorFaults: number;
  /** The copy at which it used most. */
  readonly fullest: MemoryMoment | undefined;
  /** Shares of the time; the larger of the totals' and of the kernel's average of ten seconds. */
  readonly full: number;
  readonly some: number;
}

/** Counts at the last copy since the group was made; `gained` within the capture, NaN with one copy. */
export interface MemoryEvents {
  readonly max: number;
  readonly high: number;
  readonly kills: number;
  readonly gained: { readonly max: number; readonly high: number; readonly kills: number };
}

const PAGE = 4096;

/** Every control group whose use of memory was read, from its files or as tools printed it. */
export function memoryCgroups(context: Context): readonly MemoryCgroup[] {
  return context.derive(groupsRead).flatMap((cgroup) => {
    const read = (name: string) => readingsOf(context, name, 'cgroup', cgroup);
    const last = (name: string) => lastValue(read(name));
    const stat = (key: string) => last(memorySeries.stat(key));
    const usages = read(memorySeries.usage) ?? read(printedGroup.memory);
    const sets = read(printedGroup.workingSet);
    const known = usages ?? sets;
    if (known === undefined) return [];
    const usage = lastValue(usages);
    const peak = Math.max(last(memorySeries.peak) || 0, gaugeOf(usages)?.most ?? 0) || Number.NaN;
    const gained = (name: string) => increaseOf(read(name))?.value ?? Number.NaN;
    const [anon, file] = [stat('anon'), stat('file')];
    const limit = last(memorySeries.limit('max'));
    const own = Number.isNaN(limit) ? printedLimit(context, cgroup) : limit;
    const above = last(memorySeries.limit('hierarchical'));
    const event = { max: memorySeries.event('max'), high: memorySeries.event('high') };
    const kills = memorySeries.event('oom_kill');
    const refault = (key: string) =>
      (gained(memorySeries.stat(`workingset_refault_${key}`)) ||
        (key === 'file' ? gained(memorySeries.stat('workingset_refault')) : 0) ||
        0) * PAGE;
    return [
      {
        cgroup,
        usage,
        peak,
        n: known.values.length,
        max: Number.isNaN(own) ? above : Number.isNaN(above) ? own : Math.min(own, above),
        high: last(memorySeries.limit('high')),
        anon,
        file,
        slack: usage - anon - file,
        workingSet: usages === undefined ? lastValue(sets) : Math.max(0, usage - stat('inactive_file')),
        // Version 1 tells neither slabs nor stacks: anonymous memory and what is locked remain.
        unreclaimable:
          anon +
          (stat('unevictable') || 0) +
          (stat('shmem') || 0) +
          (stat('slab_unreclaimable') || 0) +
          (stat('kernel_stack') || 0) +
          (stat('pagetables') || 0),
        events: {
          max: last(event.max),
          high: last(event.high),
          kills: last(kills),
          gained: { max: gained(event.max), high: gained(event.high), kills: gained(kills) },
        },
        refaultFile: refault('file'),
        refaultAnon: refault('anon'),
        majorFaults: rateOf(read(memorySeries.stat('pgmajfault')))?.value ?? Number.NaN,
        fullest: fullestMoment(context, cgroup),
        full: stalled(context, 'full', cgroup),
        some: stalled(context, 'some', cgroup),
      },
    ];
  });
}

function stalled(context: Context, tasks: 'some' | 'full', cgroup: string): number {
  const found = stalledOf(context, 'memory', tasks, cgroup);
  if (found === undefined) return Number.NaN;
  const known = [found.share, found.avg10].filter((share) => Number.isFinite(share));
  return known.length === 0 ? Number.NaN : Math.max(...known);
}
