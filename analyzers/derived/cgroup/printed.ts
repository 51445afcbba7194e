import { printedGroup } from '../../../model/group-series.ts';
import { memorySeries } from '../../../model/memory-series.ts';
import type { Context } from '../../context.ts';
import { entitiesOf, lastValue, type Readings, readingsOf } from '../counters/readings.ts';

/** A gauge over its readings. */
export interface GaugeSummary {
  readonly mean: number;
  readonly least: number;
  readonly most: number;
  readonly last: number;
  readonly n: number;
}

/** What a tool printed of a group; undefined when it did not. */
export function printedOf(context: Context, name: string, cgroup: string): Readings | undefined {
  return readingsOf(context, name, 'cgroup', cgroup);
}

export function gaugeOf(readings: Readings | undefined): GaugeSummary | undefined {
  if (readings === undefined || readings.values.length === 0) return undefined;
  const { values } = readings;
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    least: values.reduce((a, b) => Math.min(a, b)),
    most: values.reduce((a, b) => Math.max(a, b)),
    last: values.at(-1) as number,
    n: values.length,
  };
}

/** Docker prints the host's memory as the limit of containers that have none: equal within what is rounded away. */
const NEARLY = 0.995;

/**
 * A printed limit of memory that is the group's own, bytes. NaN where there is none, or where it is the host's memory:
 * known from /proc/meminfo, else taken for it when several containers have it and none has more.
 */
export function printedLimit(context: Context, cgroup: string): number {
  const limit = lastValue(printedOf(context, printedGroup.memoryLimit, cgroup));
  const host = context.derive(hostMemory);
  return limit < host * NEARLY || Number.isNaN(host) ? limit : Number.NaN;
}

function hostMemory(context: Context): number {
  const total = lastValue(readingsOf(context, memorySeries.meminfo('MemTotal')));
  if (Number.isFinite(total)) return total;
  const limits = context.derive(printedLimits);
  const most = limits.reduce((a, b) => Math.max(a, b), 0);
  return limits.filter((limit) => limit >= most * NEARLY).length > 1 ? most : Number.NaN;
}

function printedLimits(context: Context): readonly number[] {
  return entitiesOf(context, 'cgroup')
    .map((group) => lastValue(printedOf(context, printedGroup.memoryLimit, group)))
    .filter(Number.isFinite);
}
