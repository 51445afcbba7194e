/** 4 MiB in pages: MIN_WRITEBACK_PAGES. */
const SHARE_PAGES = 1024;
/** Ticks are counted in ns: dirty_writeback_centisecs and dirty_expire_centisecs of a current kernel. */
const WAKE_EVERY = 5e9;

/** Pages of one share: half a second of the device's bandwidth (pages/s), in steps of 4 MiB: writeback_chunk_size(). */
export function sharePages(average: number): number {
  return Math.floor((Math.floor(average / 2) + SHARE_PAGES) / SHARE_PAGES) * SHARE_PAGES;
}

export interface Flusher {
  /** A writer is held back. */
  wake(): void;
  /** Pages became dirty: now and then the flusher looks without being asked. */
  tick(now: number): void;
  /** Pages that may be written back now; 0: the flusher has done its work. */
  wants(dirty: number): number;
  took(pages: number): void;
}

export interface FlusherHost {
  readonly background: number;
  /** Pages per second. */
  average(): number;
  shareBegins(): void;
  shareEnds(): void;
}

/**
 * Writes back share after share, as long as more than the background limit is dirty when one is done.
 * Source: fs/fs-writeback.c, wb_writeback(), writeback_sb_inodes(); mm/page-writeback.c, wb_over_bg_thresh().
 */
export function createFlusher(host: FlusherHost): Flusher {
  let running = false;
  let share = 0;
  let woken = 0;
  return {
    wake: () => {
      running = true;
    },
    tick: (now) => {
      if (now - woken < WAKE_EVERY) return;
      woken = now;
      running = true;
    },
    wants: (dirty) => {
      if (!running) return 0;
      if (share === 0) {
        running = dirty > host.background;
        if (!running) return 0;
        host.shareBegins();
        share = sharePages(host.average());
      }
      if (dirty > 0) return share;
      share = 0;
      running = false;
      host.shareEnds();
      return 0;
    },
    took: (pages) => {
      share = Math.max(0, share - pages);
      if (share === 0) host.shareEnds();
    },
  };
}
