import { blockOpId } from '../../../../model/io-tables.ts';
import { firstSeen, type RequestColumns } from '../../../derived/io/request-table.ts';

/** Rows of the request table, by the time they were first seen. */
export type Rows = readonly number[];

/** What all of one capture share. */
export interface CaptureSpan {
  readonly columns: RequestColumns;
  /** ns; tasks submit from `begin` on for `duration`. */
  readonly begin: number;
  readonly duration: number;
}

export function isMove(op: number | undefined): boolean {
  return op === blockOpId.read || op === blockOpId.write;
}

/** First sector and the one behind the last. */
export function extent(columns: RequestColumns, rows: Rows): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, 0];
  for (const row of rows) {
    const sector = columns.sector[row] as number;
    low = Math.min(low, sector);
    high = Math.max(high, sector + Math.ceil((columns.bytes[row] as number) / 512));
  }
  return [low, high];
}

/** Share of requests that begin where the one before ended. */
export function followers(columns: RequestColumns, rows: Rows): number {
  let count = 0;
  for (let i = 1; i < rows.length; i++) {
    const [row, before] = [rows[i] as number, rows[i - 1] as number];
    if (columns.sector[row] === (columns.sector[before] as number) + (columns.bytes[before] as number) / 512)
      count++;
  }
  return rows.length < 2 ? 0 : count / (rows.length - 1);
}

/** ns in which at least one was on its way. */
export function busyTime(columns: RequestColumns, rows: Rows): number {
  let [busy, until] = [0, 0];
  for (const row of rows) {
    const from = Math.max(until, firstSeen(columns, row));
    const to = columns.complete[row] as number;
    if (to > from) busy += to - from;
    until = Math.max(until, to);
  }
  return busy;
}
