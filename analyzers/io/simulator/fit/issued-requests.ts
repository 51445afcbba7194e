import { blockOpId } from '../../../../model/io-tables.ts';
import type { RequestColumns } from '../../../derived/io/request-table.ts';
import type { Rows } from './request-rows.ts';

/** Requests as the driver got them, in the order of their issue: columns of equal length. */
export interface IssuedRequests {
  /** ns. */
  readonly issue: Float64Array;
  /** ns from issue to completion, as measured. */
  readonly latency: Float64Array;
  readonly sector: Float64Array;
  readonly sectors: Int32Array;
  readonly write: Uint8Array;
}

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

/** Requests [from, to) of the columns. */
export function sliceIssued(issued: IssuedRequests, from: number, to: number): IssuedRequests {
  return {
    issue: issued.issue.subarray(from, to),
    latency: issued.latency.subarray(from, to),
    sector: issued.sector.subarray(from, to),
    sectors: issued.sectors.subarray(from, to),
    write: issued.write.subarray(from, to),
  };
}

/** A disk that reorders serves in the order of completions. */
export function inOrderOfEnds({ issue, latency }: Pick<IssuedRequests, 'issue' | 'latency'>): Uint32Array {
  const end = issue.map((time, i) => time + (latency[i] as number));
  return Uint32Array.from(issue, (_, i) => i).sort(
    (a, b) => (end[a] as number) - (end[b] as number) || a - b,
  );
}
