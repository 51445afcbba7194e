import type { Context } from '../../context.ts';
import { formatCpuList } from '../cpu-list.ts';
import { reservedCpus } from '../net/reserved-cpus.ts';
import { topology } from '../sched/topology.ts';
import { onlineSet } from './allowed-cpus.ts';
import { type BusyThread, busyThreads } from './busy-threads.ts';
import { cpuIdleShares } from './cpu-idle.ts';

/** Heuristics: part of the time a thread wants a CPU from which it counts as busy, and an idle CPU worth telling. */
const BUSY = 0.2;
export const ROOM = 0.2;
/** Wanted beyond this many times what the CPUs have, or used up to this part of it, CPUs are overloaded (heuristics). */
const OVERLOADED = 1.1;
const FULL = 0.9;
/** Looks at a thread on one CPU before it counts as staying there. */
const LOOKS = 3;
/** Part of the time both threads of a core must run together, at least, and another core idle (heuristics). */
const TOGETHER = 0.5;
const IDLE_CORE = 0.8;

const perCpu = /^(?:migration|ksoftirqd|cpuhp|kworker|rcuc|rcuop?|rcuos|irq|idle_inject|watchdog|swapper)\//;

/** By its name: a thread the kernel has for each CPU, which is where it must be. */
export const boundByKernel = (name: string): boolean => perCpu.test(name);

/** Busy threads that have to share CPUs because of what they may run on. */
export interface Overlap {
  readonly kind: 'cpu' | 'core';
  readonly cpus: readonly number[];
  readonly threads: readonly BusyThread[];
  /** At least one thread is known to be pinned; else all were only seen nowhere else. */
  readonly pinned: boolean;
  /** CPUs: run and, where recorded, waited for. */
  readonly wanted: number;
  /** wait / (run + wait) of all threads; NaN = not recorded. */
  readonly waitShare: number;
  /** CPUs outside with room, the idlest first, and how much each idles. */
  readonly free: readonly { readonly cpu: number; readonly idle: number }[];
  /** Whether anything tells how idle CPUs outside are. */
  readonly freeKnown: boolean;
}

/** CPUs a thread is held to: fewer than there are, told by what it may run on, else by where it was at every look. */
export interface Place {
  readonly cpus: ReadonlySet<number>;
  readonly told: boolean;
}

export function placeOf(context: Context, { allowed, seen, looks }: BusyThread): Place | undefined {
  const online = context.derive(onlineSet);
  if (allowed !== undefined)
    return allowed.cpus.size < online.size || (online.size === 0 && allowed.cpus.size === 1)
      ? { cpus: allowed.cpus, told: true }
      : undefined;
  return seen.size === 1 && looks >= LOOKS ? { cpus: new Set(seen.keys()), told: false } : undefined;
}

export const wants = ({ run, wait }: BusyThread): number => run + (Number.isNaN(wait) ? 0 : wait);

/** Busy threads with the place they are held to. */
export function heldThreads(
  context: Context,
): readonly { readonly thread: BusyThread; readonly place: Place }[] {
  return context.derive(busyThreads).flatMap((thread) => {
    const place = placeOf(context, thread);
    return place === undefined || !(wants(thread) >= BUSY) || boundByKernel(thread.label)
      ? []
      : [{ thread, place }];
  });
}

/** Sets of CPUs with more busy threads held to them than they can run, and pairs on one core beside an idle core. */
export function overlaps(context: Context): readonly Overlap[] {
  const shared = cpuOverlaps(context);
  return [...shared, ...coreOverlaps(context, shared)];
}

function cpuOverlaps(context: Context): Overlap[] {
  const held = context.derive(heldThreads);
  const sets = new Map(held.map(({ place }) => [formatCpuList(place.cpus), place.cpus]));
  const found: Overlap[] = [];
  // Smallest first: a larger set is worth telling only for threads that the smaller ones do not explain.
  for (const [, cpus] of [...sets].sort((a, b) => a[1].size - b[1].size || (a[0] < b[0] ? -1 : 1))) {
    const members = held.filter(({ place }) => [...place.cpus].every((cpu) => cpus.has(cpu)));
    const told = new Set(found.flatMap(({ threads }) => threads));
    if (members.every(({ thread }) => told.has(thread))) continue;
    const threads = members.map(({ thread }) => thread);
    const wanted = threads.reduce((sum, thread) => sum + wants(thread), 0);
    const run = threads.reduce((sum, thread) => sum + thread.run, 0);
    const overloaded = wanted >= OVERLOADED * cpus.size || run >= FULL * cpus.size;
    if (threads.length <= cpus.size || !overloaded) continue;
    found.push(
      overlapOf(
        context,
        'cpu',
        [...cpus],
        threads,
        members.some(({ place }) => place.told),
      ),
    );
  }
  return found;
}

/** Threads on different CPUs of one core share its units: less for each than on cores of their own. */
function coreOverlaps(context: Context, shared: readonly Overlap[]): Overlap[] {
  const { coreOf } = context.derive(topology);
  const idle = context.derive(cpuIdleShares);
  const told = new Set(shared.flatMap(({ threads }) => threads));
  const groups = new Map<string, { cpus: readonly number[]; members: BusyThread[] }>();
  for (const { thread, place } of context.derive(heldThreads)) {
    const [first] = place.cpus;
    const core = first === undefined ? undefined : coreOf(first);
    if (core === undefined || core.length < 2 || !place.told || told.has(thread) || thread.run < TOGETHER)
      continue;
    if (![...place.cpus].every((cpu) => core.includes(cpu))) continue;
    const key = core.join();
    const group = groups.get(key) ?? { cpus: core, members: [] };
    group.members.push(thread);
    groups.set(key, group);
  }
  return [...groups.values()].flatMap(({ cpus, members }) => {
    if (members.length < 2) return [];
    const overlap = overlapOf(context, 'core', cpus, members, true);
    const free = overlap.free.filter(({ cpu }) =>
      (coreOf(cpu) ?? []).every((each) => (idle.get(each) ?? 0) >= IDLE_CORE),
    );
    return free.length === 0 ? [] : [{ ...overlap, free }];
  });
}

function overlapOf(
  context: Context,
  kind: Overlap['kind'],
  cpus: readonly number[],
  threads: readonly BusyThread[],
  pinned: boolean,
): Overlap {
  const idle = context.derive(cpuIdleShares);
  const reserved = context.derive(reservedCpus);
  const outside = [...context.derive(onlineSet)].filter(
    (cpu) => !cpus.includes(cpu) && reserved.get(String(cpu)) === undefined,
  );
  const run = threads.reduce((sum, thread) => sum + thread.run, 0);
  const wait = threads.reduce((sum, thread) => sum + thread.wait, 0);
  return {
    kind,
    cpus,
    threads: [...threads].sort((a, b) => wants(b) - wants(a) || a.tid - b.tid),
    pinned,
    wanted: threads.reduce((sum, thread) => sum + wants(thread), 0),
    waitShare: wait / (run + wait),
    free: outside
      .map((cpu) => ({ cpu, idle: idle.get(cpu) ?? Number.NaN }))
      .filter((each) => each.idle >= ROOM)
      .sort((a, b) => b.idle - a.idle || a.cpu - b.cpu),
    freeKnown: context.derive(onlineSet).size > 0 && outside.every((cpu) => idle.has(cpu)),
  };
}
