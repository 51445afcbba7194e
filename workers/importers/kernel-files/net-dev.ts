import { INTERFACE, interfaceCounts } from '../../../model/network-series.ts';
import type { KernelFile } from './kernel-file.ts';

const heading = /^Inter-\|\s+Receive/;
/** `  eth0: 1234 5 …`; names of aliases hold colons (`eth0:1`). */
const row = /^\s*(\S+?):\s*((?:\d+\s+){15}\d+)\s*$/;

/** Bytes, packets, errors and drops of every network interface since it came to be. */
export const netDev: KernelFile = {
  id: '/proc/net/dev',
  path: /^\/proc\/(?:\d+\/)?net\/dev$/,
  content: (text) => heading.test(text),
  read(text, out) {
    for (const line of text.split('\n').slice(2)) {
      if (line.trim() === '') continue;
      const found = row.exec(line);
      if (found === null) {
        out.skip();
        continue;
      }
      const values = (found[2] ?? '').trim().split(/\s+/).map(Number);
      interfaceCounts.forEach(([name, unit], i) => {
        out.cumulative(name, unit, values[i] ?? Number.NaN, { kind: INTERFACE, name: found[1] ?? '' });
      });
    }
  },
};
