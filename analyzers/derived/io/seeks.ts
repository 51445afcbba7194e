import type { Context } from '../../context.ts';
import { requestModel } from './requests.ts';

const SECTOR = 512;

/** How requests follow each other on a device, in the order of issue. */
export interface SeekFigures {
  /** Requests with data that had one before them, and those of them that begin where it ended. */
  readonly pairs: number;
  readonly sequential: number;
  /** The same, counting only requests of the same thread. */
  readonly ownPairs: number;
  readonly ownSequential: number;
  /** Sectors between, ascending, of those that are not sequential. */
  readonly distances: Float64Array;
}

/** `rows`: completed requests of one device. Flushes and commands have no place on it and are passed over. */
export function seeks(context: Context, rows: Uint32Array): SeekFigures {
  const { issue, sector, bytes, submitter } = context.derive(requestModel).requests.columns;
  const order = rows
    .filter(
      (row) =>
        !Number.isNaN(issue[row] as number) && (bytes[row] as number) > 0 && (sector[row] as number) >= 0,
    )
    .sort((a, b) => (issue[a] as number) - (issue[b] as number) || a - b);
  const ends = new Map<number, number>();
  const distances: number[] = [];
  let [sequential, ownPairs, ownSequential] = [0, 0, 0];
  let last = Number.NaN;
  for (const row of order) {
    const start = sector[row] as number;
    const end = start + (bytes[row] as number) / SECTOR;
    if (start === last) sequential++;
    else if (!Number.isNaN(last)) distances.push(Math.abs(start - last));
    const own = ends.get(submitter[row] as number);
    if (own !== undefined) {
      ownPairs++;
      if (own === start) ownSequential++;
    }
    ends.set(submitter[row] as number, end);
    last = end;
  }
  return {
    pairs: Math.max(0, order.length - 1),
    sequential,
    ownPairs,
    ownSequential,
    distances: Float64Array.from(distances).sort(),
  };
}
