import type { Context } from '../context.ts';
import { type Increase, increaseOf } from './counters/increase.ts';
import { lastValue, readingsOf } from './counters/readings.ts';

/** Bytes of a page where nothing tells: x86, and most others. */
const USUAL_PAGE = 4096;

/**
 * Bytes of a page. The same amounts stand in /proc/meminfo in bytes and in /proc/vmstat in pages; the power of two
 * nearest to their ratio is the size, whatever changed between the two copies.
 */
export function pageSize(context: Context): number {
  for (const [bytes, pages] of [
    ['Mapped', 'nr_mapped'],
    ['AnonPages', 'nr_anon_pages'],
  ] as const) {
    const ratio =
      lastValue(readingsOf(context, `meminfo ${bytes}`)) / lastValue(readingsOf(context, `vmstat ${pages}`));
    const size = 2 ** Math.round(Math.log2(ratio));
    if (size >= 4096 && size <= 65536) return size;
  }
  return USUAL_PAGE;
}

/** What went through the page cache of the host while copies were taken. */
export interface PageCacheFlow {
  /** Bytes made dirty, bytes written back; ns over which, NaN without times. */
  readonly dirtied: Increase | undefined;
  readonly written: Increase | undefined;
}

export function pageCacheFlow(context: Context): PageCacheFlow {
  const size = context.derive(pageSize);
  const inBytes = (name: string): Increase | undefined => {
    const pages = increaseOf(readingsOf(context, name));
    return pages === undefined
      ? undefined
      : { ...pages, value: pages.value * size, error: pages.error * size };
  };
  return { dirtied: inBytes('vmstat nr_dirtied'), written: inBytes('vmstat nr_written') };
}
