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

/** Context switches and allowed CPUs of one thread (of /proc/PID/status: of the main thread alone), and resident memory of a process. */
export const processStatus: KernelFile = {
  id: '/proc/PID/status, /proc/PID/task/TID/status',
  path: /^\/proc\/\d+\/(?:task\/\d+\/)?status$/,
  content: (text) => /^(?:non)?voluntary_ctxt_switches:\s+\d+$/m.test(text),
  read(text, out) {
    const pid = /^Pid:\s+(\d+)$/m.exec(text)?.[1] ?? '';
    const of = threadOfPath(out.path) ?? { kind: 'thread', name: `${pid}/${pid}` };
    if (of.name === '/') {
      out.skip();
      return;
    }
    for (const name of [threadCpu.voluntary, threadCpu.involuntary]) {
      const value = new RegExp(`^${name}:\\s+(\\d+)$`, 'm').exec(text)?.[1];
      if (value !== undefined) out.cumulative(name, 'count', Number(value), of);
    }
    const [process, thread] = of.name.split('/');
    const path = process === thread ? `/proc/${process}` : `/proc/${process}/task/${thread}`;
    const allowed = /^Cpus_allowed_list:\s+([\d,-]+)$/m.exec(text)?.[1];
    // Of a process the list of knobs files it, where the path is known.
    if (allowed !== undefined && !/^\/proc\/\d+\/status$/.test(out.path))
      out.setting(allowed, `${path}/status`);
    const mems = /^Mems_allowed_list:\s+([\d,-]+)$/m.exec(text)?.[1];
    if (mems !== undefined) out.setting(mems, `${path}/status Mems_allowed_list`);
    const comm = /^Name:\t(.*)$/m.exec(text)?.[1];
    if (comm !== undefined) out.setting(comm, `${path}/comm`);
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
  id: '/proc/self/cgroup, /proc/PID/cgroup, /proc/PID/task/TID/cgroup',
  path: /^\/proc\/(?:self|\d+\/task\/\d+|\d+)\/cgroup$/,
  content: (text) => /^\d+:[^:\n]*:\/.*\n/.test(text),
  read(text, out) {
    if (out.path !== '') out.setting(text.trim());
    else out.skip();
  },
};
