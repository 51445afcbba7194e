import type { KernelFile } from './kernel-file.ts';

/** Model, number and present frequency of the CPUs. */
export const cpuinfo: KernelFile = {
  id: '/proc/cpuinfo',
  path: /^\/proc\/cpuinfo$/,
  content: (text) =>
    /^processor\s*: \d+\n(?:.*\n)*?(?:model name|BogoMIPS|CPU implementer|cpu)\s*:/.test(text.slice(0, 4096)),
  read(text, out) {
    const model = /^(?:model name|cpu)\s*: (.+)$/m.exec(text)?.[1];
    if (model !== undefined) out.fact('cpudesc', model.trim());
    out.fact('nrcpus online', String([...text.matchAll(/^processor\s*: \d+$/gm)].length));
    const clocks = [...text.matchAll(/^cpu MHz\s*: ([\d.]+)$/gm)].map((found) => Number(found[1]));
    clocks.forEach((mhz, cpu) => {
      out.gauge('cpu frequency', 'hz', mhz * 1e6, { kind: 'cpu', name: String(cpu) });
    });
  },
};
