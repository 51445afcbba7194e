/** 1.0 in the kernel's fixed point: RATELIMIT_CALC_SHIFT. */
export const UNIT = 1024;
/** The polynomial gives 0 to 2. */
const MOST = 2 * UNIT;

/** Limits of dirty pages, in pages. */
export interface DirtyLimits {
  readonly limit: number;
  readonly background: number;
  /** The limits are the device's own (/sys/class/bdi/…/strict_limit), not the machine's. */
  readonly strict: boolean;
}

/** Up to here nobody is held back: dirty_freerun_ceiling(). */
export function freeRun({ limit, background }: DirtyLimits): number {
  return Math.floor((limit + background) / 2);
}

/**
 * 1 + ((setpoint − dirty) / (limit − setpoint))³ in 1/1024, 0 to 2048: 2 and more below, 1 at the setpoint, 0 at
 * the limit. Source: mm/page-writeback.c, pos_ratio_polynom().
 */
export function controlLine(setpoint: number, dirty: number, limit: number): number {
  const x = Math.trunc(((setpoint - dirty) * UNIT) / ((limit - setpoint) | 1));
  const square = Math.floor((x * x) / UNIT);
  return Math.min(MOST, Math.max(0, Math.floor((square * x) / UNIT) + UNIT));
}

/**
 * By how much, in 1/1024, tasks may write faster or slower than the rate that keeps the number of dirty pages;
 * `dirty` counts pages under write-back too, `bandwidth` is in pages/s.
 *
 * With limits of its own a device is steered to the end of free running. Else the control line aims half way
 * from there to the limit and is scaled by a line of the device: this one has all dirty pages, so its share of
 * the limit is the whole, and the line falls over a span of 8 s of its bandwidth.
 * Source: mm/page-writeback.c, wb_position_ratio() of Linux 6.12 and later.
 */
export function positionRatio(limits: DirtyLimits, dirty: number, bandwidth: number): number {
  const { limit, strict } = limits;
  if (dirty >= limit) return 0;
  const free = freeRun(limits);
  if (strict) return free === 0 || free === limit ? 0 : controlLine(free, dirty, limit);
  const setpoint = Math.floor((free + limit) / 2);
  const intercept = setpoint + 8 * bandwidth;
  let ratio = controlLine(setpoint, dirty, limit);
  if (dirty < intercept - Math.floor((8 * bandwidth) / 4)) {
    ratio = Math.floor((ratio * (intercept - dirty)) / ((8 * bandwidth) | 1));
  } else ratio = Math.floor(ratio / 4);
  // A reserve against an idle device: few dirty pages may grow fast.
  const reserve = Math.floor(limit / 2);
  if (dirty >= reserve) return ratio;
  return dirty > Math.floor(reserve / 8) ? Math.floor((ratio * reserve) / dirty) : ratio * 8;
}
