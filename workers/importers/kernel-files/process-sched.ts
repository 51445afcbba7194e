import { threadCpu } from '../../../model/cpu-series.ts';
import type { KernelFile } from './kernel-file.ts';
import { threadOfPath } from './task-of-path.ts';

/** Keys of kernels from 2.6.24 on, without their `se.` and `se.statistics.`; what they are filed as. */
const keys: Readonly<Record<string, readonly [name: string, unit: string, scale: number, grows: boolean]>> = {
  sum_exec_runtime: [threadCpu.exec, 'ns', 1e6, true],
  vruntime: [threadCpu.vruntime, 'ns', 1e6, false],
  'load.weight': [threadCpu.weight, 'count', 1, false],
  slice: [threadCpu.slice, 'ns', 1, false],
  wait_sum: [threadCpu.waitSum, 'ns', 1e6, true],
  nr_migrations: [threadCpu.migrations, 'count', 1, true],
  nr_switches: [threadCpu.switches, 'count', 1, true],
  policy: [threadCpu.policy, 'count', 1, false],
  prio: [threadCpu.priority, 'count', 1, false],
};
/** Nice 0 is 1024; 64-bit kernels print it times 1024 (SCHED_FIXEDPOINT_SHIFT). No weight beyond 88761 exists unscaled. */
const LARGEST_WEIGHT = 88_761;

/** What the scheduler knows of one thread: /proc/PID/sched, with CONFIG_SCHED_DEBUG; times in ms with six decimals. */
export const processSched: KernelFile = {
  id: '/proc/PID/sched, /proc/PID/task/TID/sched',
  path: /^\/proc\/\d+\/(?:task\/\d+\/)?sched$/,
  content: (text) => /^[\s\S]{1,64} \(\d+, #threads: \d+\)\n-+\n/.test(text),
  read(text, out) {
    const pid = /\((\d+), #threads: \d+\)\n-+$/m.exec(text)?.[1];
    if (pid === undefined) {
      out.skip();
      return;
    }
    const of = threadOfPath(out.path) ?? { kind: 'thread', name: `${pid}/${pid}` };
    for (const line of text.split('\n')) {
      const [, key = '', value = ''] =
        /^(?:se\.)?(?:statistics\.)?([\w.]+)\s*:\s*(-?[\d.]+)$/.exec(line) ?? [];
      const known = keys[key];
      if (known === undefined) continue;
      const [name, unit, scale, grows] = known;
      let number = Number(value) * scale;
      if (name === threadCpu.weight && number > LARGEST_WEIGHT) number /= 1024;
      // Only times of ms are rounded to the ns they stand for.
      if (scale > 1) number = Math.round(number);
      if (grows) out.cumulative(name, unit, number, of);
      else out.gauge(name, unit, number, of);
    }
  },
};
