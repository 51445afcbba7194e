import type { KernelFile } from './kernel-file.ts';

/** Counts since KSM was started; the others are levels. */
const counts = new Set(['full_scans', 'pages_scanned', 'pages_skipped']);
const units: Readonly<Record<string, string>> = { full_scans: 'count', general_profit: 'bytes' };

/** What KSM has merged and what that costs (Documentation/admin-guide/mm/ksm.rst); its knobs are settings. */
export const ksm: KernelFile = {
  id: '/sys/kernel/mm/ksm/*',
  path: /^\/sys\/kernel\/mm\/ksm\/(?:pages_(?:shared|sharing|unshared|volatile|scanned|skipped)|full_scans|general_profit|ksm_zero_pages|stable_node_(?:chains|dups))$/,
  read(text, out) {
    const key = out.path.slice(out.path.lastIndexOf('/') + 1);
    const value = Number(text);
    const unit = units[key] ?? 'pages';
    if (counts.has(key)) out.cumulative(`ksm ${key}`, unit, value);
    else out.gauge(`ksm ${key}`, unit, value);
  },
};

const row = /^(ksm_\w+):? (-?\d+|yes|no)$/;

/** What KSM does for one process; some lines have a colon, some have not (fs/proc/base.c, proc_pid_ksm_stat). */
export const ksmStat: KernelFile = {
  id: '/proc/PID/ksm_stat',
  path: /^\/proc\/\d+\/ksm_stat$/,
  content: (text) => /^ksm_rmap_items:? \d+\n/.test(text),
  read(text, out) {
    const name = /^\/proc\/(\d+)\//.exec(out.path)?.[1] ?? '';
    const of = { kind: 'process', name } as const;
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const [, key = '', value = ''] = row.exec(line) ?? [];
      if (key === '') out.skip();
      else if (value === 'yes' || value === 'no') out.gauge(key, 'count', value === 'yes' ? 1 : 0, of);
      else out.gauge(key, key === 'ksm_process_profit' ? 'bytes' : 'pages', Number(value), of);
    }
  },
};
