import type { HostModel, WriteEstimates } from '../../../../model/simulation.ts';
import { jiffy, timerRings } from '../scheduler.ts';
import { createDirtyRanges } from './dirty-ranges.ts';
import { createEstimates } from './estimates.ts';
import { createFlusher } from './flusher.ts';
import { createThrottle } from './throttle.ts';

/** 4 KiB pages, in sectors and bytes. */
const PAGE_SECTORS = 8;
const PAGE = 4096;

/**
 * Dirty pages of buffered writers, and how the kernel holds writers back: free up to the middle of background
 * limit and limit, then at a rate that keeps the number of dirty pages. One device, one file on it: what is
 * written as one operation is one folio, as on block devices since Linux 6.15. See throttle.ts and flusher.ts.
 */
export interface PageCache {
  /** Before a writer's operation: ns it has to sleep, 0 to go on; negative: sleep so long and ask again. */
  pause(writer: number, now: number): number;
  /** A writer's operation makes sectors dirty. */
  dirty(writer: number, sector: number, sectors: number, now: number): void;
  /** The flusher has work, and goes on until it has done its share. */
  wantsFlush(): boolean;
  /** Takes up to `most` sectors that lie together to write back; 0 when there are none. */
  take(most: number, now: number): number;
  /** First sector of what `take` took. */
  sector(): number;
  /** Somebody reads or writes past the cache: what is dirty where he does is looked for. */
  bypassed(now: number): void;
  /** Sectors are on the device. */
  written(sectors: number, now: number): void;
  /** What is known of the device's writing by now. */
  estimates(): WriteEstimates;
}

export function createPageCache(host: HostModel, writers: number, lateness: () => number): PageCache {
  const { hz } = host;
  const limits = {
    limit: Math.floor(host.dirtyLimit / PAGE),
    background: Math.floor(host.dirtyBackground / PAGE),
    strict: host.strictLimit,
  };
  const ranges = createDirtyRanges();
  const { bandwidth, limit } = host.writeEstimates;
  const pagesIn = (bytes: number): number => Math.max(1, Math.floor(bytes / PAGE));
  const estimates = createEstimates(hz, pagesIn(bandwidth), pagesIn(limit));
  let time = 0;
  let dirtyPages = 0;
  let writebackPages = 0;
  const tickOf = (now: number): number => Math.floor((now * hz) / 1e9 + 1e-9);
  const flusher = createFlusher({
    background: limits.background,
    average: () => estimates.rates.average,
    shareBegins: () => estimates.shareBegins(writebackPages === 0, tickOf(time)),
    shareEnds: () => estimates.shareEnds(tickOf(time)),
  });
  const throttle = createThrottle(limits, estimates, hz, writers, () => flusher.wake());
  const advance = (now: number): void => {
    time = now;
    estimates.catchUp(tickOf(now));
  };
  return {
    pause: (writer, now) => {
      advance(now);
      const tick = tickOf(now);
      const ticks = throttle.pause(writer, dirtyPages + writebackPages, tick);
      if (ticks === 0) return 0;
      const sleep = timerRings(now, (Math.abs(ticks) + lateness()) * jiffy(hz), hz) - now;
      return ticks < 0 ? -sleep : sleep;
    },
    dirty: (writer, sector, sectors, now) => {
      advance(now);
      const pages = sectors / PAGE_SECTORS;
      ranges.add(sector, sectors);
      dirtyPages += pages;
      estimates.dirtied(pages);
      throttle.dirtied(writer, pages);
      flusher.tick(now);
    },
    wantsFlush: () => flusher.wants(dirtyPages) > 0,
    take: (most, now) => {
      advance(now);
      const share = flusher.wants(dirtyPages);
      if (share === 0) return 0;
      const sectors = ranges.take(Math.min(most, Math.ceil(share) * PAGE_SECTORS));
      dirtyPages -= sectors / PAGE_SECTORS;
      writebackPages += sectors / PAGE_SECTORS;
      flusher.took(sectors / PAGE_SECTORS);
      return sectors;
    },
    sector: () => ranges.sector(),
    bypassed: (now) => {
      if (dirtyPages === 0) return;
      advance(now);
      estimates.shareBegins(writebackPages === 0, tickOf(now));
      estimates.shareEnds(tickOf(now));
    },
    written: (sectors, now) => {
      advance(now);
      writebackPages -= sectors / PAGE_SECTORS;
      estimates.written(sectors / PAGE_SECTORS);
      if (writebackPages === 0) estimates.becameIdle(tickOf(now));
    },
    estimates: () => ({ bandwidth: estimates.rates.average * PAGE, limit: estimates.rates.limit * PAGE }),
  };
}
