import { processCpu, threadCpu } from '../../../model/cpu-series.ts';
import type { Context } from '../../context.ts';
import { increaseOf } from '../counters/increase.ts';
import { entitiesOf, readingsOf } from '../counters/readings.ts';
import { processRestarts } from '../counters/restarts.ts';
import { settingsRead } from '../settings.ts';
import { cgroupSettings } from './limits.ts';

/** Cgroups by process id, as far as /proc/PID/cgroup and cgroup.procs tell: the one whose CPU time counts. */
export function cgroupsOfProcesses(context: Context): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [group, files] of context.derive(cgroupSettings)) {
    for (const pid of (files.get('cgroup.procs')?.text ?? '').split(' '))
      if (pid !== '' && !found.has(pid)) found.set(pid, group);
  }
  for (const [path, text] of context.derive(settingsRead)) {
    const pid = /^\/proc\/(\d+)\/cgroup$/.exec(path)?.[1];
    if (pid === undefined) continue;
    const lines = text.split('\n').map((line) => /^\d+:([^:]*):(.*)$/.exec(line) ?? []);
    const cpu = lines.find(([, controllers]) => controllers?.split(',').includes('cpu'));
    const own = cpu ?? lines.find(([, controllers]) => controllers === '');
    if (own?.[2] !== undefined) found.set(pid, own[2]);
  }
  return found;
}

/** Processes of a group or of a group below it that were captured. */
export function processesIn(context: Context, cgroup: string): readonly string[] {
  const below = cgroup === '/' ? '/' : `${cgroup}/`;
  return [...context.derive(cgroupsOfProcesses)]
    .filter(([, group]) => group === cgroup || group.startsWith(below))
    .map(([pid]) => pid);
}

/**
 * Threads of a group that can have wanted a CPU: all threads of its processes, without those whose own schedstat
 * shows that they did not run at all. Undefined when its processes, or how many threads they have, are not known.
 */
export function busyThreadsIn(context: Context, cgroup: string): number | undefined {
  let threads = 0;
  for (const pid of processesIn(context, cgroup)) {
    const counted = readingsOf(context, processCpu.threads, 'process', pid);
    if (counted === undefined) continue;
    const slept = context.derive(threadsByProcess).get(pid) ?? [];
    const idle = slept.filter((name) => {
      const ran = increaseOf(
        readingsOf(context, threadCpu.run, 'thread', name),
        processRestarts(context, pid),
      );
      return ran !== undefined && ran.value === 0;
    }).length;
    threads += Math.max(0, Math.max(...counted.values) - idle);
  }
  return threads > 0 ? threads : undefined;
}

/** Names `PID/TID` of threads by process id. */
export function threadsByProcess(context: Context): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const name of entitiesOf(context, 'thread')) {
    const pid = name.slice(0, name.indexOf('/'));
    const own = found.get(pid);
    if (own === undefined) found.set(pid, [name]);
    else own.push(name);
  }
  return found;
}
