import { vmstat } from '../../../model/page-series.ts';
import type { Context } from '../../context.ts';
import { type Increase, increaseOf } from '../counters/increase.ts';
import { readingsOf } from '../counters/readings.ts';
import { settingsRead } from '../settings.ts';
import { explicitShare, placements } from './numa-state.ts';

/** Counts of automatic NUMA balancing, in the order of what happens. */
export const balancingKeys = [
  'numa_pte_updates',
  'numa_hint_faults',
  'numa_hint_faults_local',
  'numa_pages_migrated',
] as const;

/** What automatic balancing did between the copies of /proc/vmstat. */
export interface Balancing {
  readonly gained: Readonly<Record<(typeof balancingKeys)[number], Increase | undefined>>;
  /** Hinting faults, those on the own node, pages moved; 0 where not read. */
  readonly hints: number;
  readonly local: number;
  readonly migrated: number;
  /** local ÷ hints; NaN without hinting faults. */
  readonly ratio: number;
  /** kernel.numa_balancing: 0 off, 1 on, 2 tiering, 3 both; undefined when not read. */
  readonly mode: string | undefined;
  /** Share of the memory read under a policy of its own; NaN without numa_maps. */
  readonly explicit: number;
  /** Nothing was scanned and nothing faulted. */
  readonly idle: boolean;
}

export function balancing(context: Context): Balancing {
  const read = (key: string): Increase | undefined => increaseOf(readingsOf(context, vmstat(key)));
  const gained = {
    numa_pte_updates: read('numa_pte_updates'),
    numa_hint_faults: read('numa_hint_faults'),
    numa_hint_faults_local: read('numa_hint_faults_local'),
    numa_pages_migrated: read('numa_pages_migrated'),
  };
  const hints = gained.numa_hint_faults?.value ?? 0;
  const local = gained.numa_hint_faults_local?.value ?? 0;
  return {
    gained,
    hints,
    local,
    migrated: gained.numa_pages_migrated?.value ?? 0,
    ratio: local / hints,
    mode: context.derive(settingsRead).get('/proc/sys/kernel/numa_balancing')?.trim(),
    explicit: explicitShare(context.derive(placements)),
    idle: (gained.numa_pte_updates?.value ?? 0) === 0 && hints === 0,
  };
}
