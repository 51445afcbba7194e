import { KSM_MERGING_FILE, ksm } from '../../../model/page-series.ts';
import type { KernelFile } from './kernel-file.ts';
import { taskOfPath } from './task-of-path.ts';

const gauges: Readonly<Record<string, string>> = {
  pages_shared: 'pages',
  pages_sharing: 'pages',
  pages_unshared: 'pages',
  pages_volatile: 'pages',
  ksm_zero_pages: 'pages',
  general_profit: 'bytes',
  stable_node_chains: 'count',
  stable_node_dups: 'count',
};
const counts: Readonly<Record<string, string>> = {
  full_scans: 'count',
  pages_scanned: 'pages',
  pages_skipped: 'pages',
};

/** Results of same-page merging (Documentation/admin-guide/mm/ksm.rst); the other files of the directory are settings. */
export const ksmCounts: KernelFile = {
  id: '/sys/kernel/mm/ksm/*',
  path: new RegExp(`^/sys/kernel/mm/ksm/(?:${[...Object.keys(gauges), ...Object.keys(counts)].join('|')})$`),
  read(text, out) {
    const key = out.path.slice(out.path.lastIndexOf('/') + 1);
    // The profit is negative while the descriptions of pages cost more than merging saved.
    if (!/^-?\d+\s*$/.test(text)) out.skip();
    else if (counts[key] !== undefined) out.cumulative(ksm(key), counts[key], Number(text));
    else out.gauge(ksm(key), gauges[key] ?? 'pages', Number(text));
  },
};

/** Of one process, since 6.1. Some keys are followed by a colon, others not; answers are numbers, yes and no. */
export const ksmOfProcess: KernelFile = {
  id: '/proc/PID/ksm_stat',
  path: /^\/proc\/\d+\/ksm_stat$/,
  read(text, out) {
    const of = taskOfPath(out.path);
    for (const line of text.split('\n')) {
      if (line.trim() === '') continue;
      const [, key = '', value = ''] = /^(ksm_\w+):? +(-?\d+|yes|no)$/.exec(line.trim()) ?? [];
      if (key === '') out.skip();
      else if (value === 'yes' || value === 'no') out.setting(value, `${out.path}/${key}`);
      else out.gauge(ksm(key), key === 'ksm_process_profit' ? 'bytes' : 'pages', Number(value), of);
    }
  },
};

/** Pages of one process that are merged, since 5.19. */
export const ksmMergingPages: KernelFile = {
  id: '/proc/PID/ksm_merging_pages',
  path: /^\/proc\/\d+\/ksm_merging_pages$/,
  read(text, out) {
    if (/^\d+\s*$/.test(text)) out.gauge(KSM_MERGING_FILE, 'pages', Number(text), taskOfPath(out.path));
    else out.skip();
  },
};
