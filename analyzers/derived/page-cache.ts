import type { Context } from '../context.ts';
import { type Increase, increaseOf } from './counters/increase.ts';
import { readingsOf } from './counters/readings.ts';
import { pageSize } from './page-size.ts';

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
