import { CACHE_LINE, cacheLine } from '../../../model/c2c-series.ts';
import type { TraceBuilder } from '../../../model/trace-builder.ts';
import { type C2cColumn, cellOf, columnAt } from './columns.ts';

/** What each count stands under: perf 5.11 and later, and before. */
const wanted: readonly (readonly [series: string, name: RegExp, group: RegExp])[] = [
  [cacheLine.hitm, /^Total$/, /Load Hitm/],
  [cacheLine.localHitm, /^Lcl/, /Load Hitm/],
  [cacheLine.remoteHitm, /^Rmt/, /Load Hitm/],
  [cacheLine.peer, /^Peer$/, /^Snoop$/],
  [cacheLine.peer, /^Total$/, /Load Peer/],
  [cacheLine.records, /^records$/, /^Total$/],
  [cacheLine.loads, /^Loads$/, /^Total$/],
  [cacheLine.stores, /^Stores$/, /^Total$/],
  [cacheLine.stores, /^Total$/, /Store Reference/],
];

/** Files one row of the Shared Data Cache Line Table; false when it is none. */
export function readLineRow(out: TraceBuilder, line: string, columns: readonly C2cColumn[]): boolean {
  const address = cellOf(line, columns, columnAt(columns, /^Address$/));
  if (!/^0x[0-9a-f]+$/.test(address)) return false;
  const counts = wanted.flatMap(([series, name, group]) => {
    const at = columnAt(columns, name, group);
    return at < 0 ? [] : [{ series, text: cellOf(line, columns, at) }];
  });
  if (counts.some(({ text }) => !/^\d+$/.test(text))) return false;
  for (const { series, text } of counts)
    out.counter(series, 'samples', CACHE_LINE, address, Number.NaN, Number(text));
  out.counts.records++;
  return true;
}
