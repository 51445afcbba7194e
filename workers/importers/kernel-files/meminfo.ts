import type { KernelFile } from './kernel-file.ts';

const row = /^([A-Za-z][\w()]*):\s+(\d+)( kB)?$/;

/** Memory of the host by use, proc_meminfo(5): `meminfo MemTotal` in bytes (its kB are KiB); huge pages are counted. */
export const meminfo: KernelFile = {
  id: '/proc/meminfo',
  path: /^\/proc\/meminfo$/,
  content: (text) => /^MemTotal:\s+\d+ kB\nMemFree:/.test(text),
  read(text, out) {
    for (const line of text.split('\n')) {
      if (line.trim() === '') continue;
      const [, key = '', value, unit] = row.exec(line.trim()) ?? [];
      if (key === '') out.skip();
      else if (unit === undefined) out.gauge(`meminfo ${key}`, 'count', Number(value));
      else out.gauge(`meminfo ${key}`, 'bytes', Number(value) * 1024);
    }
  },
};
