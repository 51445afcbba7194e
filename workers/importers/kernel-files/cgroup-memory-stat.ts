import { memorySeries } from '../../../model/memory-series.ts';
import { NO_LIMIT } from './cgroup-memory.ts';
import type { KernelFile } from './kernel-file.ts';
import { readKeyValues } from './key-values.ts';

/** Keys of version 1 that mean what version 2 calls otherwise. */
const version2: Readonly<Record<string, string>> = {
  rss: 'anon',
  cache: 'file',
  rss_huge: 'anon_thp',
  mapped_file: 'file_mapped',
  dirty: 'file_dirty',
  writeback: 'file_writeback',
};
const counts =
  /^(?:pg|thp_(?!.*_mapped)|workingset_(?!nodes$)|zswp|swp|numa_|pswp|oom_kill|unevictable_pgs|hugetlb_fault)/;

/** What one key is filed as; undefined for keys that say nothing of their own. */
export interface MemoryStat {
  readonly name: string;
  readonly unit: 'bytes' | 'count';
  readonly kind: 'gauge' | 'cumulative';
}

/** `totals`: keys of version 1, those of the group with all below it begin with `total_`, and only they are told. */
export function memoryStat(key: string, version: 1 | 2, totals: boolean): MemoryStat | undefined {
  if (key.startsWith('hierarchical_') || key.startsWith('recent_')) return undefined;
  if (totals && !key.startsWith('total_')) return undefined;
  const plain = key.replace(/^total_/, '');
  const name = memorySeries.stat(version === 1 || totals ? (version2[plain] ?? plain) : plain);
  return counts.test(plain)
    ? { name, unit: 'count', kind: 'cumulative' }
    : { name, unit: 'bytes', kind: 'gauge' };
}

/**
 * What a control group's memory is: bytes now, and events since the group was made. Of version 1 the totals with all
 * groups below are taken, which is what version 2 counts.
 */
export const cgroupMemoryStat: KernelFile = {
  id: 'cgroup memory.stat',
  path: /\/memory\.stat$/,
  read(text, out) {
    const totals = /^total_rss \d/m.test(text);
    readKeyValues(text, out, (key, value) => {
      if (key === 'hierarchical_memory_limit') {
        if (value < NO_LIMIT) out.gauge(memorySeries.limit('hierarchical'), 'bytes', value);
        return;
      }
      const stat = memoryStat(key, out.cgroup?.version ?? 2, totals);
      if (stat?.kind === 'cumulative') out.cumulative(stat.name, stat.unit, value);
      else if (stat !== undefined) out.gauge(stat.name, stat.unit, value);
    });
  },
};
