import { INTERRUPTS, SOFTIRQ, SOFTNET } from '../../../model/net-series.ts';
import { SOFTIRQ_RATE } from '../../../model/printed-series.ts';
import { decodeString } from '../../../model/strings.ts';
import type { Context } from '../../context.ts';
import { increaseOf } from '../counters/increase.ts';
import { allReadings, lastValue, type Readings } from '../counters/readings.ts';
import { interruptRates, softirqRates } from './interrupt-rates.ts';

/** A count by CPU. */
export interface ByCpu {
  /** `43`, `LOC`; `NET_RX`. */
  readonly name: string;
  readonly label: string;
  readonly total: number;
  /** CPU number and what it counted; CPUs that counted nothing may be missing. */
  readonly cpus: ReadonlyMap<string, number>;
  /** ns; NaN without times or of a single copy. */
  readonly duration: number;
  /** Copies. */
  readonly n: number;
  /** Of one copy: since boot. */
  readonly sinceBoot: boolean;
}

/** CPU with the most, and its part of the whole. */
export function busiest({ cpus, total }: ByCpu): { readonly cpu: string; readonly share: number } {
  let [cpu, most] = ['', 0];
  for (const [each, count] of cpus) if (count > most) [cpu, most] = [each, count];
  return { cpu, share: total > 0 ? most / total : Number.NaN };
}

/** Largest over mean of all CPUs: 1 = even. */
export function imbalance({ cpus, total }: ByCpu, many: number): number {
  return total > 0 && many > 0 ? Math.max(...cpus.values()) / (total / many) : Number.NaN;
}

/** Interrupt lines, those with the most first: from copies, else from the rates of mpstat. */
export function interruptCounts(context: Context): readonly ByCpu[] {
  const copied = copiedInterrupts(context);
  return copied.length > 0 ? copied : context.derive(interruptRates);
}

/** Soft interrupts by sort, those with the most first: from copies, else from the rates of mpstat. */
export function softirqCounts(context: Context): readonly ByCpu[] {
  const copied = copiedSoftirqs(context);
  return copied.length > 0 ? copied : context.derive(softirqRates);
}

function copiedInterrupts(context: Context): readonly ByCpu[] {
  const names = irqNames(context);
  const lines = context.derive(allReadings).get('irq') ?? new Map<string, ReadonlyMap<string, Readings>>();
  return [...lines]
    .flatMap(([irq, series]) => {
      const whole = series.get(INTERRUPTS);
      if (whole === undefined) return [];
      const cpus = new Map<string, number>();
      for (const [name, readings] of series) {
        const cpu = /^interrupts cpu(\d+)$/.exec(name)?.[1];
        if (cpu !== undefined) cpus.set(cpu, gained(fromZero(readings, whole)));
      }
      return [counted(irq, names.get(irq) ?? '', whole, cpus)];
    })
    .sort((a, b) => b.total - a.total || (a.name < b.name ? -1 : 1));
}

function copiedSoftirqs(context: Context): readonly ByCpu[] {
  const cpus = context.derive(allReadings).get('cpu') ?? new Map<string, ReadonlyMap<string, Readings>>();
  const sorts = new Map<string, { cpus: Map<string, number>; one: Readings }>();
  for (const [cpu, series] of cpus) {
    // Columns are all CPUs there may be; one that counted nothing of any sort is not there.
    const own = [...series.values()].filter(
      ({ name }) => name.startsWith(SOFTIRQ) && !name.startsWith(SOFTIRQ_RATE),
    );
    if (own.every((readings) => lastValue(readings) === 0)) continue;
    for (const readings of own) {
      const sort = readings.name.slice(SOFTIRQ.length);
      const group = sorts.get(sort) ?? { cpus: new Map<string, number>(), one: readings };
      group.cpus.set(cpu, gained(readings));
      sorts.set(sort, group);
    }
  }
  return [...sorts]
    .map(([sort, own]) => counted(sort, '', own.one, own.cpus, sumOf(own.cpus)))
    .sort((a, b) => b.total - a.total || (a.name < b.name ? -1 : 1));
}

/** One column of softnet_stat, by CPU, or by row where rows do not say whose they are. */
export function softnetCounts(context: Context, column: string): ByCpu | undefined {
  const all = context.derive(allReadings);
  const found = new Map<string, Readings>();
  for (const [cpu, series] of all.get('cpu') ?? []) {
    const readings = series.get(SOFTNET + column);
    if (readings !== undefined) found.set(`CPU ${cpu}`, readings);
  }
  for (const readings of all.get('host')?.get('')?.values() ?? []) {
    const row = readings.name.startsWith(`${SOFTNET}${column} row `)
      ? readings.name.slice(SOFTNET.length + column.length + 1)
      : undefined;
    if (row !== undefined) found.set(row, readings);
  }
  const [one] = found.values();
  if (one === undefined) return undefined;
  const cpus = new Map([...found].map(([name, readings]) => [name, gained(readings)] as const));
  return counted(column, '', one, cpus, sumOf(cpus));
}

function counted(
  name: string,
  label: string,
  whole: Readings,
  cpus: ReadonlyMap<string, number>,
  total = gained(whole),
): ByCpu {
  return {
    name,
    label,
    total,
    cpus,
    duration: increaseOf(whole)?.duration ?? Number.NaN,
    n: whole.values.length,
    sinceBoot: whole.values.length < 2,
  };
}

/** What a count gained; of a single copy what it stands at. */
function gained(readings: Readings): number {
  return increaseOf(readings)?.value ?? (readings.values.length === 1 ? lastValue(readings) : 0);
}

/** Counts of 0 are not filed: a CPU's series that begins after its line's began at 0. */
function fromZero(readings: Readings, whole: Readings): Readings {
  const missing = whole.values.length - readings.values.length;
  if (missing <= 0) return readings;
  const values = new Float64Array(whole.values.length);
  values.set(readings.values, missing);
  return { ...readings, times: whole.times, values, sources: whole.sources };
}

function sumOf(cpus: ReadonlyMap<string, number>): number {
  return [...cpus.values()].reduce((sum, count) => sum + count, 0);
}

function irqNames({ trace }: Context): ReadonlyMap<string, string> {
  const { key, value } = trace.tables.facts.columns;
  const names = new Map<string, string>();
  for (let row = 0; row < trace.tables.facts.length; row++) {
    const irq = /^irq (.+) name$/.exec(decodeString(trace.strings, key[row] as number))?.[1];
    if (irq !== undefined) names.set(irq, decodeString(trace.strings, value[row] as number));
  }
  return names;
}
