import { INTERRUPTS, irqNameFact, SOFTIRQ } from '../../../model/net-series.ts';
import type { KernelFile } from './kernel-file.ts';

const header = /^\s+CPU\d+(?:\s+CPU\d+)*\s*$/;

/**
 * Counts a line and CPU; columns are the CPUs that are on, of any width, and behind them stand chip, line and
 * devices, blanks within (fs/proc/interrupts.c). Counts of a CPU that are 0 are left out: most are.
 */
export const interrupts: KernelFile = {
  id: '/proc/interrupts',
  path: /^\/proc\/interrupts$/,
  content: (text) =>
    header.test(firstLine(text)) &&
    /^\s*(?:\d+|[A-Z]+\w*):\s+\d+.*\s[A-Za-z]/m.test(text) &&
    !/^\s*NET_RX:/m.test(text),
  read(text, out) {
    const [first = '', ...lines] = text.split('\n');
    const cpus = cpusOf(first);
    for (const line of lines) {
      if (line.trim() === '') continue;
      const found = /^\s*([\w./-]+):\s*(.*)$/.exec(line);
      if (found === null) {
        out.skip();
        continue;
      }
      const [, irq = '', rest = ''] = found;
      const words = rest.split(/\s+/);
      let counts = 0;
      while (counts < cpus.length && /^\d+$/.test(words[counts] ?? '')) counts++;
      if (counts === 0 || (counts > 1 && counts < cpus.length)) {
        out.skip();
        continue;
      }
      const of = { kind: 'irq', name: irq } as const;
      let total = 0;
      for (let i = 0; i < counts; i++) {
        const value = Number(words[i]);
        total += value;
        // One value on a machine of several CPUs is of all of them: ERR, MIS.
        if (value > 0 && counts === cpus.length) {
          out.cumulative(`${INTERRUPTS} cpu${cpus[i]}`, 'count', value, of);
        }
      }
      out.cumulative(INTERRUPTS, 'count', total, of);
      const name = words.slice(counts).join(' ');
      if (name !== '') out.fact(irqNameFact(irq), name);
    }
  },
};

/** Soft interrupts by sort and CPU; columns are all CPUs there may be. */
export const softirqs: KernelFile = {
  id: '/proc/softirqs',
  path: /^\/proc\/softirqs$/,
  content: (text) => header.test(firstLine(text)) && /^\s*NET_RX:\s+\d/m.test(text),
  read(text, out) {
    const [first = '', ...lines] = text.split('\n');
    const cpus = cpusOf(first);
    for (const line of lines) {
      if (line.trim() === '') continue;
      const [, sort, rest = ''] = /^\s*([A-Z_]+):\s*([\d\s]*)$/.exec(line) ?? [];
      const values = rest.trim().split(/\s+/);
      if (sort === undefined || values.length !== cpus.length) {
        out.skip();
        continue;
      }
      values.forEach((value, i) => {
        out.cumulative(SOFTIRQ + sort, 'count', Number(value), { kind: 'cpu', name: cpus[i] as string });
      });
    }
  },
};

function firstLine(text: string): string {
  const end = text.indexOf('\n');
  return end < 0 ? text : text.slice(0, end);
}

function cpusOf(line: string): string[] {
  return [...line.matchAll(/CPU(\d+)/g)].map((found) => found[1] as string);
}
