import type { KernelFile } from './kernel-file.ts';

/** khugepaged's counts; its knobs are settings. */
export const khugepaged: KernelFile = {
  id: '/sys/kernel/mm/transparent_hugepage/khugepaged/{full_scans,pages_collapsed}',
  path: /^\/sys\/kernel\/mm\/transparent_hugepage\/khugepaged\/(?:full_scans|pages_collapsed)$/,
  read(text, out) {
    out.cumulative(`khugepaged ${out.path.slice(out.path.lastIndexOf('/') + 1)}`, 'count', Number(text));
  },
};

/** Counts of one size of huge pages (Linux 6.10 and later): `thp 2048kB anon_fault_alloc`. */
export const hugePageStats: KernelFile = {
  id: '/sys/kernel/mm/transparent_hugepage/hugepages-*kB/stats/*',
  path: /^\/sys\/kernel\/mm\/transparent_hugepage\/hugepages-\d+kB\/stats\/\w+$/,
  read(text, out) {
    const [, size = '', key = ''] = /hugepages-(\d+kB)\/stats\/(\w+)$/.exec(out.path) ?? [];
    // nr_anon and nr_anon_partially_mapped are levels.
    if (key.startsWith('nr_')) out.gauge(`thp ${size} ${key}`, 'count', Number(text));
    else out.cumulative(`thp ${size} ${key}`, 'count', Number(text));
  },
};

const row = /^([A-Z]\w*):\s+(\d+) kB$/;

/** Memory of one process, all its mappings together: `smaps Rss`, in bytes. */
export const smapsRollup: KernelFile = {
  id: '/proc/PID/smaps_rollup',
  path: /^\/proc\/\d+\/smaps_rollup$/,
  content: (text) => /\[rollup\]\n/.test(text.slice(0, 200)),
  read(text, out) {
    const name = /^\/proc\/(\d+)\//.exec(out.path)?.[1] ?? '';
    for (const line of text.split('\n').slice(1)) {
      const [, key = '', value] = row.exec(line) ?? [];
      if (key !== '') out.gauge(`smaps ${key}`, 'bytes', Number(value) * 1024, { kind: 'process', name });
      else if (line !== '' && !/^\w+:/.test(line)) out.skip();
    }
  },
};

/** Free blocks by order, of one zone: a line each, order 0 first (proc_buddyinfo). */
const zone = /^Node (\d+), zone +(\w+) +((?:\d+ *)+)$/;

/** How fragmented free memory is: `free blocks of order 9`, all zones together, by NUMA node. */
export const buddyinfo: KernelFile = {
  id: '/proc/buddyinfo',
  path: /^\/proc\/buddyinfo$/,
  content: (text) => /^Node \d+, zone /.test(text),
  read(text, out) {
    const byNode = new Map<string, number[]>();
    for (const line of text.split('\n')) {
      if (line.trim() === '') continue;
      const found = zone.exec(line.trim());
      if (found === null) {
        out.skip();
        continue;
      }
      const blocks = (found[3] ?? '').trim().split(/\s+/).map(Number);
      const own = byNode.get(found[1] ?? '') ?? [];
      blocks.forEach((count, order) => {
        own[order] = (own[order] ?? 0) + count;
      });
      byNode.set(found[1] ?? '', own);
    }
    for (const [name, orders] of byNode)
      orders.forEach((count, order) => {
        out.gauge(`free blocks of order ${order}`, 'count', count, { kind: 'node', name });
      });
  },
};
