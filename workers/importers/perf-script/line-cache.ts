import { mix } from '../../../model/hash.ts';
import { NEWLINE } from '../../bytes.ts';

/** Bytes of line text kept before the cache starts over: bounds memory when nearly every line is new. */
const LIMIT = 48 << 20;
/** Bytes of a line that are hashed: perf pads the address to 16 columns, so the start of the symbol is among them. */
const HASHED = 20;

/**
 * Lines seen before → a number. Call chains repeat the same lines many times, and comparing a
 * line with its earlier copy is cheaper than taking it apart. A look-up hashes the first bytes and
 * compares up to the newline, four bytes at a time, so it touches a known line once and never
 * searches for its end.
 */
export class LineCache {
  #text = new Uint8Array(1 << 16);
  #view = new DataView(this.#text.buffer);
  #used = 0;
  #slots = new Int32Array(1 << 12);
  #hash = new Int32Array(1 << 11);
  #start = new Uint32Array(1 << 11);
  #size = new Uint32Array(1 << 11);
  #value = new Int32Array(1 << 11);
  #length = 1;
  /** Bytes of the line found last, without its newline. */
  matched = 0;

  /** Value put for the line that begins at `from` and ends at the next newline; undefined when new. */
  get(bytes: Uint8Array, view: DataView, from: number): number | undefined {
    if (from + HASHED > bytes.length) return undefined;
    const hash = hashStart(view, from);
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const entry = this.#slots[slot] as number;
      if (entry === 0) return undefined;
      if (this.#hash[entry] === hash && this.#equals(entry, bytes, view, from)) {
        this.matched = this.#size[entry] as number;
        return this.#value[entry] as number;
      }
      slot = (slot + 1) & mask;
    }
  }

  /** Remembers the line bytes[from, end). Lines shorter than the hashed part are not worth it. */
  put(bytes: Uint8Array, view: DataView, from: number, end: number, value: number): void {
    const size = end - from;
    if (size < HASHED) return;
    if (this.#used + size > LIMIT) this.#clear();
    this.#reserve(size);
    const entry = this.#length++;
    this.#text.set(bytes.subarray(from, end), this.#used);
    this.#hash[entry] = hashStart(view, from);
    this.#start[entry] = this.#used;
    this.#size[entry] = size;
    this.#value[entry] = value;
    this.#used += size;
    this.#insert(entry);
  }

  #equals(entry: number, bytes: Uint8Array, view: DataView, from: number): boolean {
    const size = this.#size[entry] as number;
    if (bytes[from + size] !== NEWLINE) return false;
    const start = this.#start[entry] as number;
    const words = size & ~3;
    for (let i = 0; i < words; i += 4) {
      if (this.#view.getInt32(start + i, true) !== view.getInt32(from + i, true)) return false;
    }
    for (let i = words; i < size; i++) if (this.#text[start + i] !== bytes[from + i]) return false;
    return true;
  }

  #insert(entry: number): void {
    const mask = this.#slots.length - 1;
    let slot = (this.#hash[entry] as number) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = entry;
  }

  #reserve(size: number): void {
    if (this.#used + size > this.#text.length) {
      const grown = new Uint8Array(Math.max(this.#text.length * 2, this.#used + size));
      grown.set(this.#text.subarray(0, this.#used));
      this.#text = grown;
      this.#view = new DataView(grown.buffer);
    }
    if (this.#length === this.#start.length) {
      this.#hash = doubled(this.#hash, Int32Array);
      this.#start = doubled(this.#start, Uint32Array);
      this.#size = doubled(this.#size, Uint32Array);
      this.#value = doubled(this.#value, Int32Array);
      this.#slots = new Int32Array(this.#slots.length * 2);
      for (let entry = 1; entry < this.#length; entry++) this.#insert(entry);
    }
  }

  #clear(): void {
    this.#used = 0;
    this.#length = 1;
    this.#slots.fill(0);
  }
}

function doubled<A extends Uint32Array | Int32Array>(array: A, Constructor: new (length: number) => A): A {
  const grown = new Constructor(array.length * 2);
  grown.set(array);
  return grown;
}

/** Hash of the first 20 bytes of a line. */
function hashStart(view: DataView, from: number): number {
  let hash = view.getInt32(from, true);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) + view.getInt32(from + 4, true);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) + view.getInt32(from + 8, true);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) + view.getInt32(from + 12, true);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) + view.getInt32(from + 16, true);
  return mix(hash);
}
