import { FORK_REJECTED } from '../../../model/cpu-series.ts';
import { decodeString } from '../../../model/strings.ts';
import type { Context } from '../../context.ts';

/** The kernel's word that a group was refused a fork: it says so once for each group. */
export interface ForkRejection {
  readonly cgroup: string;
  /** ns of the log's clock; NaN where the line has none. */
  readonly time: number;
}

/** Groups named in the kernel's log, in its order, each once (kernel/cgroup/pids.c). */
export function forkRejections({ trace }: Context): readonly ForkRejection[] {
  const { marks, events } = trace.tables;
  const { event, text, time } = marks.columns;
  const found = new Map<string, ForkRejection>();
  for (let row = 0; row < marks.length; row++) {
    const name = events.columns.name[event[row] as number] ?? 0;
    if (decodeString(trace.strings, name) !== FORK_REJECTED) continue;
    const line = decodeString(trace.strings, text[row] as number);
    const cgroup = /by pids controller in (\/.*)$/.exec(line)?.[1];
    if (cgroup !== undefined && !found.has(cgroup)) found.set(cgroup, { cgroup, time: time[row] as number });
  }
  return [...found.values()];
}
