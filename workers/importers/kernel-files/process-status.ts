import { threadCpu } from '../../../model/cpu-series.ts';
import { memorySeries } from '../../../model/memory-series.ts';
import type { KernelFile } from './kernel-file.ts';
import { taskOfPath, threadOfPath } from './task-of-path.ts';

const KIB = 1024;
/** Memory of the process, which all its threads share; kernel threads have none. */
const amounts = [
  ['VmRSS', memorySeries.resident],
  ['VmHWM', memorySeries.residentPeak],
] as const;

/** Context switches of one thread (of /proc/PID/status: of the main thread alone), and resident memory of a process. */
export const processStatus: KernelFile = {
  id: '/proc/PID/status, /proc/PID/task/TID/status',
  path: /^\/proc\/\d+\/(?:task\/\d+\/)?status$/,
  content: (text) => /^(?:non)?voluntary_ctxt_switches:\s+\d+$/m.test(text),
  read(text, out) {
    const pid = /^Pid:\s+(\d+)$/m.exec(text)?.[1] ?? '';
    const of = threadOfPath(out.path) ?? { kind: 'thread', name: `${pid}/${pid}` };
    for (const name of [threadCpu.voluntary, threadCpu.involuntary]) {
      const value = new RegExp(`^${name}:\\s+(\\d+)$`, 'm').exec(text)?.[1];
      if (value !== undefined) out.cumulative(name, 'count', Number(value), of);
    }
    const whole = taskOfPath(out.path) ?? { kind: 'process', name: pid };
    if (whole.kind !== 'process') return;
    for (const [key, name] of amounts) {
      const value = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
      if (value !== undefined) out.gauge(name, 'bytes', Number(value) * KIB, whole);
    }
  },
};

/** The cgroups a process is in, a hierarchy a line: kept as the text it is. */
export const processCgroup: KernelFile = {
  id: '/proc/PID/cgroup',
  path: /^\/proc\/\d+\/cgroup$/,
  content: (text) => /^\d+:[^:\n]*:\/.*\n/.test(text),
  read(text, out) {
    if (out.path !== '') out.setting(text.trim());
    else out.skip();
  },
};
