import { type MemoryLimit, memorySeries } from '../../../model/memory-series.ts';
import type { KernelFile } from './kernel-file.ts';

/** Files with one number, in bytes, of both versions. */
const amounts: Readonly<Record<string, string>> = {
  'memory.current': memorySeries.usage,
  'memory.usage_in_bytes': memorySeries.usage,
  'memory.peak': memorySeries.peak,
  'memory.max_usage_in_bytes': memorySeries.peak,
  'memory.swap.current': memorySeries.swapUsage,
  'memory.memsw.usage_in_bytes': memorySeries.memswUsage,
  'memory.kmem.usage_in_bytes': memorySeries.stat('kernel'),
};
const limits: Readonly<Record<string, MemoryLimit>> = {
  'memory.max': 'max',
  'memory.limit_in_bytes': 'max',
  'memory.high': 'high',
  'memory.low': 'low',
  'memory.min': 'min',
  'memory.soft_limit_in_bytes': 'soft',
  'memory.swap.max': 'swap',
  'memory.memsw.limit_in_bytes': 'memsw',
};
/** Version 1 says `no limit` with the largest whole number of pages: PAGE_COUNTER_MAX. */
export const NO_LIMIT = 2 ** 62;

/** Use and limits of a control group's memory, of both versions (admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst). */
export const cgroupMemory: KernelFile = {
  id: 'cgroup memory.current, memory.max …; v1 memory.usage_in_bytes, memory.limit_in_bytes …',
  path: /\/memory\.(?:current|peak|max|high|low|min|swap\.(?:current|max)|(?:memsw\.|kmem\.)?usage_in_bytes|(?:memsw\.)?limit_in_bytes|soft_limit_in_bytes|max_usage_in_bytes|failcnt)$/,
  read(text, out) {
    const file = out.cgroup?.file ?? '';
    const first = text.split('\n')[0]?.trim() ?? '';
    const limit = limits[file];
    const value = first === 'max' ? NO_LIMIT : /^\d+$/.test(first) ? Number(first) : Number.NaN;
    if (Number.isNaN(value) || (limit === undefined && first === 'max')) {
      out.skip();
      return;
    }
    if (limit !== undefined) {
      // The value as it was written is what a command to undo a change needs.
      out.setting(first);
      if (value < NO_LIMIT) out.gauge(memorySeries.limit(limit), 'bytes', value);
    } else if (file === 'memory.failcnt') out.cumulative(memorySeries.event('max'), 'count', value);
    else if (amounts[file] !== undefined) out.gauge(amounts[file], 'bytes', value);
    else out.skip();
  },
};
