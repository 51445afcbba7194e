import { threadCpu } from '../../../model/cpu-series.ts';
import type { KernelFile } from './kernel-file.ts';
import { threadOfPath } from './task-of-path.ts';

/** ns one thread ran, ns it waited for a CPU, and how often it ran (Documentation/scheduler/sched-stats.rst). Of /proc/PID: of the main thread alone. */
export const processSchedstat: KernelFile = {
  id: '/proc/PID/schedstat, /proc/PID/task/TID/schedstat',
  path: /^\/proc\/\d+\/(?:task\/\d+\/)?schedstat$/,
  read(text, out) {
    const [, run, wait, slices] = /^(\d+) (\d+) (\d+)\s*$/.exec(text) ?? [];
    const of = threadOfPath(out.path);
    if (run === undefined || of === undefined) {
      out.skip();
      return;
    }
    out.cumulative(threadCpu.run, 'ns', Number(run), of);
    out.cumulative(threadCpu.wait, 'ns', Number(wait), of);
    out.cumulative(threadCpu.slices, 'count', Number(slices), of);
  },
};
