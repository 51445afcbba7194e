import { momentOfName } from '../../../model/copied-file.ts';
import { type SeriesKind, seriesKinds } from '../../../model/recording-tables.ts';
import { decodeString } from '../../../model/strings.ts';
import type { Context } from '../../context.ts';

/** One series with its readings in the order in which they were taken. */
export interface Readings {
  readonly name: string;
  readonly unit: string;
  readonly kind: SeriesKind;
  /** Sort of thing it is of, and which one: `cgroup` `/db`. */
  readonly entity: string;
  readonly entityName: string;
  /** ns of the run's clock, ascending; NaN where only the order is known (a copy before, a copy after). */
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** Index into imports, of each reading. */
  readonly sources: Uint16Array;
}

/** Series by sort of entity, then name of the entity, then name of the series. */
export type ReadingsIndex = ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, Readings>>>;

/** Every series of the trace. Readings without a time are ordered by what their file's name says: before, then after. */
export function allReadings({ trace }: Context): ReadingsIndex {
  const { series, counters } = trace.tables;
  const rank = Float64Array.from(trace.imports, ({ file }) => momentRank(file));
  const rows = rowsBySeries(series.length, counters.columns.series, counters.length);
  const text = (id: number | undefined): string => decodeString(trace.strings, id ?? 0);
  const index = new Map<string, Map<string, Map<string, Readings>>>();
  for (let id = 1; id < series.length; id++) {
    const own = rows.of(id);
    if (own.length === 0) continue;
    const { time, value, source } = counters.columns;
    // The table is in order of time; readings without one come last, in the order read.
    const order = Number.isNaN(time[own[0] as number] as number)
      ? [...own].sort((a, b) => (rank[source[a] as number] ?? 0) - (rank[source[b] as number] ?? 0) || a - b)
      : [...own];
    const readings: Readings = {
      name: text(series.columns.name[id]),
      unit: text(series.columns.unit[id]),
      kind: seriesKinds[series.columns.kind[id] as number] ?? 'gauge',
      entity: text(series.columns.entity[id]),
      entityName: text(series.columns.entityName[id]),
      times: Float64Array.from(order, (row) => time[row] as number),
      values: Float64Array.from(order, (row) => value[row] as number),
      sources: Uint16Array.from(order, (row) => source[row] as number),
    };
    const entities = getOrMake(index, readings.entity, () => new Map<string, Map<string, Readings>>());
    getOrMake(entities, readings.entityName, () => new Map<string, Readings>()).set(readings.name, readings);
  }
  return index;
}

/** One series; of the host where no entity is named. */
export function readingsOf(
  context: Context,
  name: string,
  entity = 'host',
  entityName = '',
): Readings | undefined {
  return context.derive(allReadings).get(entity)?.get(entityName)?.get(name);
}

/** Names of the things of one sort that have readings, in order of first appearance. */
export function entitiesOf(context: Context, entity: string): readonly string[] {
  return [...(context.derive(allReadings).get(entity)?.keys() ?? [])];
}

/** Last value read; NaN without readings. */
export function lastValue(readings: Readings | undefined): number {
  return readings?.values.at(-1) ?? Number.NaN;
}

/** 0 a copy taken before, 1 not told, 2 a copy taken after. */
function momentRank(file: string): number {
  const moment = momentOfName(file);
  return moment === 'before' ? 0 : moment === 'after' ? 2 : 1;
}

/** Rows of the counters table by series, without an object per row: counting sort. */
function rowsBySeries(many: number, ids: ArrayLike<number>, length: number) {
  const starts = new Uint32Array(many + 1);
  for (let row = 0; row < length; row++) {
    const at = (ids[row] as number) + 1;
    starts[at] = (starts[at] as number) + 1;
  }
  for (let id = 0; id < many; id++) starts[id + 1] = (starts[id + 1] as number) + (starts[id] as number);
  const next = starts.slice();
  const rows = new Uint32Array(length);
  for (let row = 0; row < length; row++) {
    const id = ids[row] as number;
    rows[next[id] as number] = row;
    next[id] = (next[id] as number) + 1;
  }
  return { of: (id: number): Uint32Array => rows.subarray(starts[id], starts[id + 1]) };
}

function getOrMake<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
