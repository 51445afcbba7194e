import { mix } from '../../../model/hash.ts';
import { NEWLINE, SPACE } from '../../bytes.ts';

/** Bytes of line text kept before the cache starts over: bounds memory when nearly every line is new. */
const LIMIT = 48 << 20;

/**
 * Frame lines seen before → the frame they stand for. Call chains repeat the same lines many
 * times, and comparing a line with its earlier copy is cheaper than taking it apart. The hash
 * reads only the address, the comparison reads the line to its newline, so a hit touches every
 * byte once and never searches for the end of the line.
 */
export class LineCache {
  #text = new Uint8Array(1 << 16);
  #used = 0;
  #slots = new Int32Array(1 << 12);
  #start = new Uint32Array(1 << 11);
  #size = new Uint32Array(1 << 11);
  #value = new Int32Array(1 << 11);
  #length = 1;
  /** Bytes of the line found last, without its newline. */
  matched = 0;

  /** Value put for the line that begins at `from` and ends at the next newline; undefined when new. */
  get(bytes: Uint8Array, from: number): number | undefined {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const text = this.#text;
    let slot = hashAddress(bytes, from) & mask;
    for (;;) {
      const entry = slots[slot] as number;
      if (entry === 0) return undefined;
      const size = this.#size[entry] as number;
      if (bytes[from + size] === NEWLINE) {
        const start = this.#start[entry] as number;
        // From the end: lines that share an address differ in their symbol or module.
        let i = size - 1;
        while (i >= 0 && text[start + i] === bytes[from + i]) i--;
        if (i < 0) {
          this.matched = size;
          return this.#value[entry] as number;
        }
      }
      slot = (slot + 1) & mask;
    }
  }

  put(bytes: Uint8Array, from: number, end: number, value: number): void {
    const size = end - from;
    if (this.#used + size > LIMIT) this.#clear();
    this.#reserve(size + 1);
    const entry = this.#length++;
    this.#text.set(bytes.subarray(from, end), this.#used);
    this.#text[this.#used + size] = NEWLINE;
    this.#start[entry] = this.#used;
    this.#size[entry] = size;
    this.#value[entry] = value;
    this.#used += size + 1;
    this.#insert(entry);
  }

  #insert(entry: number): void {
    const mask = this.#slots.length - 1;
    let slot = hashAddress(this.#text, this.#start[entry] as number) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = entry;
  }

  #reserve(size: number): void {
    if (this.#used + size > this.#text.length) {
      const grown = new Uint8Array(Math.max(this.#text.length * 2, this.#used + size));
      grown.set(this.#text.subarray(0, this.#used));
      this.#text = grown;
    }
    if (this.#length === this.#start.length) {
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

/** Hash of the bytes up to the first blank, at most 16: the address of a frame line. */
function hashAddress(bytes: Uint8Array, from: number): number {
  let hash = 0;
  for (let at = from; at < from + 16; at++) {
    const byte = bytes[at] as number;
    if (byte <= SPACE) break;
    hash = Math.imul(hash, 31) + byte;
  }
  return mix(hash);
}
