import type { KernelFile } from './kernel-file.ts';

const governors = /^(?:performance|powersave|schedutil|ondemand|conservative|userspace)\n?$/;

/** How CPU frequencies are chosen. */
export const governor: KernelFile = {
  id: 'cpufreq/scaling_governor',
  content: (text) => governors.test(text),
  read(text, out) {
    out.fact('governor', text.trim());
  },
};

/** Present frequency of one CPU, kHz. */
export const cpuFrequency: KernelFile = {
  id: 'cpufreq/scaling_cur_freq',
  path: /\/(?:scaling_cur|cpuinfo_cur)_freq$/,
  read(text, out) {
    const name = /cpu(\d+)\/cpufreq/.exec(out.path)?.[1] ?? '';
    out.gauge('cpu frequency', 'hz', Number(text) * 1e3, { kind: 'cpu', name });
  },
};
