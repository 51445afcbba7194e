import { RECORDER } from '../../../model/device-series.ts';
import { interruptRateName, MEASURED_OVER, SOFTIRQ_RATE } from '../../../model/printed-series.ts';
import type { Context } from '../../context.ts';
import { allReadings, type Readings, readingsOf } from '../counters/readings.ts';
import type { ByCpu } from './interrupt-counts.ts';

/** Interrupt lines of mpstat -I CPU: rates times the time they are of. Lines without interrupts are left out. */
export function interruptRates(context: Context): readonly ByCpu[] {
  const lines = context.derive(allReadings).get('irq') ?? new Map<string, ReadonlyMap<string, Readings>>();
  const found = new Map<string, Map<string, Readings>>();
  for (const [irq, series] of lines) {
    for (const [name, readings] of series) {
      const cpu = interruptRateName.exec(name)?.[1];
      if (cpu !== undefined) add(found, irq, cpu, readings);
    }
  }
  return counted(context, found, 'mpstat irq');
}

/** Soft interrupts of mpstat -I SCPU, by sort. */
export function softirqRates(context: Context): readonly ByCpu[] {
  const cpus = context.derive(allReadings).get('cpu') ?? new Map<string, ReadonlyMap<string, Readings>>();
  const found = new Map<string, Map<string, Readings>>();
  for (const [cpu, series] of cpus) {
    for (const [name, readings] of series) {
      if (name.startsWith(SOFTIRQ_RATE)) add(found, name.slice(SOFTIRQ_RATE.length), cpu, readings);
    }
  }
  return counted(context, found, 'mpstat softirq');
}

function add(found: Map<string, Map<string, Readings>>, what: string, cpu: string, readings: Readings): void {
  const own = found.get(what);
  if (own === undefined) found.set(what, new Map([[cpu, readings]]));
  else own.set(cpu, readings);
}

function counted(
  context: Context,
  found: ReadonlyMap<string, ReadonlyMap<string, Readings>>,
  table: string,
): readonly ByCpu[] {
  const lengths = readingsOf(context, MEASURED_OVER, RECORDER, table)?.values ?? new Float64Array(0);
  const duration = lengths.reduce((sum, each) => sum + each, 0);
  if (!(duration > 0)) return [];
  return [...found]
    .map(([name, own]): ByCpu => {
      const cpus = new Map(
        [...own].map(([cpu, { values }]) => [
          cpu,
          Math.round((values.reduce((sum, each) => sum + each, 0) / lengths.length) * (duration / 1e9)),
        ]),
      );
      const total = [...cpus.values()].reduce((sum, each) => sum + each, 0);
      return { name, label: '', total, cpus, duration, n: lengths.length, sinceBoot: false };
    })
    .filter(({ total }) => total > 0)
    .sort((a, b) => b.total - a.total || (a.name < b.name ? -1 : 1));
}
