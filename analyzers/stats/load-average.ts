/** The kernel's load average arithmetic (kernel/sched/loadavg.c, include/linux/sched/loadavg.h), exactly. */

/** 1.0 in the kernel's fixed point. */
export const FIXED_1 = 2048;
/** 1/exp(5 s/1 min), 1/exp(5 s/5 min), 1/exp(5 s/15 min) in fixed point. */
export const EXP = { '1m': 1884, '5m': 2014, '15m': 2037 } as const;
export type LoadWindow = keyof typeof EXP;
export const loadWindows = ['1m', '5m', '15m'] as const satisfies readonly LoadWindow[];

/** Seconds between two samples of the load: LOAD_FREQ = 5·HZ + 1 ticks. */
export function loadPeriod(hz: number): number {
  return (5 * hz + 1) / hz;
}

/**
 * One step of calc_load: `load` and the result in fixed point, `active` in tasks. Since 4.9 a rising
 * load rounds up, else down; before, it was rounded to the nearest (`rounding: 'nearest'`).
 */
export function calcLoad(
  load: number,
  exp: number,
  active: number,
  rounding: 'up' | 'nearest' = 'up',
): number {
  const scaled = active * FIXED_1;
  const next = load * exp + scaled * (FIXED_1 - exp);
  const round = rounding === 'nearest' ? FIXED_1 / 2 : scaled >= load ? FIXED_1 - 1 : 0;
  return Math.floor((next + round) / FIXED_1);
}

/** What /proc/loadavg prints, as a number: two digits, cut, after 1/200 was added. */
export function printedLoad(load: number): number {
  const shown = load + FIXED_1 / 200;
  const whole = Math.floor(shown / FIXED_1);
  const hundredths = Math.floor(((shown - whole * FIXED_1) * 100) / FIXED_1);
  return whole + Math.floor(hundredths) / 100;
}

/** A printed load in fixed point. */
export function fixedPoint(load: number): number {
  return Math.round(load * FIXED_1);
}

/** Load after each sample of `active`, in fixed point, beginning with `initial` before the first. */
export function replay(initial: number, exp: number, active: ArrayLike<number>): Float64Array {
  const loads = new Float64Array(active.length);
  let load = initial;
  for (let tick = 0; tick < active.length; tick++) {
    load = calcLoad(load, exp, active[tick] as number);
    loads[tick] = load;
  }
  return loads;
}

/**
 * What one task that was active at a sample adds to the load `later` samples after it: damping is
 * linear, so a load is the sum of these over tasks and samples, of what it was before, and of rounding.
 */
export function contribution(exp: number, later: number): number {
  return (1 - exp / FIXED_1) * (exp / FIXED_1) ** later;
}

/** Part of an old load that is left after `samples`. */
export function remains(exp: number, samples: number): number {
  return (exp / FIXED_1) ** samples;
}
