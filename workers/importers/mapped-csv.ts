import type { CsvMap } from '../../model/csv-map.ts';
import type { TraceBuilder } from '../../model/trace-builder.ts';
import { lineEnd, trimEnd, utf8 } from '../bytes.ts';
import { splitLine } from './csv-text/split-line.ts';
import { type CsvTime, numberOf, timeOf } from './csv-text/time.ts';
import type { Importer, Source } from './importer.ts';
import { dateOrder } from './wall-time.ts';

const factors = { s: 1e9, ms: 1e6, us: 1e3, ns: 1 } as const;

/** CSV whose columns the user explains with a map: it is asked for, never guessed. */
export const mappedCsv: Importer = {
  id: 'mapped-csv',
  title: 'any CSV with a header line and a time column, by a map of its columns (--csv-map)',
  captureWith: '{"time": {"column": "ts"}, "columns": {"rss": {"unit": "bytes"}}}   # map.json',
  sniff: () => 'no',
  isRecordStart: () => true,
  open(out, source) {
    const layout = layoutOf(source);
    return (bytes, offset) => parse(out, layout, bytes, offset);
  },
};

/** Does the first line name the time column of the map? */
export function hasTimeColumn(head: Uint8Array, map: CsvMap): boolean {
  return headerOf(head, map)?.includes(map.time.column) ?? false;
}

function headerOf(head: Uint8Array, { delimiter }: CsvMap): string[] | undefined {
  const first = utf8(head, 0, trimEnd(head, 0, lineEnd(head, 0)));
  return splitLine(first.replace(/^\ufeff/, ''), delimiter)?.map((name) => name.trim());
}

/** Where the file has what the map names. */
interface MappedLayout {
  readonly map: CsvMap;
  readonly width: number;
  readonly timeAt: number;
  readonly time: CsvTime;
  readonly columns: readonly {
    readonly at: number;
    readonly name: string;
    readonly unit: string;
    readonly scale: number;
    readonly kind: 'gauge' | 'cumulative';
    readonly entity: string;
    /** Column with the name of the entity; −1 = `entityName` is it. */
    readonly ofAt: number;
    readonly entityName: string;
  }[];
}

function layoutOf({ head, options }: Source): MappedLayout | undefined {
  const map = options.csvMap;
  const header = map === undefined ? undefined : headerOf(head, map);
  if (map === undefined || header === undefined) return undefined;
  const text = utf8(head, 0, Math.min(head.length, 16_384));
  const { unit } = map.time;
  return {
    map,
    width: header.length,
    timeAt: header.indexOf(map.time.column),
    time: { factor: unit === undefined ? 0 : factors[unit], order: dateOrder(text.split(/\r?\n/, 50)) },
    columns: Object.entries(map.columns).flatMap(([column, { of, ...rest }]) => {
      const at = header.indexOf(column);
      if (at < 0) return [];
      const ofAt = 'column' in of ? header.indexOf(of.column) : -1;
      return [{ at, ofAt, entityName: 'name' in of ? of.name : '', ...rest }];
    }),
  };
}

function parse(out: TraceBuilder, layout: MappedLayout | undefined, bytes: Uint8Array, offset: number): void {
  if (layout === undefined) {
    out.skip(offset);
    return;
  }
  for (let at = offset === 0 ? lineEnd(bytes, 0) + 1 : 0; at < bytes.length; ) {
    const stop = lineEnd(bytes, at);
    const line = utf8(bytes, at, trimEnd(bytes, at, stop));
    if (line !== '' && !readRow(out, layout, line)) out.skip(at + offset);
    at = stop + 1;
  }
}

function readRow(out: TraceBuilder, layout: MappedLayout, line: string): boolean {
  const cells = splitLine(line, layout.map.delimiter);
  if (cells === undefined || cells.length !== layout.width) return false;
  const time = timeOf((cells[layout.timeAt] ?? '').trim(), layout.time);
  if (time === undefined) return false;
  out.clock = time.clock;
  let read = 0;
  for (const { at, name, unit, scale, kind, entity, ofAt, entityName } of layout.columns) {
    const value = numberOf(cells[at] ?? '');
    if (!Number.isFinite(value)) continue;
    const of = ofAt < 0 ? entityName : (cells[ofAt] ?? '').trim();
    out.counter(name, unit, entity, of, time.ns, value * scale, kind);
    read++;
  }
  if (read > 0) out.counts.records++;
  else out.counts.ignored++;
  return true;
}
