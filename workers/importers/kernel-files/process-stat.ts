import { processCpu, START_TIME } from '../../../model/cpu-series.ts';
import type { Entity, KernelFile } from './kernel-file.ts';
import { taskOfPath } from './task-of-path.ts';

/** Numbers behind the name, from the state on: field 3 of proc_pid_stat(5) is index 0. */
const FIRST_FIELD = 3;
const cumulative: readonly (readonly [name: string, field: number])[] = [
  [processCpu.user, 14],
  [processCpu.system, 15],
  [processCpu.childrenUser, 16],
  [processCpu.childrenSystem, 17],
  [processCpu.guest, 43],
];
const gauges: readonly (readonly [name: string, unit: string, field: number])[] = [
  [processCpu.nice, 'count', 19],
  [processCpu.threads, 'tasks', 20],
  [START_TIME, 'ticks', 22],
  [processCpu.lastCpu, 'count', 39],
];

/**
 * CPU time of a process, or of one thread. A name may hold blanks, brackets and line ends: it goes to the last
 * closing bracket. The file of a process is of all its threads.
 */
export const processStat: KernelFile = {
  id: '/proc/PID/stat, /proc/PID/task/TID/stat',
  path: /^\/proc\/\d+\/(?:task\/\d+\/)?stat$/,
  content: (text) => /^\d+ \([\s\S]{0,64}\) [A-Za-z](?: -?\d+){18,}\s*$/.test(text),
  read(text, out) {
    const open = text.indexOf('(');
    const close = text.lastIndexOf(')');
    const fields = text
      .slice(close + 1)
      .trim()
      .split(/\s+/);
    const id = text.slice(0, open).trim();
    if (open < 1 || close < open || !/^\d+$/.test(id) || fields.length < 20) {
      out.skip();
      return;
    }
    const of: Entity = taskOfPath(out.path) ?? { kind: 'process', name: id };
    const field = (number: number): string | undefined => fields[number - FIRST_FIELD];
    for (const [name, at] of cumulative) {
      // Kernels before 2.6.24 end earlier.
      if (field(at) !== undefined) out.cumulative(name, 'ticks', Number(field(at)), of);
    }
    for (const [name, unit, at] of gauges) {
      if (field(at) !== undefined) out.gauge(name, unit, Number(field(at)), of);
    }
    out.gauge(processCpu.runnable, 'tasks', field(3) === 'R' ? 1 : 0, of);
    out.setting(text.slice(open + 1, close), `/proc/${of.name.replace('/', '/task/')}/comm`);
  },
};
