import { powerOfTwoFrom } from './rates.ts';

/** Fewer pages than this between two looks cost too much: DIRTY_POLL_THRESH. */
const POLL_PAGES = 32;

const log2 = (value: number): number => Math.floor(Math.log2(value));

/**
 * Ticks a task may sleep at most: an eighth of a second's writing must stay dirty, so that the device does not
 * run dry; 200 ms. Source: mm/page-writeback.c, wb_max_pause().
 */
export function longestPause(dirty: number, average: number, hz: number): number {
  const perSlice = 1 + Math.floor(average / powerOfTwoFrom(1 + Math.floor(hz / 8)));
  return Math.min(Math.floor(dirty / perSlice) + 1, Math.max(1, Math.floor(hz / 5)));
}

export interface PausePlan {
  /** Ticks; a shorter sleep is put off. */
  readonly shortest: number;
  /** Pages to dirty until the next look. */
  readonly pages: number;
}

/**
 * How long to sleep at least and after how many pages: some 10 ms for one writer, more for several (who show by
 * a limit below the bandwidth). Rates in pages/s, `longest` in ticks.
 * Source: mm/page-writeback.c, wb_min_pause().
 */
export function planPauses(
  longest: number,
  taskRate: number,
  limitRate: number,
  average: number,
  hz: number,
): PausePlan {
  const slices = powerOfTwoFrom(hz);
  const writers = log2(average) - log2(limitRate);
  let ticks = Math.max(1, Math.floor(hz / 100));
  if (writers > 0) ticks += Math.floor((writers * 10 * hz) / 1024);
  ticks = Math.min(ticks, 1 + Math.floor(longest / 2));
  let pages = Math.floor((limitRate * ticks) / slices);
  if (pages < POLL_PAGES) {
    ticks = longest;
    pages = Math.floor((limitRate * ticks) / slices);
    if (pages > POLL_PAGES) {
      pages = POLL_PAGES;
      ticks = Math.floor((hz * POLL_PAGES) / limitRate);
    }
  }
  if (Math.floor((hz * pages) / (taskRate + 1)) > longest) {
    ticks = longest;
    pages = Math.floor((taskRate * ticks) / slices);
  }
  return { pages, shortest: pages >= POLL_PAGES ? 1 + Math.floor(ticks / 2) : ticks };
}

/** Pages a task may dirty between two looks while it runs free: dirty_poll_interval(). */
export function pollInterval(dirty: number, limit: number): number {
  return limit > dirty ? 2 ** (log2(limit - dirty) >> 1) : 1;
}
