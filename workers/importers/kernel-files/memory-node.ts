import { buddyinfo, meminfo, NODE, numastat } from '../../../model/page-series.ts';
import type { Entity, KernelFile } from './kernel-file.ts';

const nodePath = /^\/sys\/devices\/system\/node\/node(\d+)\//;
const ofPath = (path: string): Entity => ({ kind: NODE, name: nodePath.exec(path)?.[1] ?? '' });
const buddyRow = /^Node (\d+), zone +(\S+) +((?:\d+ *)+)$/;

/** Where pages were allocated, and where they were wanted: pages since boot. */
export const nodeNumastat: KernelFile = {
  id: '/sys/devices/system/node/nodeN/numastat',
  path: /^\/sys\/devices\/system\/node\/node\d+\/numastat$/,
  read(text, out) {
    for (const line of text.split('\n')) {
      const [, key, value] = /^(\w+) (\d+)$/.exec(line.trim()) ?? [];
      if (key !== undefined) out.cumulative(numastat(key), 'pages', Number(value), ofPath(out.path));
      else if (line.trim() !== '') out.skip();
    }
  },
};

/** What the memory of one node is used for. Entries without a unit count pages of hugetlbfs. */
export const nodeMeminfo: KernelFile = {
  id: '/sys/devices/system/node/nodeN/meminfo',
  path: /^\/sys\/devices\/system\/node\/node\d+\/meminfo$/,
  content: (text) => /^Node \d+ MemTotal: +\d+ kB$/m.test(text),
  read(text, out) {
    for (const line of text.split('\n')) {
      const [, name = '', key, value, unit] = /^Node (\d+) ([\w()]+): +(\d+)( kB)?$/.exec(line.trim()) ?? [];
      if (key !== undefined) {
        const [scale, of] = unit === undefined ? [1, 'count'] : [1024, 'bytes'];
        out.gauge(meminfo(key), of as string, Number(value) * (scale as number), { kind: NODE, name });
      } else if (line.trim() !== '') out.skip();
    }
  },
};

/** Free blocks of 2^order pages, by zone: what an allocation of that order can be met from at once. */
export const procBuddyinfo: KernelFile = {
  id: '/proc/buddyinfo',
  path: /^\/proc\/buddyinfo$/,
  content: (text) => buddyRow.test(text.slice(0, Math.max(0, text.indexOf('\n'))).trimEnd()),
  read(text, out) {
    for (const line of text.split('\n')) {
      if (line.trim() === '') continue;
      const [, name, zone = '', blocks = ''] = buddyRow.exec(line.trimEnd()) ?? [];
      if (name === undefined) {
        out.skip();
        continue;
      }
      blocks
        .trim()
        .split(/ +/)
        .forEach((count, order) => {
          out.gauge(buddyinfo(zone, order), 'count', Number(count), { kind: NODE, name });
        });
    }
  },
};
