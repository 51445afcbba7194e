import { type DirtyLimits, freeRun, UNIT } from './position-ratio.ts';

/** What the kernel knows of a device's writing: all in pages/s. */
export interface Rates {
  /** Written back lately, and the same smoothed once more. */
  bandwidth: number;
  average: number;
  /** What tasks are held to at the setpoint, and what it should have been at the last look. */
  limit: number;
  balanced: number;
}

/** Between two looks, ns: BANDWIDTH_INTERVAL. */
export const LOOK_EVERY = 200e6;

/** The smallest power of two that is not below a number of 1 and more. */
export function powerOfTwoFrom(value: number): number {
  return 2 ** Math.ceil(Math.log2(value));
}

/**
 * Moving average over the first power of two of ticks from 3 s on, and a second one that follows only when both
 * move its way; after a longer gap than that, the plain mean. `elapsed` in ticks.
 * Source: mm/page-writeback.c, wb_update_write_bandwidth().
 */
export function updateBandwidth(rates: Rates, written: number, elapsed: number, hz: number): void {
  const period = powerOfTwoFrom(3 * hz);
  const old = rates.bandwidth;
  if (elapsed > period) {
    rates.bandwidth = Math.floor((written * hz) / elapsed);
    rates.average = Math.max(1, rates.bandwidth);
    return;
  }
  const bandwidth = Math.floor((written * hz + old * (period - elapsed)) / period);
  let { average } = rates;
  if (average > old && old >= bandwidth) average -= Math.floor((average - old) / 8);
  if (average < old && old <= bandwidth) average += Math.floor((old - average) / 8);
  rates.average = Math.max(1, average);
  rates.bandwidth = bandwidth;
}

export interface Look {
  /** Pages, and pages under write-back among them. */
  readonly dirty: number;
  readonly ratio: number;
  /** Dirtied since the last look, `elapsed` ticks ago. */
  readonly dirtied: number;
  readonly elapsed: number;
  readonly hz: number;
}

/**
 * Moves the limit of rate towards the balanced one, where the position asks for the same direction: by an eighth
 * of the smallest of three distances, and less when that is small already.
 * Source: mm/page-writeback.c, wb_update_dirty_ratelimit().
 */
export function updateRateLimit(rates: Rates, limits: DirtyLimits, look: Look): void {
  const { dirty, ratio, dirtied, elapsed, hz } = look;
  const dirtyRate = Math.floor((dirtied * hz) / elapsed);
  const taskRate = Math.floor((rates.limit * ratio) / UNIT) + 1;
  const balanced = Math.min(rates.average, Math.floor((taskRate * rates.average) / (dirtyRate | 1)));
  const free = freeRun(limits);
  const setpoint = limits.strict ? free : Math.floor((free + limits.limit) / 2);
  const step =
    dirty < setpoint
      ? Math.max(0, Math.min(rates.balanced, balanced, taskRate) - rates.limit)
      : Math.max(0, rates.limit - Math.max(rates.balanced, balanced, taskRate));
  const damping = Math.floor(rates.limit / (2 * step + 1));
  const stride = damping < 64 ? Math.ceil(Math.floor(step / 2 ** damping) / 8) : 0;
  rates.limit = Math.max(1, rates.limit + (rates.limit < balanced ? stride : -stride));
  rates.balanced = balanced;
}
