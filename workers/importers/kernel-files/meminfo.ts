import { memorySeries } from '../../../model/memory-series.ts';
import type { KernelFile } from './kernel-file.ts';

const row = /^([A-Za-z]\w*(?:\(\w+\))?):\s+(\d+)(?: (kB))?$/;
const KIB = 1024;

/** Memory of the host, proc_meminfo(5): `kB` are KiB and become bytes, HugePages_* are pages. */
export const meminfo: KernelFile = {
  id: '/proc/meminfo',
  path: /^\/proc\/meminfo$/,
  content: (text) => /^MemTotal:\s+\d+ kB\n/.test(text),
  read(text, out) {
    for (const line of text.split('\n')) {
      if (line.trim() === '') continue;
      const found = row.exec(line.trim());
      if (found === null) {
        out.skip();
        continue;
      }
      const [, key = '', value, unit] = found;
      const name = memorySeries.meminfo(key);
      if (unit === 'kB') out.gauge(name, 'bytes', Number(value) * KIB);
      else out.gauge(name, key.startsWith('HugePages') ? 'pages' : 'count', Number(value));
    }
  },
};
