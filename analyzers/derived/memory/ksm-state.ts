import { processCpu, threadCpu } from '../../../model/cpu-series.ts';
import { KSM_MERGING_FILE, ksm, meminfo, smaps } from '../../../model/page-series.ts';
import type { Context } from '../../context.ts';
import { type Increase, increaseOf, rateOf } from '../counters/increase.ts';
import { entitiesOf, lastValue, type Readings, readingsOf } from '../counters/readings.ts';
import { pageSize } from '../page-size.ts';
import { settingsRead } from '../settings.ts';

/** sizeof(struct ksm_rmap_item), bytes: what every page looked at costs (Documentation/admin-guide/mm/ksm.rst). */
export const RMAP_ITEM = 64;
const FOLDER = '/sys/kernel/mm/ksm/';
/** Ticks of USER_HZ a second, as on every common architecture. */
const USER_HZ = 100;

/** Same-page merging at the last copy, and what it did between the copies. Pages; NaN = not read. */
export interface KsmState {
  readonly pageSize: number;
  /** 0 stopped, 1 running, 2 stopped and everything unmerged. */
  readonly run: number;
  readonly shared: number;
  readonly sharing: number;
  readonly unshared: number;
  readonly volatile: number;
  readonly zero: number;
  /** Descriptions of pages that are kept: shared + sharing + unshared + volatile. */
  readonly items: number;
  /** Bytes saved less what the descriptions cost; by the kernel's count since 6.4, else by the formula. */
  readonly profit: number;
  readonly profitBy: 'kernel' | 'formula';
  /** Readings of pages_sharing. */
  readonly n: number;
  /** Whole passes since KSM was started, and those between the copies. */
  readonly fullScans: number;
  readonly scansGained: Increase | undefined;
  /** Growth of pages_sharing during the last pass that the copies show, as a share of its end; NaN = not told. */
  readonly growth: number;
  /** Pages a second that were scanned, and the seconds one pass takes: counted where two passes were, else pages over rate; NaN = not known. */
  readonly scanRate: number;
  readonly candidates: number;
  readonly passSeconds: number;
  /** CPUs that ksmd used, NaN without times. */
  readonly cpu: number;
  readonly cpuLow: number;
  readonly cpuHigh: number;
  readonly cpuIntervals: number;
  /** Bytes; NaN = not read. */
  readonly memoryTotal: number;
}

/** Undefined when no copy tells of KSM. */
export function ksmState(context: Context): KsmState | undefined {
  const sharingRead = readingsOf(context, ksm('pages_sharing'));
  const last = (key: string): number => lastValue(readingsOf(context, ksm(key)));
  const run = ksmSetting(context, 'run') ?? Number.NaN;
  if (sharingRead === undefined && Number.isNaN(run)) return undefined;
  const page = context.derive(pageSize);
  const [shared, sharing, unshared, volatile] = [
    last('pages_shared'),
    last('pages_sharing'),
    last('pages_unshared'),
    last('pages_volatile'),
  ];
  const zero = last('ksm_zero_pages');
  const items = shared + sharing + unshared + volatile;
  const told = last('general_profit');
  const scanned = rateOf(readingsOf(context, ksm('pages_scanned')));
  const scanRate = scanned?.value ?? estimatedRate(context);
  const scansGained = increaseOf(readingsOf(context, ksm('full_scans')));
  const counted =
    scansGained !== undefined && scansGained.value >= 2
      ? scansGained.duration / 1e9 / scansGained.value
      : Number.NaN;
  const candidates = Math.max(Number.isNaN(items) ? 0 : items, mergeablePages(context, page));
  return {
    pageSize: page,
    run,
    shared,
    sharing,
    unshared,
    volatile,
    zero,
    items,
    profit: Number.isNaN(told)
      ? (sharing + (Number.isNaN(zero) ? 0 : zero)) * page - items * RMAP_ITEM
      : told,
    profitBy: Number.isNaN(told) ? 'formula' : 'kernel',
    n: sharingRead?.values.length ?? 0,
    fullScans: last('full_scans'),
    scansGained,
    growth: growthInLastPass(context),
    scanRate,
    candidates,
    passSeconds: counted > 0 ? counted : scanRate > 0 && candidates > 0 ? candidates / scanRate : Number.NaN,
    ...daemonCpu(context),
    memoryTotal: lastValue(readingsOf(context, meminfo('MemTotal'))),
  };
}

