import { memorySeries } from '../../../model/memory-series.ts';
import type { KernelFile } from './kernel-file.ts';

const KIB = 1024;

/** Swap areas, proc_swaps(5): size and use in KiB, which become bytes. */
export const swaps: KernelFile = {
  id: '/proc/swaps',
  path: /^\/proc\/swaps$/,
  content: (text) => /^Filename\s+Type\s+Size\s+Used\s+Priority\n/.test(text),
  read(text, out) {
    const [, ...lines] = text.split('\n');
    for (const line of lines) {
      if (line.trim() === '') continue;
      const found = /^(\S+)\s+\S+\s+(\d+)\s+(\d+)\s+-?\d+\s*$/.exec(line);
      if (found === null) {
        out.skip();
        continue;
      }
      const of = { kind: 'device', name: found[1] as string } as const;
      out.gauge(memorySeries.swapSize, 'bytes', Number(found[2]) * KIB, of);
      out.gauge(memorySeries.swapUsed, 'bytes', Number(found[3]) * KIB, of);
    }
  },
};
