import { CHARGED_TOTAL, chargedSeries, IO_CGROUP_VERSION } from '../../../model/io-limit-series.ts';
import type { KernelFile } from './kernel-file.ts';

/**
 * `254:0 Write 62914560`, and `Total N` over all devices, which is all a group without any I/O prints. What the
 * throttle counts is what it delays: direct and synchronous requests of the group's tasks.
 */
export const throttleCharged: KernelFile = {
  id: 'blkio.throttle.{io_service_bytes,io_serviced}',
  path: /\/blkio\.throttle\.(?:io_service_bytes|io_serviced)$/,
  read(text, out) {
    const quantity = out.path.endsWith('io_serviced') ? 'requests' : 'bytes';
    for (const line of text.split('\n')) {
      if (line.trim() === '') continue;
      const [device = '', sort = '', value = ''] = line.trim().split(/\s+/);
      if (device === 'Total' && value === '') {
        out.cumulative(`${CHARGED_TOTAL} ${quantity}`, quantity, Number(sort));
      } else if (!/^\d+:\d+$/.test(device) || !/^\d+$/.test(value)) out.skip();
      else if (sort === 'Read' || sort === 'Write') {
        const direction = sort === 'Read' ? 'read' : 'write';
        out.cumulative(chargedSeries(direction, quantity, device), quantity, Number(value));
      }
    }
    out.gauge(IO_CGROUP_VERSION, 'count', 1);
  },
};

const columns = [
  ['rbytes', 'read', 'bytes'],
  ['wbytes', 'write', 'bytes'],
  ['rios', 'read', 'requests'],
  ['wios', 'write', 'requests'],
] as const;

/**
 * `8:0 rbytes=1459200 wbytes=314773504 rios=192 wios=353 dbytes=0 dios=0`; a device named without counts has none
 * yet. Writes of the page cache are charged to who dirtied them where the file system supports it.
 */
export const ioStat: KernelFile = {
  id: 'io.stat',
  path: /\/io\.stat$/,
  read(text, out) {
    for (const line of text.split('\n')) {
      const [device = '', ...pairs] = line.trim().split(/\s+/);
      if (device === '') continue;
      if (!/^\d+:\d+$/.test(device)) {
        out.skip();
        continue;
      }
      const values = new Map(pairs.map((pair) => pair.split('=') as [string, string]));
      for (const [key, direction, quantity] of columns) {
        out.cumulative(chargedSeries(direction, quantity, device), quantity, Number(values.get(key) ?? 0));
      }
    }
    out.gauge(IO_CGROUP_VERSION, 'count', 2);
  },
};
