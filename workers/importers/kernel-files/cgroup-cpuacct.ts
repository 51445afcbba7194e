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
