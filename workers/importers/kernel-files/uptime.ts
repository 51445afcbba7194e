import type { KernelFile } from './kernel-file.ts';

/** Seconds since boot, and seconds all CPUs together were idle (proc_uptime(5)). */
export const uptime: KernelFile = {
  id: '/proc/uptime',
  path: /^\/proc\/uptime$/,
  content: (text) => /^\d+\.\d\d \d+\.\d\d\n?$/.test(text),
  read(text, out) {
    out.gauge('uptime', 'ns', Number(text.split(' ')[0]) * 1e9);
  },
};