/** A number in a file of the directory; undefined when it was not copied or is none. */
export function ksmSetting(context: Context, file: string): number | undefined {
  const text = context.derive(settingsRead).get(FOLDER + file);
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

/** Processes that told something of KSM, by id. */
export function ksmProcesses(context: Context): readonly string[] {
  return entitiesOf(context, 'process').filter((pid) => ksmMerging(context, pid) !== undefined);
}

/** Merged pages of a process. */
export function ksmMerging(context: Context, pid: string): Readings | undefined {
  return (
    readingsOf(context, ksm('ksm_merging_pages'), 'process', pid) ??
    readingsOf(context, KSM_MERGING_FILE, 'process', pid)
  );
}

/** Pages a second that the settings allow at most; scanning itself takes time, too. */
function estimatedRate(context: Context): number {
  const [pages, sleep] = [ksmSetting(context, 'pages_to_scan'), ksmSetting(context, 'sleep_millisecs')];
  return pages === undefined || sleep === undefined || sleep === 0 ? Number.NaN : (pages * 1e3) / sleep;
}

/** Anonymous pages of processes that asked for merging: what a pass has to walk at least. */
function mergeablePages(context: Context, page: number): number {
  const settings = context.derive(settingsRead);
  let pages = 0;
  for (const pid of ksmProcesses(context)) {
    const file = `/proc/${pid}/ksm_stat`;
    if (settings.get(`${file}/ksm_mergeable`) !== 'yes' && settings.get(`${file}/ksm_merge_any`) !== 'yes')
      continue;
    const bytes = lastValue(readingsOf(context, smaps('Anonymous'), 'process', pid));
    if (bytes > 0) pages += bytes / page;
  }
  return pages;
}

/** What was merged since the pass before the last began: a count that still grows has not converged. */
function growthInLastPass(context: Context): number {
  const sharing = readingsOf(context, ksm('pages_sharing'));
  const scans = readingsOf(context, ksm('full_scans'));
  if (sharing === undefined || scans === undefined || sharing.values.length !== scans.values.length)
    return Number.NaN;
  const passes = lastValue(scans);
  const end = lastValue(sharing);
  for (let i = scans.values.length - 2; i >= 0; i--) {
    if ((scans.values[i] as number) > passes - 1) continue;
    return end === 0 ? 0 : (end - (sharing.values[i] as number)) / end;
  }
  return Number.NaN;
}

/** CPU time of ksmd: nanoseconds where they were copied, else ticks of ten milliseconds. */
function daemonCpu(context: Context) {
  const unknown = { cpu: Number.NaN, cpuLow: Number.NaN, cpuHigh: Number.NaN, cpuIntervals: 0 };
  const pid = [...context.derive(settingsRead)].flatMap(([path, text]) =>
    text === 'ksmd' ? (/^\/proc\/(\d+)\/comm$/.exec(path)?.[1] ?? []) : [],
  )[0];
  if (pid === undefined) return unknown;
  const ns = rateOf(readingsOf(context, threadCpu.run, 'thread', `${pid}/${pid}`));
  if (ns !== undefined)
    return { cpu: ns.value / 1e9, cpuLow: ns.low / 1e9, cpuHigh: ns.high / 1e9, cpuIntervals: ns.n };
  const user = rateOf(readingsOf(context, processCpu.user, 'process', pid));
  const system = rateOf(readingsOf(context, processCpu.system, 'process', pid));
  if (user === undefined || system === undefined) return unknown;
  return {
    cpu: (user.value + system.value) / USER_HZ,
    cpuLow: (user.low + system.low) / USER_HZ,
    cpuHigh: (user.high + system.high) / USER_HZ,
    cpuIntervals: Math.min(user.n, system.n),
  };
}
