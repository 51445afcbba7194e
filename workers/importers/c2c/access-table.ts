import {
  accessName,
  accessPlaceFact,
  CACHE_LINE_ACCESS,
  cacheLineAccess,
} from '../../../model/c2c-series.ts';
import type { TraceBuilder } from '../../../model/trace-builder.ts';
import { type C2cColumn, cellOf, columnAt, MISALIGNED } from './columns.ts';

/** The line of cache accesses are listed below, with what its columns of per cent are of. */
export interface LineTotals {
  readonly address: string;
  readonly remote: number;
  readonly local: number;
  readonly peer: number;
  readonly stores: readonly number[];
}

const storeNames = [/^L1 Hit$/, /^L1 Miss$/, /^(?:N\/A|Any Lvl)$/];

function storeColumns(columns: readonly C2cColumn[]): readonly number[] {
  return storeNames.map((name) => columnAt(columns, name)).filter((at) => at >= 0);
}

/** The line between two rulers of dashes: number, counts, address. Undefined when it is none. */
export function readLineTotals(line: string, columns: readonly C2cColumn[]): LineTotals | undefined {
  const address = cellOf(line, columns, columnAt(columns, /^Offset$/));
  if (!/^0x[0-9a-f]+$/.test(address)) return undefined;
  const number = (at: number): number => (at < 0 ? 0 : Number(cellOf(line, columns, at)));
  const totals = {
    address,
    remote: number(columnAt(columns, /^Rmt/)),
    local: number(columnAt(columns, /^Lcl/)),
    peer: number(columnAt(columns, /^Peer$/)),
    stores: storeColumns(columns).map(number),
  };
  const all = [totals.remote, totals.local, totals.peer, ...totals.stores];
  return all.every(Number.isFinite) ? totals : undefined;
}

/** Files one access: its shares times what they are of. False when it is none. */
export function readAccess(
  out: TraceBuilder,
  line: string,
  columns: readonly C2cColumn[],
  of: LineTotals,
): boolean {
  const text = (name: RegExp, group?: RegExp): string =>
    cellOf(line, columns, columnAt(columns, name, group));
  const share = (at: number): number => {
    if (at < 0) return 0;
    const found = /^(\d+(?:\.\d+)?)%$/.exec(cellOf(line, columns, at));
    return found === null ? Number.NaN : Number(found[1]) / 100;
  };
  const offset = text(/^Offset$/);
  const code = text(/^Code address$/);
  const stores = storeColumns(columns).map((at, i) => share(at) * (of.stores[i] ?? 0));
  const counts = [
    [cacheLineAccess.remoteHitm, share(columnAt(columns, /^Rmt/)) * of.remote],
    [cacheLineAccess.localHitm, share(columnAt(columns, /^Lcl/)) * of.local],
    [cacheLineAccess.peer, share(columnAt(columns, /^Peer$/)) * of.peer],
    [cacheLineAccess.stores, stores.reduce((sum, count) => sum + count, 0)],
    [cacheLineAccess.records, Number(text(/^records$/))],
    [cacheLineAccess.cpus, Number(text(/^cnt$/, /^cpu$/))],
  ] as const;
  const symbol = text(/^Symbol$/).replace(/^\[[^\]]\] /, '');
  const place = [symbol, text(/^Object$/), text(/^Source:Line$/), text(/^Node(?:\{|$)/, /^$/)];
  if ([code, ...place].includes(MISALIGNED)) return false;
  if (!/^0x[0-9a-f]+$/.test(offset) || counts.some(([, value]) => Number.isNaN(value))) return false;
  const name = accessName(of.address, offset, code, text(/^Tid$/) || text(/^Pid$/));
  const file = (series: string, unit: string, value: number): void =>
    out.counter(series, unit, CACHE_LINE_ACCESS, name, Number.NaN, value);
  for (const [series, value] of counts) file(series, 'samples', value);
  file(cacheLineAccess.remoteCycles, 'cycles', Number(text(/^rmt hitm$/)) || 0);
  file(cacheLineAccess.localCycles, 'cycles', Number(text(/^lcl hitm$/)) || 0);
  out.fact(accessPlaceFact(name), place.join('\t'));
  out.counts.records++;
  return true;
}
