import type { KernelFile } from './kernel-file.ts';

/** proc_stat(5): ticks of USER_HZ since boot. Guest time is part of user and nice, and is not counted twice. */
const cpuStates = [
  'user',
  'nice',
  'system',
  'idle',
  'iowait',
  'irq',
  'softirq',
  'steal',
  'guest',
  'guest_nice',
] as const;
/** States that add up to the time of a CPU. */
const WHOLE = 8;

/** Single counts below the lines of CPUs. */
const counts: Readonly<Record<string, string>> = {
  ctxt: 'context switches total',
  intr: 'interrupts total',
  processes: 'forks',
  softirq: 'softirqs total',
};

/** What every CPU did with its time since boot. */
export const procStat: KernelFile = {
  id: '/proc/stat',
  path: /^\/proc\/stat$/,
  content: (text) => /^cpu {2}\d+(?: \d+){3,}\n/.test(text),
  read(text, out) {
    let cpus = 0;
    for (const line of text.split('\n')) {
      const [key = '', ...values] = line.trim().split(/\s+/);
      const cpu = /^cpu(\d*)$/.exec(key);
      if (cpu !== null) {
        if (cpu[1] !== '') cpus++;
        const of = cpu[1] === '' ? undefined : ({ kind: 'cpu', name: cpu[1] as string } as const);
        cpuStates.forEach((state, i) => {
          // Old kernels print fewer; of the first eight a zero stands for those.
          if (i >= WHOLE && values[i] === undefined) return;
          out.cumulative(`cpu time ${state}`, 'ticks', Number(values[i] ?? 0), of);
        });
      } else if (key === 'btime') out.gauge('boot time', 's', Number(values[0]));
      else if (key === 'procs_running') out.gauge('procs running', 'tasks', Number(values[0]));
      else if (key === 'procs_blocked') out.gauge('procs blocked', 'tasks', Number(values[0]));
      else if (counts[key] !== undefined) out.cumulative(counts[key], 'count', Number(values[0]));
      else if (key !== '' && !/^[a-z]/.test(key)) out.skip();
    }
    if (cpus > 0) out.gauge('cpus', 'count', cpus);
  },
};
