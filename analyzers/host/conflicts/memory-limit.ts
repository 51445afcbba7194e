import type { Context } from '../../context.ts';
import { settingsRead } from '../../derived/settings.ts';

/** Memory limit of a group itself, bytes; NaN without one. */
export function memoryLimitOf(context: Context, cgroup: string): number {
  const settings = context.derive(settingsRead);
  const own = cgroup === '/' ? '' : cgroup;
  const text =
    settings.get(`/sys/fs/cgroup${own}/memory.max`) ??
    settings.get(`/sys/fs/cgroup/memory${own}/memory.limit_in_bytes`);
  if (text === undefined || text === 'max') return Number.NaN;
  // No limit in version 1 reads as 2^63 less a page.
  return Number(text) >= 2 ** 62 ? Number.NaN : Number(text);
}
