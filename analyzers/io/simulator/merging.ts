import { endSector, type Requests } from './requests.ts';
import type { Scheduler } from './scheduler.ts';

/**
 * Merging of a submitted piece into a queued request, in the kernel's order: the last request merged, the table
 * by end sector (back), the scheduler's order by start sector (front); and joining of two requests that meet.
 * Source: block/elevator.c, elv_merge(), elv_attempt_insert_merge(); block/blk-merge.c, attempt_merge().
 */
export interface Merger {
  /** Whether `piece` has become part of a queued request, and whether that then joined another: one request less. */
  merge(piece: number): 'no' | 'merged' | 'joined';
  /** A request that comes from a plug list becomes part of the queued one that ends where it starts: one request less. */
  absorb(row: number): boolean;
  /** A piece has become part of a request that is not inserted yet. */
  joinedBefore(): void;
  /** Call when a request is inserted in, and when it leaves the scheduler. */
  add(row: number): void;
  drop(row: number): void;
  merges(): number;
}

const BUCKETS = 1 << 10;

export function createMerger(
  requests: Requests,
  scheduler: Scheduler,
  maxSectors: number,
  noMerges: 0 | 1 | 2,
): Merger {
  const { sector, sectors, write, sync, hashNext, hashed, chain, chainLast, serial } = requests;
  const buckets = new Int32Array(BUCKETS).fill(-1);
  let last = -1;
  let merges = 0;
  let inserted = 0;

  const bucketOf = (end: number): number => Math.floor(end / 8) & (BUCKETS - 1);
  const add = (row: number): void => {
    const bucket = bucketOf(endSector(requests, row));
    hashNext[row] = buckets[bucket] as number;
    buckets[bucket] = row;
    hashed[row] = 1;
  };
  const drop = (row: number): void => {
    if (hashed[row] === 0) return;
    hashed[row] = 0;
    if (last === row) last = -1;
    const bucket = bucketOf(endSector(requests, row));
    let at = buckets[bucket] as number;
    if (at === row) buckets[bucket] = hashNext[row] as number;
    else {
      while (hashNext[at] !== row) at = hashNext[at] as number;
      hashNext[at] = hashNext[row] as number;
    }
  };
  const fits = (row: number, piece: number): boolean =>
    write[row] === write[piece] &&
    sync[row] === sync[piece] &&
    (sectors[row] as number) + (sectors[piece] as number) <= maxSectors &&
    (scheduler.mayMerge?.(row, piece) ?? true);
  const append = (row: number, piece: number): void => {
    chain[chainLast[row] as number] = piece;
    chainLast[row] = chainLast[piece] as number;
    sectors[row] = (sectors[row] as number) + (sectors[piece] as number);
  };
  const backTarget = (piece: number): number => {
    const from = sector[piece] as number;
    if (last >= 0 && endSector(requests, last) === from && fits(last, piece)) return last;
    if (noMerges === 1) return -1;
    const window = scheduler.mergeWindow ?? Number.POSITIVE_INFINITY;
    for (let row = buckets[bucketOf(from)] as number; row >= 0; row = hashNext[row] as number) {
      const recent = inserted - (serial[row] as number) <= window;
      if (recent && endSector(requests, row) === from && fits(row, piece)) return row;
    }
    return -1;
  };
  /** Joins `row` with the request behind it when they touch. */
  const join = (row: number, absorbed: number): boolean => {
    if (row < 0 || absorbed < 0 || row === absorbed || hashed[row] === 0 || hashed[absorbed] === 0)
      return false;
    if (endSector(requests, row) !== sector[absorbed] || !fits(row, absorbed)) return false;
    drop(row);
    drop(absorbed);
    scheduler.joined?.(row, absorbed);
    append(row, absorbed);
    scheduler.grown?.(row);
    add(row);
    last = row;
    merges++;
    return true;
  };
  const growBack = (back: number, piece: number): void => {
    drop(back);
    append(back, piece);
    scheduler.grown?.(back);
    add(back);
    last = back;
    merges++;
  };
  return {
    joinedBefore: () => {
      merges++;
    },
    absorb: (row) => {
      if (noMerges === 2) return false;
      const back = backTarget(row);
      if (back < 0) return false;
      growBack(back, row);
      return true;
    },
    add: (row) => {
      serial[row] = inserted++;
      add(row);
    },
    drop,
    merges: () => merges,
    merge: (piece) => {
      if (noMerges === 2) return 'no';
      const back = backTarget(piece);
      if (back >= 0) {
        growBack(back, piece);
        return join(back, scheduler.following?.(back) ?? -1) ? 'joined' : 'merged';
      }
      const front = noMerges === 1 ? -1 : (scheduler.findFront?.(piece) ?? -1);
      if (front < 0 || !fits(front, piece)) return 'no';
      // The end stays, so the table by end does not change.
      scheduler.beforeFront?.(front);
      sector[front] = sector[piece] as number;
      sectors[front] = (sectors[front] as number) + (sectors[piece] as number);
      chain[chainLast[front] as number] = piece;
      chainLast[front] = chainLast[piece] as number;
      scheduler.afterFront?.(front);
      last = front;
      merges++;
      return join(scheduler.preceding?.(front) ?? -1, front) ? 'joined' : 'merged';
    },
  };
}
