import { blockOpId } from '../../../../model/io-tables.ts';
import type { RequestColumns } from '../../../derived/io/request-table.ts';
import type { IssuedRequests } from './device-replay.ts';
import type { Rows } from './request-rows.ts';

/** What the driver got of these requests, by time of issue. */
export function issuedOf(columns: RequestColumns, moves: Rows): IssuedRequests {
  const rows = moves
    .filter((row) => !Number.isNaN(columns.issue[row]))
    .sort((a, b) => (columns.issue[a] as number) - (columns.issue[b] as number) || a - b);
  const start = columns.issue[rows[0] as number] ?? 0;
  return {
    issue: Float64Array.from(rows, (row) => (columns.issue[row] as number) - start),
    latency: Float64Array.from(
      rows,
      (row) => (columns.complete[row] as number) - (columns.issue[row] as number),
    ),
    sector: Float64Array.from(rows, (row) => columns.sector[row] as number),
    sectors: Int32Array.from(rows, (row) => Math.ceil((columns.bytes[row] as number) / 512)),
    write: Uint8Array.from(rows, (row) => (columns.op[row] === blockOpId.write ? 1 : 0)),
  };
}
