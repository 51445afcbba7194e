import type { KernelFile } from './kernel-file.ts';

/** Present amounts in pages, unlike the counts of events since boot that are called alike (mm/vmstat.c, vmstat_text). */
const level = /^(?:nr_(?!dirtied$|written$|throttled_written$|vmscan_|foll_pin_)\w+|workingset_nodes)$/;
const row = /^([a-z]\w*) (\d+)$/;

/** What memory management counted since boot, and what it has now. `vmstat nr_dirty` in pages, `vmstat pgfault`. */
export const vmstatFile: KernelFile = {
  id: '/proc/vmstat',
  path: /^\/proc\/vmstat$/,
  content: (text) => /^nr_free_pages \d+\n/.test(text),
  read(text, out) {
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const [, key = '', value] = row.exec(line) ?? [];
      if (key === '') out.skip();
      else if (level.test(key)) out.gauge(`vmstat ${key}`, 'pages', Number(value));
      else out.cumulative(`vmstat ${key}`, 'count', Number(value));
    }
  },
};
