import { cgroupCpu } from '../../../model/cpu-series.ts';
import type { KernelFile } from './kernel-file.ts';

/** Threads and processes of a cgroup now, and the most there were (Documentation/admin-guide/cgroup-v1/pids.rst). */
export const pidsCurrent: KernelFile = {
  id: 'cgroup pids.current, pids.peak',
  path: /\/pids\.(?:current|peak)$/,
  read(text, out) {
    const name = out.path.endsWith('peak') ? cgroupCpu.pidsPeak : cgroupCpu.pids;
    if (/^\d+\s*$/.test(text)) out.gauge(name, 'tasks', Number(text));
    else out.skip();
  },
};

/** Forks the limit refused. */
export const pidsEvents: KernelFile = {
  id: 'cgroup pids.events',
  path: /\/pids\.events$/,
  read(text, out) {
    const refused = /^max (\d+)$/m.exec(text)?.[1];
    if (refused === undefined) out.skip();
    else out.cumulative(cgroupCpu.pidsRefused, 'count', Number(refused));
  },
};

/** Processes of a cgroup; who is in it is kept as a setting of its path. */
export const cgroupProcs: KernelFile = {
  id: 'cgroup cgroup.procs',
  path: /\/cgroup\.procs$/,
  read(text, out) {
    const pids = text.split('\n').filter((line) => /^\d+$/.test(line));
    out.gauge(cgroupCpu.processes, 'tasks', pids.length);
    out.setting(pids.join(' '));
  },
};
