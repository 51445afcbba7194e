import { CPU_SHARE, HOST_SINCE_BOOT, RECORDER } from '../../../model/device-series.ts';
import { MEASURED_OVER } from '../../../model/printed-series.ts';
import type { Context } from '../../context.ts';
import { USER_HZ } from '../counters/elapsed.ts';
import { increaseOf } from '../counters/increase.ts';
import { entitiesOf, type Readings, readingsOf } from '../counters/readings.ts';

/** What the time of a CPU divides into: proc_stat(5). Guest time is part of user and nice, and is not counted twice. */
export const cpuStates = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const;
export type CpuState = (typeof cpuStates)[number];

/** How the time of one CPU, or of all together, divided. */
export interface CpuShares {
  /** 0..1; NaN for a state the source does not tell. User and nice with the time of guests. */
  readonly of: Readonly<Record<CpuState, number>>;
  /** 1 − idle − iowait. */
  readonly busy: number;
  /** What counting in ticks and printing leave open of every share, up and down. */
  readonly error: number;
  /** Ticks of all states; NaN where shares were printed. */
  readonly ticks: number;
  /** Seconds at least, of which `error` follows. */
  readonly seconds: number;
  /** Intervals between copies, or readings printed. */
  readonly n: number;
  /** `/proc/stat`, or the tool that printed shares: `mpstat`. */
  readonly source: string;
}

/** Importers whose averages are of intervals, what they print, and how far a printed share is rounded. */
const tools: Readonly<Record<string, readonly [tool: string, rounding: number]>> = {
  mpstat: ['mpstat', 0.00005],
  'sysstat-json': ['iostat or sadf', 0.00005],
  sar: ['sar', 0.00005],
  sadf: ['sadf', 0.00005],
  iostat: ['iostat', 0.00005],
  vmstat: ['vmstat', 0.005],
};
const whole: readonly CpuState[] = cpuStates;

/** All CPUs together; undefined when nothing tells. */
export function hostShares(context: Context): CpuShares | undefined {
  return sharesOf(context, 'host', '');
}

/** Each CPU by itself, by number. */
export function sharesByCpu(context: Context): ReadonlyMap<string, CpuShares> {
  const found = new Map<string, CpuShares>();
  for (const cpu of entitiesOf(context, 'cpu')) {
    const shares = sharesOf(context, 'cpu', cpu);
    if (shares !== undefined) found.set(cpu, shares);
  }
  return new Map([...found].sort(([a], [b]) => Number(a) - Number(b)));
}

/** Readings of all CPUs together that mpstat gave since boot, or over a time that is not told. */
export function averagesSinceBoot(context: Context): number {
  const { trace } = context;
  const readings = readingsOf(context, `${CPU_SHARE} idle`, HOST_SINCE_BOOT);
  return (
    readings?.sources.filter((source) => {
      const importer = trace.imports[source]?.importer;
      return importer === 'mpstat' || importer === 'sysstat-json';
    }).length ?? 0
  );
}

function sharesOf(context: Context, entity: string, name: string): CpuShares | undefined {
  return counted(context, entity, name) ?? printed(context, entity, name);
}

/** From copies of /proc/stat: each share is off by a tick at either end. */
function counted(context: Context, entity: string, name: string): CpuShares | undefined {
  const gains = whole.map((state) => increaseOf(readingsOf(context, `cpu time ${state}`, entity, name)));
  const ticks = gains.reduce((sum, gained) => sum + (gained?.value ?? 0), 0);
  if (!(ticks > 0)) return undefined;
  const of = record((state) => {
    const gained = gains[whole.indexOf(state)];
    return gained === undefined ? Number.NaN : gained.value / ticks;
  });
  const duration = gains[0]?.duration ?? Number.NaN;
  return {
    of,
    busy: busyOf(of),
    error: 2 / ticks,
    ticks,
    seconds: duration / 1e9,
    n: gains[whole.indexOf('idle')]?.n ?? 0,
    source: '/proc/stat',
  };
}

/** From what tools printed: the mean of the file with most readings, as their intervals are alike. */
function printed(context: Context, entity: string, name: string): CpuShares | undefined {
  const read = (state: string) => readingsOf(context, `${CPU_SHARE} ${state}`, entity, name);
  const idle = read('idle');
  const source = idle === undefined ? undefined : fullestSource(idle);
  const [tool, rounding] = tools[context.trace.imports[source ?? -1]?.importer ?? ''] ?? [];
  if (idle === undefined || source === undefined || tool === undefined || rounding === undefined)
    return undefined;
  const mean = (state: string): number => meanOf(read(state), source);
  const guests = { user: mean('guest'), nice: mean('guest_nice') } as const;
  const of = record((state) => {
    const guest = state === 'user' || state === 'nice' ? guests[state] : 0;
    return mean(state) + (Number.isNaN(guest) ? 0 : guest);
  });
  const n = idle.sources.filter((each) => each === source).length;
  // Intervals are whole seconds, and told to the second: their sum may be one too long.
  const told = measured(context, source);
  const seconds = n * Math.max(1, Math.floor(told / 1e9 / n) || 0);
  return {
    of,
    busy: busyOf(of),
    error: 2 / (USER_HZ * seconds) + rounding,
    ticks: Number.NaN,
    seconds,
    n,
    source: told > 0 ? 'mpstat' : tool,
  };
}

/** ns mpstat measured over in one file; NaN where intervals are not told. */
function measured(context: Context, source: number): number {
  const lengths = readingsOf(context, MEASURED_OVER, RECORDER, 'mpstat cpu');
  if (lengths === undefined) return Number.NaN;
  const own = lengths.values.filter((_, i) => lengths.sources[i] === source);
  return own.length === 0 ? Number.NaN : own.reduce((sum, each) => sum + each, 0);
}

/** The file with most of the readings. */
function fullestSource({ sources }: Readings): number {
  const counts = new Map<number, number>();
  for (const source of sources) counts.set(source, (counts.get(source) ?? 0) + 1);
  return [...counts].reduce((most, each) => (each[1] > most[1] ? each : most))[0];
}

function meanOf(readings: Readings | undefined, source: number): number {
  if (readings === undefined) return Number.NaN;
  const own = readings.values.filter((_, i) => readings.sources[i] === source);
  return own.length === 0 ? Number.NaN : own.reduce((sum, each) => sum + each, 0) / own.length;
}

function record(share: (state: CpuState) => number): Readonly<Record<CpuState, number>> {
  return Object.fromEntries(whole.map((state) => [state, share(state)])) as Record<CpuState, number>;
}

function busyOf({ idle, iowait }: Readonly<Record<CpuState, number>>): number {
  return Math.max(0, 1 - idle - (Number.isNaN(iowait) ? 0 : iowait));
}
