import { memorySeries } from '../../../model/memory-series.ts';
import { NODE } from '../../../model/page-series.ts';
import type { Entity, KernelFile, KernelFileWriter } from './kernel-file.ts';

/** Called nr_, and yet counts since boot (mm/vmstat.c, vmstat_text). */
const countsCalledNr =
  /^nr_(?:dirtied|written|vmscan_|throttled_written$|foll_pin_|tlb_|pgpromote|pgdemote|hugepages_)/;
/** Not called nr_, and yet what there is now. */
const gaugesCalledOtherwise = /^workingset_nodes$/;
/** Printed in huge pages, not in pages. */
const hugePages = /(?:transparent_hugepages|_hugepages|_pmdmapped)$/;
/** Gauges in KiB: kernel stacks. */
const inKib = /^nr_(?:kernel_stack|shadow_call_stack)$/;
/** Counts in KiB: traffic of block devices. */
const traffic = /^pgpg(?:in|out)$/;
const KIB = 1024;

/**
 * Pages by use (gauges, `pages`) and events of memory management since boot (`count`), as the kernel calls them.
 * Stacks and pgpgin, pgpgout are printed in KiB and become bytes; numbers of huge pages are `count`.
 */
export const procVmstat: KernelFile = {
  id: '/proc/vmstat',
  path: /^\/proc\/vmstat$/,
  content: (text) => /^nr_free_pages \d+\n/.test(text),
  read: (text, out) => readVmstat(text, out),
};

/** The same of one memory node, its allocations (`numa_hit`) among them. */
export const nodeVmstat: KernelFile = {
  id: '/sys/devices/system/node/nodeN/vmstat',
  path: /^\/sys\/devices\/system\/node\/node\d+\/vmstat$/,
  read(text, out) {
    const name = /\/node(\d+)\/vmstat$/.exec(out.path)?.[1] ?? '';
    readVmstat(text, out, { kind: NODE, name });
  },
};

function readVmstat(text: string, out: KernelFileWriter, of?: Entity): void {
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const found = /^([a-z]\w*) (-?\d+)$/.exec(line.trim());
    if (found === null) {
      out.skip();
      continue;
    }
    const key = found[1] as string;
    const value = Number(found[2]);
    const name = memorySeries.vmstat(key);
    if (inKib.test(key)) out.gauge(name, 'bytes', value * KIB, of);
    else if (traffic.test(key)) out.cumulative(name, 'bytes', value * KIB, of);
    else if (isGauge(key)) out.gauge(name, hugePages.test(key) ? 'count' : 'pages', value, of);
    else out.cumulative(name, 'count', value, of);
  }
}

function isGauge(key: string): boolean {
  return (key.startsWith('nr_') && !countsCalledNr.test(key)) || gaugesCalledOtherwise.test(key);
}
