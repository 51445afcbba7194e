import type { Context } from '../context.ts';
import { increaseOf, rateOf } from '../derived/counters/increase.ts';
import { entitiesOf, lastValue, readingsOf } from '../derived/counters/readings.ts';
import { numberOf } from './setting-number.ts';

const DIRECTORY = '/sys/kernel/mm/ksm/';
/** sizeof(struct ksm_rmap_item), mm/ksm.c, on 64 bits. */
export const RMAP_ITEM = 64;
export const PAGE = 4096;

/** What KSM does with one process. */
export interface KsmProcess {
  readonly pid: string;
  readonly merging: number;
  readonly rmapItems: number;
  /** Bytes: merging · 4096 − rmap items · 64. */
  readonly profit: number;
}

/** KSM as the last reading shows it; NaN where a file was not captured. */
export interface KsmState {
  readonly run: number;
  readonly shared: number;
  readonly sharing: number;
  readonly unshared: number;
  readonly volatile: number;
  readonly zeroPages: number;
  /** Complete passes over all memory since KSM was started. */
  readonly fullScans: number;
  /** Bytes; from general_profit, or computed where the kernel has no such file (before 6.4). */
  readonly profit: number;
  readonly profitComputed: boolean;
  readonly profitFormula: string;
  /** Pages a second ksmd looked at; NaN with one reading. */
  readonly scanRate: number;
  /** Seconds a pass over all pages takes at this rate. */
  readonly passSeconds: number;
  /** CPUs ksmd used, with what ticks leave open; undefined when /proc/PID/stat of ksmd was not copied. */
  readonly cpu: { readonly share: number; readonly error: number; readonly n: number } | undefined;
  readonly pagesToScan: number;
  readonly sleepMs: number;
  readonly n: number;
  readonly processes: readonly KsmProcess[];
}

/** Undefined when no file of KSM was captured. */
export function ksmState(context: Context): KsmState | undefined {
  const last = (key: string): number => lastValue(readingsOf(context, `ksm ${key}`));
  const run = numberOf(context, `${DIRECTORY}run`);
  const sharing = last('pages_sharing');
  if (Number.isNaN(run) && Number.isNaN(sharing)) return undefined;
  const [shared, unshared, volatile] = [last('pages_shared'), last('pages_unshared'), last('pages_volatile')];
  const zero = last('ksm_zero_pages');
  const items = shared + sharing + unshared + volatile;
  const told = last('general_profit');
  const computed = (sharing + (zero || 0)) * PAGE - items * RMAP_ITEM;
  const scanned = readingsOf(context, 'ksm pages_scanned');
  const scanRate = rateOf(scanned)?.value ?? Number.NaN;
  return {
    run,
    shared,
    sharing,
    unshared,
    volatile,
    zeroPages: zero,
    fullScans: last('full_scans'),
    profit: Number.isNaN(told) ? computed : told,
    profitComputed: Number.isNaN(told),
    profitFormula: `(${sharing} + ${zero || 0})·${PAGE} − ${items}·${RMAP_ITEM} = ${computed} bytes`,
    scanRate,
    passSeconds: scanRate > 0 ? items / scanRate : Number.NaN,
    cpu: cpuOfKsmd(context),
    pagesToScan: numberOf(context, `${DIRECTORY}pages_to_scan`),
    sleepMs: numberOf(context, `${DIRECTORY}sleep_millisecs`),
    n: readingsOf(context, 'ksm pages_sharing')?.values.length ?? 0,
    processes: processes(context),
  };
}

function processes(context: Context): readonly KsmProcess[] {
  return entitiesOf(context, 'process').flatMap((pid) => {
    const rmapItems = lastValue(readingsOf(context, 'ksm_rmap_items', 'process', pid));
    const merging = lastValue(readingsOf(context, 'ksm_merging_pages', 'process', pid));
    if (Number.isNaN(rmapItems) || Number.isNaN(merging)) return [];
    const told = lastValue(readingsOf(context, 'ksm_process_profit', 'process', pid));
    const computed = merging * PAGE - rmapItems * RMAP_ITEM;
    return [{ pid, merging, rmapItems, profit: Number.isNaN(told) ? computed : told }];
  });
}

/** The kernel's thread `ksmd`, whose copy of /proc/PID/stat says its name. */
function cpuOfKsmd(context: Context): KsmState['cpu'] {
  const pid = entitiesOf(context, 'process').find(
    (each) => readingsOf(context, 'is ksmd', 'process', each) !== undefined,
  );
  if (pid === undefined) return undefined;
  const system = increaseOf(readingsOf(context, 'stime', 'process', pid));
  if (system === undefined || !(system.duration > 0)) return undefined;
  // Ticks of 10 ms.
  const share = (ticks: number): number => (ticks * 1e7) / system.duration;
  return { share: share(system.value), error: share(system.error), n: system.n };
}
