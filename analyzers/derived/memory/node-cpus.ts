import { processCpu } from '../../../model/cpu-series.ts';
import type { Context } from '../../context.ts';
import { entitiesOf, readingsOf } from '../counters/readings.ts';
import { parseCpuList } from '../cpu-list.ts';
import { settingsRead } from '../settings.ts';

/** CPUs of each memory node, from node*\/cpulist: `1` → CPUs 8 to 15. Nodes of memory alone have none. */
export function nodeCpus(context: Context): ReadonlyMap<string, ReadonlySet<number>> {
  const found = new Map<string, ReadonlySet<number>>();
  for (const [path, text] of context.derive(settingsRead)) {
    const node = /^\/sys\/devices\/system\/node\/node(\d+)\/cpulist$/.exec(path)?.[1];
    const cpus = node === undefined ? undefined : parseCpuList(text);
    if (node !== undefined && cpus !== undefined) found.set(node, cpus);
  }
  return found;
}

/** Nodes a process runs on. */
export interface Home {
  /** Share of the looks by node; adds up to 1. */
  readonly shares: ReadonlyMap<string, number>;
  /** `ran`: seen on these CPUs as stat was read; `may run`: all CPUs it is allowed are of one node. */
  readonly by: 'ran' | 'may run';
  /** Looks: readings of stat, of all threads copied. */
  readonly n: number;
}

/**
 * Where a process runs: the CPU each of its threads last ran on (proc_pid_stat(5), field 39), every copy a look; without
 * them the CPUs it is allowed, where those are of one node. Undefined when neither was read, or cpulist was not.
 */
export function homeOf(context: Context, pid: string): Home | undefined {
  const nodes = context.derive(nodeCpus);
  const nodeOf = (cpu: number): string | undefined => [...nodes].find(([, cpus]) => cpus.has(cpu))?.[0];
  const threads = entitiesOf(context, 'thread').filter((name) => name.startsWith(`${pid}/`));
  const ofThreads = threads.flatMap((name) => looks(context, 'thread', name));
  const seen = (ofThreads.length > 0 ? ofThreads : looks(context, 'process', pid)).flatMap(
    (cpu) => nodeOf(cpu) ?? [],
  );
  if (seen.length > 0) {
    const shares = new Map<string, number>();
    for (const node of seen) shares.set(node, (shares.get(node) ?? 0) + 1 / seen.length);
    return { shares, by: 'ran', n: seen.length };
  }
  const allowed = parseCpuList(context.derive(settingsRead).get(`/proc/${pid}/status`) ?? '');
  const over = new Set([...(allowed ?? [])].map(nodeOf));
  const [only] = over;
  return over.size === 1 && only !== undefined
    ? { shares: new Map([[only, 1]]), by: 'may run', n: 1 }
    : undefined;
}

function looks(context: Context, entity: string, name: string): number[] {
  return [...(readingsOf(context, processCpu.lastCpu, entity, name)?.values ?? [])];
}
