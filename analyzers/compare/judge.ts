import type { ComparisonState } from '../../model/comparison.ts';
import type { Metric } from '../../model/metric.ts';

/** An estimated relative change with its 95 % interval and its adjusted p. */
export interface Estimate {
  readonly relative: number;
  readonly low: number;
  readonly high: number;
  readonly adjusted: number;
}

/**
 * The state a change is in: shown when its p and the near end of its interval say so, absent when
 * the whole interval lies within the margin, and open otherwise.
 */
export function judge(
  { relative, low, high, adjusted }: Estimate,
  margin: number,
  level: number,
  better: Metric['better'],
): ComparisonState {
  if (Number.isNaN(low) || Number.isNaN(high)) return 'not enough data';
  const more = low > margin;
  const less = high < -margin;
  if (adjusted <= level && (more || less)) {
    if (better === 'neither') return 'changed';
    return more === (better === 'lower') ? 'regressed' : 'improved';
  }
  return low >= -margin && high <= margin && Number.isFinite(relative) ? 'unchanged' : 'inconclusive';
}

/** Nobody records more runs than this to settle a question. */
const MOST_RUNS = 200;

/**
 * How many more runs a side would carry the interval clear of the margin, either way: its width
 * shrinks with the root of the runs. Null when it is clear already, or the change lies at the margin.
 */
export function runsToSettle({ relative, low, high }: Estimate, margin: number, runs: number): number | null {
  const half = (high - low) / 2;
  if (!Number.isFinite(half) || runs < 1) return null;
  const clear = Math.abs(Math.abs(relative) - margin);
  if (half <= clear) return null;
  const needed = Math.ceil(runs * (half / clear) ** 2);
  return needed - runs > MOST_RUNS ? null : Math.max(1, needed - runs);
}

/** Two-sided 95 % and power 80 %, normal: how many standard errors a true change must have. */
const POWER_80 = 0.8416;

/** Smallest true change, relative, that would have been shown four times in five. */
export function detectable(half: number, critical: number, margin: number): number | null {
  if (!Number.isFinite(half) || !(critical > 0)) return null;
  return margin + half * (1 + POWER_80 / critical);
}
