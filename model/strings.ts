import { hashBytes } from './hash.ts';

/** Interned byte strings: string i is bytes[offset[i] .. offset[i+1]). Row 0 is the empty string. */
export interface Strings {
  readonly length: number;
  readonly bytes: Uint8Array;
  readonly offset: Uint32Array;
}

const utf8 = new TextDecoder();
const encoder = new TextEncoder();

/** String `id` as text. Bytes that are not UTF-8 become U+FFFD; use `stringBytes` to keep them. */
export function decodeString(strings: Strings, id: number): string {
  const bytes = stringBytes(strings, id);
  // TextDecoder refuses views on shared memory in browsers; the copy is a few bytes long.
  return utf8.decode(bytes.slice());
}

/** String `id` with one character per byte, so that writing it as latin1 gives the recorded bytes back. */
export function decodeLatin1(strings: Strings, id: number): string {
  const end = strings.offset[id + 1] ?? 0;
  let text = '';
  for (let at = strings.offset[id] ?? 0; at < end; at++) text += String.fromCharCode(strings.bytes[at] ?? 0);
  return text;
}

export function stringBytes(strings: Strings, id: number): Uint8Array {
  return strings.bytes.subarray(strings.offset[id] ?? 0, strings.offset[id + 1] ?? 0);
}

/** Interns byte strings by content with open addressing; ids follow first appearance. */
export class StringBuilder {
  #bytes = new Uint8Array(4096);
  #used = 0;
  #offset = new Uint32Array(256);
  #length = 1;
  #slots = new Int32Array(512);

  get length(): number {
    return this.#length;
  }

  /** Id of bytes[start, end). */
  intern(bytes: Uint8Array, start: number, end: number): number {
    const size = end - start;
    if (size === 0) return 0;
    const mask = this.#slots.length - 1;
    let slot = hashBytes(bytes, start, end) & mask;
    for (;;) {
      const id = this.#slots[slot] ?? 0;
      if (id === 0) break;
      if (this.#equals(id, bytes, start, size)) return id;
      slot = (slot + 1) & mask;
    }
    const id = this.#append(bytes, start, end);
    this.#slots[slot] = id;
    if (this.#length * 2 > this.#slots.length) this.#rehash();
    return id;
  }

  /** Id of `text` encoded as UTF-8. */
  internText(text: string): number {
    const bytes = encoder.encode(text);
    return this.intern(bytes, 0, bytes.length);
  }

  finish(): Strings {
    const bytes = new Uint8Array(new SharedArrayBuffer(this.#used));
    bytes.set(this.#bytes.subarray(0, this.#used));
    const offset = new Uint32Array(new SharedArrayBuffer((this.#length + 1) * 4));
    offset.set(this.#offset.subarray(0, this.#length + 1));
    return { length: this.#length, bytes, offset };
  }

  #equals(id: number, bytes: Uint8Array, start: number, size: number): boolean {
    const from = this.#offset[id] ?? 0;
    if ((this.#offset[id + 1] ?? 0) - from !== size) return false;
    for (let i = 0; i < size; i++) if (this.#bytes[from + i] !== bytes[start + i]) return false;
    return true;
  }

  #append(bytes: Uint8Array, start: number, end: number): number {
    const needed = this.#used + end - start;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.#used));
      this.#bytes = grown;
    }
    this.#bytes.set(bytes.subarray(start, end), this.#used);
    if (this.#length + 2 > this.#offset.length) {
      const grown = new Uint32Array(this.#offset.length * 2);
      grown.set(this.#offset);
      this.#offset = grown;
    }
    const id = this.#length++;
    this.#used = needed;
    this.#offset[id + 1] = needed;
    return id;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let id = 1; id < this.#length; id++) {
      let slot = hashBytes(this.#bytes, this.#offset[id] ?? 0, this.#offset[id + 1] ?? 0) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id;
    }
    this.#slots = slots;
  }
}
