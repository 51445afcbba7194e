import { Problem } from '../../../model/problem.ts';
import { latin1 } from '../../bytes.ts';

/** Reads numbers and strings of a file of either byte order, never beyond its end. */
export class Cursor {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #little: boolean;
  at: number;

  constructor(bytes: Uint8Array, at: number, little: boolean) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#little = little;
    this.at = at;
  }

  /** The same bytes, read from somewhere else. */
  from(at: number): Cursor {
    return new Cursor(this.bytes, at, this.#little);
  }

  /** Other bytes in the same byte order. */
  over(bytes: Uint8Array): Cursor {
    return new Cursor(bytes, 0, this.#little);
  }

  get little(): boolean {
    return this.#little;
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), this.#little);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), this.#little);
  }

  /** Exact below 2^53, which file offsets and sizes are. */
  u64(): number {
    return Number(this.#view.getBigUint64(this.#take(8), this.#little));
  }

  text(): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0) throw this.#short();
    const text = latin1(this.bytes, this.at, end);
    this.at = end + 1;
    return text;
  }

  take(size: number): Uint8Array {
    const start = this.#take(size);
    return this.bytes.subarray(start, start + size);
  }

  #take(size: number): number {
    const start = this.at;
    if (!(size >= 0) || start + size > this.bytes.length) throw this.#short();
    this.at += size;
    return start;
  }

  #short(): Problem {
    return new Problem({
      code: 'broken',
      message: 'ends in the middle of its description of itself',
      offset: Math.min(this.at, this.bytes.length),
      hint: 'copy the file again, whole; or give the text of trace-cmd report',
    });
  }
}
