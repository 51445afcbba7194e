import { SOFTNET, softnetColumns } from '../../../model/net-series.ts';
import type { KernelFile } from './kernel-file.ts';

/** Column that names the CPU; rows of older kernels do not, and leave out CPUs that are off. */
const CPU_COLUMN = 12;

/** /proc/net/softnet_stat: hexadecimal counts of 32 bits, a row a CPU (net/core/net-procfs.c). */
export const softnetStat: KernelFile = {
  id: '/proc/net/softnet_stat',
  path: /^\/proc\/(?:\d+\/|self\/)?net\/softnet_stat$/,
  content: (text) => /^(?:[0-9a-f]{8}(?: [0-9a-f]{8}){8,15}\n?)+$/.test(text),
  read(text, out) {
    text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .forEach((line, row) => {
        const words = line.trim().split(/\s+/);
        if (words.length < 9 || !words.every((word) => /^[0-9a-f]{8}$/.test(word))) {
          out.skip();
          return;
        }
        const cpu = words[CPU_COLUMN];
        for (const [column, name] of softnetColumns) {
          const word = words[column];
          if (word === undefined) continue;
          const value = Number.parseInt(word, 16);
          if (cpu === undefined) out.cumulative(`${SOFTNET}${name} row ${row}`, 'count', value);
          else {
            const of = { kind: 'cpu', name: String(Number.parseInt(cpu, 16)) } as const;
            out.cumulative(SOFTNET + name, 'count', value, of);
          }
        }
      });
  },
};
