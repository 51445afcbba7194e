import type { DirtyLimits } from './position-ratio.ts';
import { LOOK_EVERY, type Rates, updateBandwidth, updateRateLimit } from './rates.ts';

/** When the kernel looks at how fast a device writes, and what it then knows. Times are ticks. */
export interface Estimates {
  readonly rates: Rates;
  dirtied(pages: number): void;
  written(pages: number): void;
  /** A writer is held back: the only look that moves its limit. */
  balance(limits: DirtyLimits, dirty: number, ratio: number, tick: number): void;
  /**
   * Pages are looked for to be written back, and have been: by the flusher, a share at a time, or by somebody
   * who reads or writes past the cache. `idle`: nothing is under write-back.
   */
  shareBegins(idle: boolean, tick: number): void;
  shareEnds(tick: number): void;
  /** Nothing is under write-back any more: a look is due 200 ms later. */
  becameIdle(tick: number): void;
  /** Takes the look that was due, if its time has come. */
  catchUp(tick: number): void;
}

/**
 * `bandwidth` and `limit` are what the kernel knows to begin with, pages/s.
 * Source: mm/page-writeback.c of Linux 5.15 and later, __wb_update_bandwidth(), wb_bandwidth_estimate_start(),
 * wb_inode_writeback_end(), do_writepages().
 */
export function createEstimates(hz: number, bandwidth: number, limit: number): Estimates {
  const every = (LOOK_EVERY * hz) / 1e9;
  const rates: Rates = { bandwidth, average: bandwidth, limit, balanced: bandwidth };
  let dirtied = 0;
  let written = 0;
  let since = 0;
  let due = Number.POSITIVE_INFINITY;
  const begin = (tick: number): void => {
    dirtied = 0;
    written = 0;
    since = tick;
  };
  const look = (tick: number): void => {
    updateBandwidth(rates, written, Math.max(1, tick - since), hz);
    begin(tick);
  };
  return {
    rates,
    dirtied: (pages) => {
      dirtied += pages;
    },
    written: (pages) => {
      written += pages;
    },
    balance: (limits, dirty, ratio, tick) => {
      const elapsed = tick - since;
      if (elapsed <= every) return;
      updateRateLimit(rates, limits, { dirty, ratio, dirtied, elapsed, hz });
      look(tick);
    },
    shareBegins: (idle, tick) => {
      if (idle && tick - since > every) begin(tick);
    },
    shareEnds: (tick) => {
      if (tick - since > every) look(tick);
    },
    becameIdle: (tick) => {
      if (due === Number.POSITIVE_INFINITY) due = tick + every;
    },
    catchUp: (tick) => {
      if (tick < due) return;
      look(Math.max(due, since));
      due = Number.POSITIVE_INFINITY;
    },
  };
}
