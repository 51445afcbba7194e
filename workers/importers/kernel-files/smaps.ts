import { SMAPS_ELIGIBLE, smaps } from '../../../model/page-series.ts';
import type { KernelFile } from './kernel-file.ts';
import { taskOfPath } from './task-of-path.ts';

const KIB = 1024;
const mapping = /^[0-9a-f]+-[0-9a-f]+ [rwxsp-]{4} /;
/** Sizes of a page are of the mapping, not amounts that could be added up. */
const notAmounts = new Set(['KernelPageSize', 'MMUPageSize']);

/** What the mappings of a process hold, added up (proc_pid_smaps(5)); smaps_rollup is the same, added up by the kernel. */
export const processSmaps: KernelFile = {
  id: '/proc/PID/smaps, /proc/PID/smaps_rollup',
  path: /^\/proc\/\d+\/(?:task\/\d+\/)?smaps(?:_rollup)?$/,
  content: (text) => mapping.test(text) && /^(?:Size|Rss): +\d+ kB$/m.test(text.slice(0, 4096)),
  read(text, out) {
    const of = taskOfPath(out.path) ?? { kind: 'process', name: out.file };
    const sums = new Map<string, number>();
    let [size, eligible, told] = [0, 0, false];
    for (let at = 0; at < text.length; ) {
      const end = text.indexOf('\n', at);
      const line = text.slice(at, end < 0 ? text.length : end);
      at = end < 0 ? text.length : end + 1;
      const [, key, value] = /^([A-Za-z_]+): +(\d+) kB$/.exec(line) ?? [];
      if (key !== undefined) {
        if (notAmounts.has(key)) continue;
        if (key === 'Size') size = Number(value) * KIB;
        sums.set(key, (sums.get(key) ?? 0) + Number(value) * KIB);
      } else if (line.startsWith('THPeligible:')) {
        told = true;
        if (/:\s+1$/.test(line)) eligible += size;
      } else if (line !== '' && !mapping.test(line) && !/^(?:VmFlags|ProtectionKey):/.test(line)) out.skip();
    }
    for (const [key, value] of sums) out.gauge(smaps(key), 'bytes', value, of);
    if (told) out.gauge(SMAPS_ELIGIBLE, 'bytes', eligible, of);
  },
};
