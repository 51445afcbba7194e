import { cgroupCpu } from '../../../model/cpu-series.ts';
import type { KernelFile } from './kernel-file.ts';

/** CPU time of a cgroup of version 1, ns (Documentation/admin-guide/cgroup-v1/cpuacct.rst). */
export const cpuacctUsage: KernelFile = {
  id: 'cgroup cpuacct.usage',
  path: /\/cpuacct\.usage$/,
  read(text, out) {
    if (/^\d+\s*$/.test(text)) out.cumulative(cgroupCpu.accountedUsage, 'ns', Number(text));
    else out.skip();
  },
};

/** The same by mode, ticks of USER_HZ. */
export const cpuacctStat: KernelFile = {
  id: 'cgroup cpuacct.stat',
  path: /\/cpuacct\.stat$/,
  read(text, out) {
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const [, mode, ticks] = /^(user|system) (\d+)$/.exec(line) ?? [];
      if (mode === undefined) out.skip();
      else {
        const name = mode === 'user' ? cgroupCpu.accountedUser : cgroupCpu.accountedSystem;
        out.cumulative(name, 'ticks', Number(ticks));
      }
    }
  },
};

/** The same by CPU, ns: numbers in a line, or a row a CPU below a head. CPUs that are possible, online or not. */
export const cpuacctByCpu: KernelFile = {
  id: 'cgroup cpuacct.usage_percpu, cpuacct.usage_all',
  path: /\/cpuacct\.usage_(?:percpu|all)$/,
  read(text, out) {
    if (out.path.endsWith('percpu')) {
      const values = text.trim().split(/\s+/);
      values.forEach((value, cpu) => {
        out.cumulative(`cpuacct.usage_percpu ${cpu}`, 'ns', value === '' ? Number.NaN : Number(value));
      });
      return;
    }
    for (const line of text.split('\n').slice(1)) {
      if (line === '') continue;
      const [, cpu, user, system] = /^(\d+) (\d+) (\d+)$/.exec(line) ?? [];
      if (cpu === undefined) out.skip();
      else {
        out.cumulative(`cpuacct.usage_all ${cpu} user`, 'ns', Number(user));
        out.cumulative(`cpuacct.usage_all ${cpu} system`, 'ns', Number(system));
      }
    }
  },
};
