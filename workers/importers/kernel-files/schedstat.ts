import { cpuQueue } from '../../../model/cpu-series.ts';
import type { KernelFile } from './kernel-file.ts';

/** Versions in which a line of a CPU ends with ns run, ns waited, slices; domains, which do differ, are not read. */
const OLDEST = 15;
const NEWEST = 17;

/** What all tasks ran on and waited for every CPU (Documentation/scheduler/sched-stats.rst). */
export const schedstat: KernelFile = {
  id: '/proc/schedstat',
  path: /^\/proc\/schedstat$/,
  content: (text) => /^version \d+\ntimestamp \d+\n/.test(text),
  read(text, out) {
    const version = Number(/^version (\d+)$/m.exec(text)?.[1]);
    if (!(version >= OLDEST && version <= NEWEST)) {
      // Columns of a version nobody described are not guessed at.
      out.skip();
      return;
    }
    for (const found of text.matchAll(/^cpu(\d+)((?: \d+)+)$/gm)) {
      const values = (found[2] as string).trim().split(' ');
      const of = { kind: 'cpu', name: found[1] as string } as const;
      if (values.length !== 9) {
        out.skip();
        continue;
      }
      out.cumulative(cpuQueue.run, 'ns', Number(values[6]), of);
      out.cumulative(cpuQueue.wait, 'ns', Number(values[7]), of);
      out.cumulative(cpuQueue.slices, 'count', Number(values[8]), of);
    }
  },
};
