import { vmstat } from '../../../model/page-series.ts';
import type { Context } from '../../context.ts';
import { stepsOf } from '../counters/increase.ts';
import { readingsOf } from '../counters/readings.ts';

/** What automatic balancing did in a part of the capture. */
export interface BalancingPart {
  readonly hints: number;
  readonly local: number;
  readonly migrated: number;
  /** ns. */
  readonly duration: number;
}

/** Fewer intervals cannot tell a beginning from an end. */
const FEWEST_INTERVALS = 4;

/**
 * The first and the second half of the intervals between copies of /proc/vmstat. Undefined with fewer than four intervals
 * with times, or where a count is missing; intervals in which a count began anew are left out of both.
 */
export function balancingHalves(context: Context): readonly [BalancingPart, BalancingPart] | undefined {
  const [hints, local, migrated] = ['numa_hint_faults', 'numa_hint_faults_local', 'numa_pages_migrated'].map(
    (key) => {
      const readings = readingsOf(context, vmstat(key));
      return readings === undefined ? undefined : stepsOf(readings);
    },
  );
  if (hints === undefined || local === undefined || migrated === undefined) return undefined;
  const many = Math.min(...[hints, local, migrated].map(({ increases }) => increases.length));
  if (many < FEWEST_INTERVALS || Number.isNaN(hints.starts[0])) return undefined;
  const part = (from: number, to: number): BalancingPart => {
    const sum = { hints: 0, local: 0, migrated: 0, duration: 0 };
    for (let i = from; i < to; i++) {
      const gained = [hints, local, migrated].map(({ increases }) => increases[i] as number);
      if (gained.some(Number.isNaN)) continue;
      sum.hints += gained[0] as number;
      sum.local += gained[1] as number;
      sum.migrated += gained[2] as number;
      sum.duration += (hints.ends[i] as number) - (hints.starts[i] as number);
    }
    return sum;
  };
  const middle = Math.floor(many / 2);
  return [part(0, middle), part(middle, many)];
}
