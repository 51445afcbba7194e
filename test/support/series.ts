import { DEVICE } from '../../model/device-series.ts';
import { decodeString } from '../../model/strings.ts';
import type { Trace } from '../../model/trace.ts';

/** Values filed under a series, in the order of the table. */
export function valuesOf(trace: Trace, name: string, entityName: string, entity: string = DEVICE): number[] {
  const { series, counters } = trace.tables;
  const text = (id: number | undefined): string => decodeString(trace.strings, id ?? 0);
  const wanted = new Set<number>();
  for (let id = 1; id < series.length; id++) {
    const { columns } = series;
    const matches =
      text(columns.name[id]) === name &&
      text(columns.entityName[id]) === entityName &&
      text(columns.entity[id]) === entity;
    if (matches) wanted.add(id);
  }
  return [...counters.columns.value].filter((_, row) => wanted.has(counters.columns.series[row] as number));
}

/** Times at which a series has values, ns. */
export function timesOf(trace: Trace, name: string, entity: string): number[] {
  const { series, counters } = trace.tables;
  const text = (id: number | undefined): string => decodeString(trace.strings, id ?? 0);
  const isWanted = (id: number): boolean =>
    text(series.columns.name[id]) === name && text(series.columns.entity[id]) === entity;
  return [...counters.columns.time].filter((_, row) => isWanted(counters.columns.series[row] as number));
}

/** Names of the things of one sort there are series of, in order of first appearance. */
export function entitiesOf({ tables, strings }: Trace, entity: string = DEVICE): string[] {
  const { entity: sort, entityName } = tables.series.columns;
  const names = new Set<string>();
  for (let id = 1; id < tables.series.length; id++) {
    if (decodeString(strings, sort[id] as number) === entity)
      names.add(decodeString(strings, entityName[id] as number));
  }
  return [...names];
}
