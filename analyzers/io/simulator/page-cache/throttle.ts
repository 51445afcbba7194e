import type { Estimates } from './estimates.ts';
import { longestPause, planPauses, pollInterval } from './pauses.ts';
import { type DirtyLimits, freeRun, positionRatio, UNIT } from './position-ratio.ts';

/** Pages a task dirties before its first look, and between two while its device has too many: 32 KiB. */
const EXCEEDED_PAGES = 8;
const FIRST_PAGES = 32;

/** Writers and what they owe. */
export interface Throttle {
  dirtied(writer: number, pages: number): void;
  /**
   * Called before a writer dirties more; `dirty` counts pages under write-back too. Ticks to sleep, 0 to go on;
   * negative: to sleep so many and be asked again.
   */
  pause(writer: number, dirty: number, tick: number): number;
}

/**
 * A writer looks at the dirty pages when it has dirtied as many as the last look allowed. Above free running it
 * sleeps for what it dirtied, less the time it took; too short a sleep is put off and owed.
 * `held` is called when a writer finds more than may be written freely.
 * Source: mm/page-writeback.c, balance_dirty_pages_ratelimited_flags(), balance_dirty_pages().
 */
export function createThrottle(
  limits: DirtyLimits,
  estimates: Estimates,
  hz: number,
  writers: number,
  held: () => void,
): Throttle {
  const free = freeRun(limits);
  const owed = new Float64Array(writers);
  const allowed = new Float64Array(writers).fill(FIRST_PAGES);
  /** Tick from which the writer's time counts; NaN: it has never looked. */
  const pausedAt = new Float64Array(writers).fill(Number.NaN);
  /** Pages the look is about that a writer is to repeat after its sleep; 0: none. */
  const repeats = new Float64Array(writers);
  let exceeded = false;

  const startAnew = (writer: number, tick: number): void => {
    pausedAt[writer] = tick;
    owed[writer] = 0;
  };
  const balance = (writer: number, pages: number, dirty: number, tick: number): number => {
    repeats[writer] = 0;
    if (dirty <= free) {
      exceeded = false;
      startAnew(writer, tick);
      allowed[writer] = pollInterval(dirty, limits.limit);
      return 0;
    }
    held();
    exceeded = dirty > limits.limit;
    const { rates } = estimates;
    const ratio = positionRatio(limits, dirty, rates.average);
    estimates.balance(limits, dirty, ratio, tick);
    const rate = Math.floor((rates.limit * ratio) / UNIT);
    const longest = longestPause(dirty, rates.average, hz);
    const plan = planPauses(longest, rate, rates.limit, rates.average, hz);
    let from = tick;
    let ticks = longest;
    if (rate > 0) {
      const period = Math.floor((hz * pages) / rate);
      const since = pausedAt[writer] as number;
      ticks = period - (Number.isNaN(since) ? 0 : tick - since);
      if (ticks < plan.shortest) {
        if (ticks < -hz) startAnew(writer, tick);
        else if (period > 0) startAnew(writer, since + period);
        else if ((allowed[writer] as number) <= pages) allowed[writer] = (allowed[writer] as number) + pages;
        return 0;
      }
      // A debt beyond the longest sleep is forgiven, and counts as time only once more.
      if (ticks > longest) {
        from += Math.min(ticks - longest, longest);
        ticks = longest;
      }
    }
    startAnew(writer, from + ticks);
    allowed[writer] = plan.pages;
    if (rate > 0) return ticks;
    repeats[writer] = pages;
    return -ticks;
  };
  return {
    dirtied: (writer, pages) => {
      owed[writer] = (owed[writer] as number) + pages;
    },
    pause: (writer, dirty, tick) => {
      if ((repeats[writer] as number) > 0) return balance(writer, repeats[writer] as number, dirty, tick);
      const pages = owed[writer] as number;
      const most = allowed[writer] as number;
      const enough = exceeded ? Math.min(most, EXCEEDED_PAGES) : most;
      return pages < enough ? 0 : balance(writer, pages, dirty, tick);
    },
  };
}
