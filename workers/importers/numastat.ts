import { copiedFile } from '../../model/copied-file.ts';
import { utf8 } from '../bytes.ts';
import type { Importer } from './importer.ts';
import { readNumastat } from './numastat/sections.ts';
import { snapshotTime } from './snapshot-time.ts';

/** `Per-node numastat info (in MBs):` and the other titles, or the header of nodes and numa_hit below it. */
const first =
  /^\s*(?:Per-node (?:numastat info|system memory usage|process memory usage)\b|node\d+(?: +node\d+)*\s*\nnuma_hit +\d)/;

/** Tables of numastat(8), of allocations, of memory by use, and of processes, several in one file as well. */
export const numastat: Importer = {
  id: 'numastat',
  title: 'numastat text: allocations and memory by node, memory of processes (-n, -m, -p, -c)',
  captureWith:
    'numastat > numastat.before; sleep 60; numastat > numastat.after; numastat -p myprog > numastat-p.txt',
  sniff(head, name) {
    // The kernel's own files of this name have a pair on every line.
    if (/\/node\d+\/numastat$/.test(copiedFile(name)?.path ?? '')) return 'no';
    return first.test(utf8(head, 0, Math.min(head.length, 8192))) ? 'yes' : 'no';
  },
  open(out, source) {
    const time = snapshotTime(source.name)?.mono ?? Number.NaN;
    if (!Number.isNaN(time)) out.clock = 'mono';
    return (bytes, offset) => readNumastat(out, time, bytes, offset);
  },
};
