/**
 * Requests as columns: one row per piece of IO between its submission and its completion. Schedulers
 * thread their lists and trees through the rows by index, so a simulated second makes no objects.
 *
 *     head row ──chain──► merged row ──chain──► merged row     (one request, three pieces)
 */
export interface Requests {
  readonly capacity: number;
  /** First sector (512 B) and length in sectors; of a head row, of the whole request. */
  readonly sector: Float64Array;
  readonly sectors: Int32Array;
  /** 0 read, 1 write. */
  readonly write: Uint8Array;
  /** 1: somebody waits for it (reads, O_DIRECT and O_SYNC writes). */
  readonly sync: Uint8Array;
  /** Row of the task that submitted it; the flusher's for write-back. */
  readonly task: Int32Array;
  /** On which it was submitted. */
  readonly cpu: Uint8Array;
  /** 1 real time, 2 best effort, 3 idle, as IOPRIO_CLASS_*. */
  readonly priorityClass: Uint8Array;
  /** 0 (highest) to 7. */
  readonly priorityLevel: Uint8Array;
  /** ns of simulated time: submitted by the task, given to the scheduler, given to the device. */
  readonly submitted: Float64Array;
  readonly inserted: Float64Array;
  readonly issued: Float64Array;
  /** ns; when the scheduler's FIFO wants it served. */
  readonly deadline: Float64Array;
  /** Row of the scheduler's own queue, where it has queues. */
  readonly queue: Int32Array;
  /** Order of arrival. */
  readonly serial: Float64Array;
  /** Pieces merged behind this one, and of a head row the last of them. */
  readonly chain: Int32Array;
  readonly chainLast: Int32Array;
  /** Operation of its task this is a piece of, and the sectors of the piece itself, whatever was merged to it. */
  readonly operation: Int32Array;
  readonly pieceSectors: Int32Array;
  /** Links of the FIFO it stands in. */
  readonly next: Int32Array;
  readonly previous: Int32Array;
  /** Links of the tree by sector it stands in. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly parent: Int32Array;
  readonly rank: Uint32Array;
  /** Links of the table by end sector. */
  readonly hashNext: Int32Array;
  /** 1 while it stands in the table by end sector, so can grow. */
  readonly hashed: Uint8Array;
  /** Rows to hand out. */
  readonly free: Int32Array;
  freeCount: number;
  serialCount: number;
}

/** Room for `capacity` pieces in flight at once. */
export function createRequests(capacity: number): Requests {
  const ids = (): Int32Array => new Int32Array(capacity).fill(-1);
  const bytes = (): Uint8Array => new Uint8Array(capacity);
  const numbers = (): Float64Array => new Float64Array(capacity);
  const rank = new Uint32Array(capacity);
  let state = 0x9e3779b9;
  for (let i = 0; i < capacity; i++) {
    // xorshift32: the balance of the trees is the same in every run.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    rank[i] = state >>> 0;
  }
  return {
    capacity,
    sector: numbers(),
    sectors: new Int32Array(capacity),
    write: bytes(),
    sync: bytes(),
    task: ids(),
    cpu: bytes(),
    priorityClass: bytes(),
    priorityLevel: bytes(),
    submitted: numbers(),
    inserted: numbers(),
    issued: numbers(),
    deadline: numbers(),
    queue: ids(),
    serial: numbers(),
    chain: ids(),
    chainLast: ids(),
    operation: ids(),
    pieceSectors: new Int32Array(capacity),
    next: ids(),
    previous: ids(),
    left: ids(),
    right: ids(),
    parent: ids(),
    rank,
    hashNext: ids(),
    hashed: bytes(),
    free: Int32Array.from({ length: capacity }, (_, i) => capacity - 1 - i),
    freeCount: capacity,
    serialCount: 0,
  };
}

/** Takes a row. Throws RangeError when more is in flight than there is room for: a defect of the caller. */
export function takeRequest(requests: Requests): number {
  if (requests.freeCount === 0) throw new RangeError('more requests in flight than there is room for');
  const row = requests.free[--requests.freeCount] as number;
  requests.chain[row] = -1;
  requests.chainLast[row] = row;
  requests.queue[row] = -1;
  requests.cpu[row] = 0;
  requests.operation[row] = -1;
  requests.serial[row] = requests.serialCount++;
  return row;
}

export function giveBackRequest(requests: Requests, row: number): void {
  requests.free[requests.freeCount++] = row;
}

/** First sector behind a request. */
export function endSector(requests: Requests, row: number): number {
  return (requests.sector[row] as number) + (requests.sectors[row] as number);
}
