import { meminfo, vmstat } from '../../../model/page-series.ts';
import type { Context } from '../../context.ts';
import { lastValue, readingsOf } from '../counters/readings.ts';

const USUAL = 4096;

/** Bytes of a base page: what /proc/meminfo has in bytes, /proc/vmstat has in pages. 4096 where copies do not tell. */
export function basePageSize(context: Context): number {
  for (const [bytes, pages] of [
    ['Mapped', 'nr_mapped'],
    ['AnonPages', 'nr_anon_pages'],
  ] as const) {
    const ratio =
      lastValue(readingsOf(context, meminfo(bytes))) / lastValue(readingsOf(context, vmstat(pages)));
    const size = 2 ** Math.round(Math.log2(ratio));
    if (size >= USUAL && size <= 65536) return size;
  }
  return USUAL;
}
