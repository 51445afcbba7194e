import { groupOnNode } from '../../../model/page-series.ts';
import type { KernelFile } from './kernel-file.ts';

const version1 = /^(\w+)=\d+((?: N\d+=\d+)+)$/;
const version2 = /^(\w+)((?: N\d+=\d+)+)$/;
/** Of version 2: events since the group was made, among the amounts. */
const counts = /^workingset_(?!nodes$)/;

/**
 * Where the memory of a control group is, by node. Version 2 says bytes; version 1 says pages, of which those with all
 * groups below are taken where they are told, as that is what version 2 counts
 * (Documentation/admin-guide/cgroup-v1/memory.rst, cgroup-v2.rst).
 */
export const cgroupNumaStat: KernelFile = {
  id: 'cgroup memory.numa_stat',
  path: /\/memory\.numa_stat$/,
  content: (text) => /^total=\d+(?: N\d+=\d+)+\nfile=/.test(text) || /^anon(?: N\d+=\d+)+\nfile N/.test(text),
  read(text, out) {
    const whole = /^hierarchical_total=/m.test(text);
    for (const line of text.split('\n')) {
      if (line.trim() === '') continue;
      const first = version1.exec(line);
      const [, key = '', nodes = ''] = first ?? version2.exec(line) ?? [];
      if (key === '') {
        out.skip();
        continue;
      }
      if (first !== null && whole !== key.startsWith('hierarchical_')) continue;
      const name = key.replace(/^hierarchical_/, '');
      for (const [, node = '', value] of nodes.matchAll(/ N(\d+)=(\d+)/g)) {
        if (first === null && counts.test(name))
          out.cumulative(groupOnNode(name, node), 'count', Number(value));
        else out.gauge(groupOnNode(name, node), first === null ? 'bytes' : 'pages', Number(value));
      }
    }
  },
};
