import { cgroupCpu } from '../../../model/cpu-series.ts';
import type { KernelFile } from './kernel-file.ts';

/** Keys of both versions: what they are filed as, and how many ns one is. */
const times: Readonly<Record<string, readonly [name: string, ns: number]>> = {
  usage_usec: [cgroupCpu.usage, 1e3],
  user_usec: [cgroupCpu.user, 1e3],
  system_usec: [cgroupCpu.system, 1e3],
  nice_usec: [cgroupCpu.nice, 1e3],
  throttled_usec: [cgroupCpu.throttled, 1e3],
  burst_usec: [cgroupCpu.burstTime, 1e3],
  'core_sched.force_idle_usec': [cgroupCpu.forcedIdle, 1e3],
  throttled_time: [cgroupCpu.throttled, 1],
  burst_time: [cgroupCpu.burstTime, 1],
};
const counts: Readonly<Record<string, string>> = {
  nr_periods: cgroupCpu.periods,
  nr_throttled: cgroupCpu.throttledPeriods,
  nr_bursts: cgroupCpu.bursts,
};
const unnamed = { kind: 'cgroup', name: '(not named)' } as const;

/** What a cgroup used of the CPU, and how often its quota stopped it: version 1 in ns, version 2 in µs. */
export const cgroupCpuStat: KernelFile = {
  id: 'cgroup cpu.stat, cpu.stat.local',
  path: /\/cpu\.stat(?:\.local)?$/,
  content: (text) => /^(?:usage_usec|nr_periods|throttled_(?:time|usec)) \d+$/m.test(text),
  read(text, out) {
    const of = out.cgroup === undefined ? unnamed : undefined;
    const isLocal = out.path.endsWith('.local');
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const [, key = '', value = ''] = /^([\w.]+) (\d+)$/.exec(line) ?? [];
      const time = times[key];
      const count = counts[key];
      if (time !== undefined) {
        const name = isLocal && time[0] === cgroupCpu.throttled ? cgroupCpu.throttledLocal : time[0];
        out.cumulative(name, 'ns', Number(value) * time[1], of);
      } else if (count !== undefined) out.cumulative(count, 'count', Number(value), of);
      // Kernels add keys; a line that is none is broken.
      else if (key === '') out.skip();
    }
  },
};
