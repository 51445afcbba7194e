import { hugePageStat, khugepaged } from '../../../model/page-series.ts';
import type { KernelFile } from './kernel-file.ts';

const statPath = /^\/sys\/kernel\/mm\/transparent_hugepage\/hugepages-(\d+kB)\/stats\/(\w+)$/;
const daemonPath = /^\/sys\/kernel\/mm\/transparent_hugepage\/khugepaged\/(pages_collapsed|full_scans)$/;
/** How many there are, where all else counts events (Documentation/admin-guide/mm/transhuge.rst). */
const present = new Set(['nr_anon', 'nr_anon_partially_mapped']);

/** Events of one size of huge page, since 6.10. */
export const hugePageStats: KernelFile = {
  id: '/sys/kernel/mm/transparent_hugepage/hugepages-*kB/stats/*',
  path: statPath,
  read(text, out) {
    const [, size = '', key = ''] = statPath.exec(out.path) ?? [];
    if (!/^\d+\s*$/.test(text)) out.skip();
    else if (present.has(key)) out.gauge(hugePageStat(size, key), 'count', Number(text));
    else out.cumulative(hugePageStat(size, key), 'count', Number(text));
  },
};

/** What khugepaged did; its other files are settings. */
export const khugepagedCounts: KernelFile = {
  id: '/sys/kernel/mm/transparent_hugepage/khugepaged/pages_collapsed, full_scans',
  path: daemonPath,
  read(text, out) {
    const key = daemonPath.exec(out.path)?.[1] ?? '';
    if (/^\d+\s*$/.test(text)) out.cumulative(khugepaged(key), 'count', Number(text));
    else out.skip();
  },
};
