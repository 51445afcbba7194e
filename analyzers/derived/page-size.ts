import { meminfo, vmstat } from '../../model/page-series.ts';
import type { Context } from '../context.ts';
import { lastValue, readingsOf } from './counters/readings.ts';

/** Bytes of a page where nothing tells: x86, and most others. */
const USUAL = 4096;
/** The largest page of the base size there is: 64-bit ARM, POWER. */
const LARGEST = 65536;

/**
 * Bytes of a page of the base size. The same amounts stand in /proc/meminfo in bytes and in /proc/vmstat in pages; the
 * power of two nearest to their ratio is the size, whatever changed between the two copies. 4096 where copies do not tell.
 */
export function pageSize(context: Context): number {
  for (const [bytes, pages] of [
    ['Mapped', 'nr_mapped'],
    ['AnonPages', 'nr_anon_pages'],
  ] as const) {
    const ratio =
      lastValue(readingsOf(context, meminfo(bytes))) / lastValue(readingsOf(context, vmstat(pages)));
    const size = 2 ** Math.round(Math.log2(ratio));
    if (size >= USUAL && size <= LARGEST) return size;
  }
  return USUAL;
}
