import type { Context } from '../../context.ts';
import { idleShareOf } from '../cpu-time/process-usage.ts';
import { coverage } from '../sched/coverage.ts';
import { timeline } from '../sched/timeline.ts';
import { runsByCpu } from '../sched/waits.ts';
import { onlineSet } from './allowed-cpus.ts';

/** Share of the time each CPU idled: of switches where there are any, else of copies of /proc/stat. CPUs nothing tells of are missing. */
export function cpuIdleShares(context: Context): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  const { used, cpus } = context.derive(coverage);
  if (used.length > 0) {
    const { start, end } = context.derive(timeline).intervals.columns;
    const runs = context.derive(runsByCpu);
    for (const cpu of cpus) {
      const covered = used
        .filter((each) => each.cpu === cpu)
        .flatMap(({ windows }) => windows)
        .reduce((sum, window) => sum + window.end - window.start, 0);
      let busy = 0;
      for (const row of runs.get(cpu) ?? []) busy += (end[row] as number) - (start[row] as number);
      if (covered > 0) found.set(cpu, Math.max(0, 1 - busy / covered));
    }
    return found;
  }
  for (const cpu of context.derive(onlineSet)) {
    const share = idleShareOf(context, [cpu]);
    if (Number.isFinite(share)) found.set(cpu, share);
  }
  return found;
}
