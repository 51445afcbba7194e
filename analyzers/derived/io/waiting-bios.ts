import { Chains } from './chains.ts';

/** Bios that were queued and have neither a request nor a place in one yet. Rows are used again. */
export class WaitingBios {
  time = new Float64Array(256);
  sector = new Float64Array(256);
  bytes = new Float64Array(256);
  thread = new Uint32Array(256);
  flags = new Uint8Array(256);
  /** 1 = the second part of a split: kernels before 5.17 queue it again. */
  rest = new Uint8Array(256);
  /** 1 = a part of a split bio. */
  split = new Uint8Array(256);
  readonly #chains = new Chains();
  readonly #free: number[] = [];
  #length = 1;

  /** A bio at this sector: the oldest of this thread, else the oldest; 0 = none. */
  find(sector: number, thread: number): number {
    const oldest = this.#chains.first(sector);
    for (let row = oldest; row !== 0; row = this.#chains.after(row)) {
      if (this.thread[row] === thread) return row;
    }
    return oldest;
  }

  add(time: number, sector: number, bytes: number, thread: number, flags: number): number {
    const row = this.#free.pop() ?? this.#length++;
    if (row >= this.time.length) this.#grow();
    this.time[row] = time;
    this.sector[row] = sector;
    this.bytes[row] = bytes;
    this.thread[row] = thread;
    this.flags[row] = flags;
    this.rest[row] = 0;
    this.split[row] = 0;
    this.#chains.append(sector, row);
    return row;
  }

  remove(row: number): void {
    this.#chains.remove(this.sector[row] as number, row);
    this.#free.push(row);
  }

  /** Bios that are still waiting. */
  get length(): number {
    return this.#length - 1 - this.#free.length;
  }

  #grow(): void {
    const size = this.time.length * 2;
    const grow = <A extends Float64Array | Uint32Array | Uint8Array>(old: A, into: A): A => {
      into.set(old as never);
      return into;
    };
    this.time = grow(this.time, new Float64Array(size));
    this.sector = grow(this.sector, new Float64Array(size));
    this.bytes = grow(this.bytes, new Float64Array(size));
    this.thread = grow(this.thread, new Uint32Array(size));
    this.flags = grow(this.flags, new Uint8Array(size));
    this.rest = grow(this.rest, new Uint8Array(size));
    this.split = grow(this.split, new Uint8Array(size));
  }
}
