import type { KernelFile } from './kernel-file.ts';

const row = /^(some|full) avg10=([\d.]+) avg60=[\d.]+ avg300=[\d.]+ total=(\d+)$/;

/** Pressure stall information of the host (Documentation/accounting/psi.rst) or of a control group. */
export const pressure: KernelFile = {
  id: '/proc/pressure/*, cgroup *.pressure',
  path: /^\/proc\/pressure\/\w+$|\/(?:cpu|io|memory|irq)\.pressure$/,
  content: (text) => row.test(text.slice(0, text.indexOf('\n')).trim()),
  read(text, out) {
    const resource =
      /pressure[@_/-](cpu|io|memory|irq)/.exec(out.path || out.file)?.[1] ??
      /(cpu|io|memory|irq)\.pressure/.exec(out.path || out.file)?.[1] ??
      'unknown';
    // One series a resource and cgroup: `pressure cpu some` of cgroup /db, of the host `pressure some` of cpu.
    const { cgroup } = out;
    const name = cgroup === undefined ? 'pressure' : `pressure ${resource}`;
    const of = cgroup === undefined ? ({ kind: 'pressure', name: resource } as const) : undefined;
    for (const line of text.split('\n')) {
      if (line.trim() === '') continue;
      const found = row.exec(line.trim());
      if (found === null) {
        out.skip();
        continue;
      }
      out.cumulative(`${name} ${found[1]}`, 'ns', Number(found[3]) * 1e3, of);
      out.gauge(`${name} ${found[1]} avg10`, 'share', Number(found[2]) / 100, of);
    }
  },
};
