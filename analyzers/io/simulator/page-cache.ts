import type { HostModel } from '../../../model/simulation.ts';

/** 4 KiB pages, in sectors. */
const PAGE_SECTORS = 8;
/** How long a writer is put to sleep at most: MAX_PAUSE. */
const LONGEST_PAUSE = 200e6;
/** Pages between two looks at the limit: DIRTY_POLL_THRESH. */
const POLL_PAGES = 32;
const BANDWIDTH_INTERVAL = 200e6;
/** Pages per second before anything was written back: INIT_BW. */
const INITIAL_BANDWIDTH = 25_600;

/**
 * Dirty pages of buffered writers, and how the kernel holds writers back: free up to the middle of background
 * and limit, then at the speed of the device, faster or slower as there is less or more dirty than half way to
 * the limit. Source: mm/page-writeback.c, balance_dirty_pages(), wb_position_ratio(), wb_update_write_bandwidth().
 */
export interface PageCache {
  /** Makes sectors dirty; returns for how many ns the writer has to sleep. */
  dirty(sector: number, sectors: number, now: number): number;
  /** The flusher has work, and goes on until it has done its share. */
  wantsFlush(): boolean;
  /** Takes up to `most` sectors that lie together to write back; 0 when there are none. Sets `sector`. */
  take(most: number): number;
  /** First sector of what `take` took. */
  sector(): number;
  /** Sectors are on the device. */
  written(sectors: number, now: number): void;
}

export function createPageCache(host: HostModel): PageCache {
  const limit = host.dirtyLimit / 4096;
  const background = host.dirtyBackground / 4096;
  const free = (limit + background) / 2;
  const setpoint = (free + limit) / 2;
  /** Dirty ranges in order, as a ring of pairs that grows. */
  let ranges = new Float64Array(1 << 12);
  let from = 0;
  let count = 0;
  let dirtyPages = 0;
  let writebackPages = 0;
  let flushing = false;
  let taken = 0;
  let bandwidth = INITIAL_BANDWIDTH;
  let sinceBandwidth = 0;
  let writtenSince = 0;
  let sincePause = 0;

  const at = (index: number): number => (2 * (from + index)) % ranges.length;
  const add = (sector: number, sectors: number): void => {
    const last = at(count - 1);
    if (count > 0 && (ranges[last] as number) + (ranges[last + 1] as number) === sector) {
      ranges[last + 1] = (ranges[last + 1] as number) + sectors;
      return;
    }
    if (2 * count === ranges.length) {
      const wider = new Float64Array(ranges.length * 2);
      for (let i = 0; i < count; i++) wider.set(ranges.subarray(at(i), at(i) + 2), 2 * i);
      ranges = wider;
      from = 0;
    }
    ranges[at(count)] = sector;
    ranges[at(count) + 1] = sectors;
    count++;
  };
  const estimate = (now: number): void => {
    const elapsed = now - sinceBandwidth;
    if (elapsed < BANDWIDTH_INTERVAL) return;
    const period = 2 ** Math.ceil(Math.log2(3 * host.hz)) * (1e9 / host.hz);
    const share = Math.min(1, elapsed / period);
    bandwidth = ((writtenSince * 1e9) / elapsed) * share + bandwidth * (1 - share);
    writtenSince = 0;
    sinceBandwidth = now;
  };
  /** Sleep for the pages dirtied since the last sleep; 0 while there is room. */
  const pause = (): number => {
    const all = dirtyPages + writebackPages;
    if (all <= free || sincePause < POLL_PAGES) return 0;
    const away = Math.min(1, Math.max(-1, (setpoint - all) / (limit - setpoint)));
    const rate = Math.max(1, bandwidth * (1 + away ** 3));
    const tick = 1e9 / host.hz;
    const owed = (sincePause / rate) * 1e9;
    sincePause = 0;
    return Math.min(LONGEST_PAUSE, Math.ceil(owed / tick) * tick);
  };
  return {
    dirty: (sector, sectors, now) => {
      add(sector, sectors);
      dirtyPages += sectors / PAGE_SECTORS;
      sincePause += sectors / PAGE_SECTORS;
      estimate(now);
      if (dirtyPages > background) flushing = true;
      return pause();
    },
    wantsFlush: () => flushing && count > 0,
    take: (most) => {
      if (count === 0) return 0;
      const first = at(0);
      taken = ranges[first] as number;
      const sectors = Math.min(most, ranges[first + 1] as number);
      ranges[first] = taken + sectors;
      ranges[first + 1] = (ranges[first + 1] as number) - sectors;
      if (ranges[first + 1] === 0) {
        from = (from + 1) % (ranges.length / 2);
        count--;
      }
      dirtyPages -= sectors / PAGE_SECTORS;
      writebackPages += sectors / PAGE_SECTORS;
      // One go of the flusher leaves half of the background threshold.
      if (dirtyPages <= background / 2) flushing = false;
      return sectors;
    },
    sector: () => taken,
    written: (sectors, now) => {
      writebackPages -= sectors / PAGE_SECTORS;
      writtenSince += sectors / PAGE_SECTORS;
      estimate(now);
    },
  };
}
