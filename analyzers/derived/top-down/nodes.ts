import { decodeString } from '../../../model/strings.ts';
import { MUX, TOP_DOWN, topDownBeside, topDownSampleFact } from '../../../model/top-down-series.ts';
import type { Context } from '../../context.ts';
import { ratioInterval } from '../../stats/ratio-interval.ts';
import { allReadings, type Readings } from '../counters/readings.ts';

/** A share this far outside of 0..1 is nonsense, not rounding (heuristic). */
const ROUNDING = 0.02;

/** One node of the top-down tree over all CPUs and intervals. */
export interface TopDownNode {
  /** As toplev calls it: `Backend_Bound.Memory_Bound`. */
  readonly name: string;
  /** The same without underscores, blanks and case: versions spell nodes differently. */
  readonly key: string;
  /** 1 for `Backend_Bound`, 2 for its children. */
  readonly level: number;
  /** Mean over CPUs that were not idle and over intervals, 0..1; NaN when no reading made sense. */
  readonly share: number;
  /** 95 % interval of the mean over intervals; NaN with too few. */
  readonly low: number;
  readonly high: number;
  /** Readings used, and those left out because no share can be like that. */
  readonly n: number;
  readonly nonsense: number;
  /** The worst of them. */
  readonly worst: number;
  /** Least part of the time in which its counters ran; NaN where it is not printed. */
  readonly multiplex: number;
  /** Readings toplev marked as bottleneck. */
  readonly marked: number;
  /** No CPU was busy: the readings are of idle ones. */
  readonly isIdle: boolean;
  /** Event to sample it with; empty where none was printed. */
  readonly sample: string;
}

/** All nodes in per cent, in order of first appearance. */
export function topDownNodes(context: Context): readonly TopDownNode[] {
  const index = context.derive(allReadings);
  const cpus = index.get(TOP_DOWN) ?? new Map<string, ReadonlyMap<string, Readings>>();
  const names = new Set<string>();
  for (const series of cpus.values()) {
    for (const { name, unit } of series.values()) if (unit === 'share' && name !== MUX) names.add(name);
  }
  const samples = context.derive(sampleEvents);
  return [...names].map((name) => {
    const beside = (sort: keyof typeof topDownBeside, cpu: string): Readings | undefined =>
      index.get(topDownBeside[sort])?.get(cpu)?.get(name);
    const of = [...cpus].flatMap(([cpu, series]) => {
      const readings = series.get(name);
      return readings === undefined ? [] : [{ cpu, readings, idle: beside('idle', cpu)?.values.length ?? 0 }];
    });
    const busy = of.filter(({ readings, idle }) => idle < readings.values.length);
    const used = (busy.length > 0 ? busy : of).map(({ readings }) => readings);
    const isNonsense = (value: number): boolean => value < -ROUNDING || value > 1 + ROUNDING;
    const nonsense = used.flatMap(({ values }) => [...values].filter(isNonsense));
    const means = meansByMoment(used, (value) => !isNonsense(value));
    const mean = ratioInterval(
      means,
      means.map(() => 1),
    );
    const ran = of.flatMap(({ cpu }) => [...(beside('multiplex', cpu)?.values ?? [])]);
    return {
      name,
      key: keyOf(name),
      level: name.split('.').length,
      share: means.length === 0 ? Number.NaN : means.reduce((a, b) => a + b, 0) / means.length,
      low: Math.max(0, mean.low),
      high: Math.min(1, mean.high),
      n: used.reduce((sum, { values }) => sum + values.length, 0) - nonsense.length,
      nonsense: nonsense.length,
      worst: nonsense.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0),
      multiplex: ran.length === 0 ? Number.NaN : ran.reduce((a, b) => Math.min(a, b)),
      marked: of.reduce((sum, { cpu }) => sum + (beside('bottleneck', cpu)?.values.length ?? 0), 0),
      isIdle: busy.length === 0,
      sample: samples.get(name) ?? '',
    };
  });
}

export function keyOf(name: string): string {
  return name.toLowerCase().replace(/[_ ]/g, '');
}

/** Mean over CPUs at each moment, shares brought into 0..1; moments without a reading that makes sense are left out. */
function meansByMoment(all: readonly Readings[], isGood: (value: number) => boolean): number[] {
  const most = all.reduce((max, { values }) => Math.max(max, values.length), 0);
  return Array.from({ length: most }, (_, i) => {
    const good = all.flatMap(({ values }) => values[i] ?? []).filter(isGood);
    return good.reduce((sum, value) => sum + Math.min(1, Math.max(0, value)), 0) / good.length;
  }).filter((mean) => !Number.isNaN(mean));
}

function sampleEvents({ trace }: Context): ReadonlyMap<string, string> {
  const prefix = topDownSampleFact('');
  const { key, value } = trace.tables.facts.columns;
  const found = new Map<string, string>();
  for (let row = 0; row < trace.tables.facts.length; row++) {
    const name = decodeString(trace.strings, key[row] as number);
    if (name.startsWith(prefix))
      found.set(name.slice(prefix.length), decodeString(trace.strings, value[row] as number));
  }
  return found;
}
