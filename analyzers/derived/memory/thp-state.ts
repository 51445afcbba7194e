import { activeValue } from '../../../model/knobs.ts';
import {
  buddyinfoName,
  hugePageStat,
  khugepaged,
  meminfo,
  NODE,
  vmstat,
} from '../../../model/page-series.ts';
import type { Context } from '../../context.ts';
import { type Increase, increaseOf } from '../counters/increase.ts';
import { allReadings, entitiesOf, lastValue, readingsOf } from '../counters/readings.ts';
import { pageSize } from '../page-size.ts';
import { settingsRead } from '../settings.ts';

/** Of x86 and of 64-bit ARM with pages of 4 KiB. */
const USUAL_HUGE = 2 << 20;

export const THP_FOLDER = '/sys/kernel/mm/transparent_hugepage/';

/**
 * What is in force for huge pages of PMD size: always, madvise or never; undefined when not copied. Since 6.8 the size has
 * a file of its own, which counts unless it says `inherit`.
 */
export function activeThp(context: Context): string | undefined {
  const own = thpChoice(
    context,
    `hugepages-${hugePageSize(context) / 1024}kB/enabled`,
    /^(?:always|madvise|never)$/,
  );
  return own ?? thpChoice(context, 'enabled', /^(?:always|madvise|never)$/);
}

/** Bytes of a huge page of PMD size. */
export function hugePageSize(context: Context): number {
  const size = context.derive(settingsRead).get(`${THP_FOLDER}hpage_pmd_size`);
  return size !== undefined && /^\d{6,10}$/.test(size) ? Number(size) : USUAL_HUGE;
}

/** The choice between brackets of a file of the directory; undefined when it is none of those there are. */
export function thpChoice(context: Context, file: string, valid: RegExp): string | undefined {
  const text = context.derive(settingsRead).get(THP_FOLDER + file);
  const value = text === undefined ? undefined : activeValue(text);
  return value !== undefined && valid.test(value) ? value : undefined;
}

/** Huge pages between the copies, and what there is of them at the last. NaN = not read. */
export interface ThpState {
  readonly enabled: string | undefined;
  readonly defrag: string | undefined;
  /** Bytes of a huge page of PMD size. */
  readonly hugeSize: number;
  /** Faults that got a huge page, and those that wanted one and did not. Events, not bytes. */
  readonly allocated: Increase | undefined;
  readonly fallback: Increase | undefined;
  readonly stalls: Increase | undefined;
  readonly collapsed: Increase | undefined;
  readonly split: Increase | undefined;
  /** Huge pages taken apart because most of them was zeros (since 6.12): memory nobody had asked for. */
  readonly underused: Increase | undefined;
  readonly faults: Increase | undefined;
  /** Bytes of anonymous memory of the host, and of it in huge pages. */
  readonly anonymous: number;
  readonly huge: number;
  /** Huge pages that free memory could give at once; NaN without /proc/buddyinfo. */
  readonly available: number;
}

/** Undefined when no copy tells of huge pages. */
export function thpState(context: Context): ThpState | undefined {
  const gained = (key: string): Increase | undefined => increaseOf(readingsOf(context, vmstat(key)));
  const last = (name: string): number => lastValue(readingsOf(context, name));
  const hugeSize = hugePageSize(context);
  const ofSize = (key: string) => increaseOf(readingsOf(context, hugePageStat(`${hugeSize / 1024}kB`, key)));
  const page = context.derive(pageSize);
  const ofMeminfo = last(meminfo('AnonHugePages'));
  const told = !Number.isNaN(ofMeminfo);
  const state: ThpState = {
    enabled: activeThp(context),
    defrag: thpChoice(context, 'defrag', /^(?:always|defer|defer\+madvise|madvise|never)$/),
    hugeSize,
    allocated: gained('thp_fault_alloc') ?? ofSize('anon_fault_alloc'),
    fallback: gained('thp_fault_fallback') ?? ofSize('anon_fault_fallback'),
    stalls: gained('compact_stall'),
    collapsed: gained('thp_collapse_alloc') ?? increaseOf(readingsOf(context, khugepaged('pages_collapsed'))),
    split: gained('thp_split_page'),
    underused: gained('thp_underused_split_page'),
    faults: gained('pgfault'),
    anonymous: told ? last(meminfo('AnonPages')) : last(vmstat('nr_anon_pages')) * page,
    huge: told ? ofMeminfo : last(vmstat('nr_anon_transparent_hugepages')) * hugeSize,
    available: freeHugePages(context, Math.round(Math.log2(hugeSize / page))),
  };
  const known = state.enabled !== undefined || state.allocated !== undefined || !Number.isNaN(state.huge);
  return known ? state : undefined;
}

/** Σ over free blocks of at least the order of a huge page, each as many huge pages as fit into it. */
function freeHugePages(context: Context, order: number): number {
  let pages = Number.NaN;
  for (const readings of entitiesOf(context, NODE).flatMap((node) => [
    ...(context.derive(allReadings).get(NODE)?.get(node)?.values() ?? []),
  ])) {
    const found = buddyinfoName.exec(readings.name);
    if (found === null) continue;
    const own = Number(found[2]);
    pages = (Number.isNaN(pages) ? 0 : pages) + (own < order ? 0 : lastValue(readings) * 2 ** (own - order));
  }
  return pages;
}
