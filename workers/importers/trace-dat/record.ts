import { latin1 } from '../../bytes.ts';
import type { EventFormat, Field } from './event-format.ts';

/** The record being read: its bytes and, by its format, its fields. One object serves all records. */
export class EventRecord {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  format: EventFormat | undefined;
  #view: DataView = new DataView(new ArrayBuffer(0));
  readonly #little: boolean;

  constructor(little: boolean) {
    this.#little = little;
  }

  /** The bytes records lie in from now on. */
  over(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Value of an integer field; NaN when the event has none of this name, or the record is cut before it. */
  number(name: string): number {
    const field = this.format?.fields.get(name);
    return field === undefined ? Number.NaN : this.value(field);
  }

  value(field: Field): number {
    const at = this.start + field.offset;
    if (at + field.size > this.end) return Number.NaN;
    return this.integer(at, field.size, field.signed);
  }

  integer(at: number, size: number, signed: boolean): number {
    const view = this.#view;
    const little = this.#little;
    switch (size) {
      case 1:
        return signed ? view.getInt8(at) : view.getUint8(at);
      case 2:
        return signed ? view.getInt16(at, little) : view.getUint16(at, little);
      case 4:
        return signed ? view.getInt32(at, little) : view.getUint32(at, little);
      case 8:
        return Number(signed ? view.getBigInt64(at, little) : view.getBigUint64(at, little));
      default:
        return Number.NaN;
    }
  }

  /** Full 64 bits, for addresses. */
  big(at: number, size: number): bigint {
    return size === 8
      ? this.#view.getBigUint64(at, this.#little)
      : BigInt(this.#view.getUint32(at, this.#little));
  }

  /** Where the bytes of an array or string field lie: [from, to), a string without its NUL. */
  range(name: string): readonly [number, number] {
    const field = this.format?.fields.get(name);
    if (field === undefined) return [this.start, this.start];
    let at = this.start + field.offset;
    let size = field.size;
    if (field.dynamic !== '' && at + 4 <= this.end) {
      const location = this.integer(at, 4, false);
      size = location >>> 16;
      at = (location & 0xffff) + (field.dynamic === 'rel_loc' ? at + 4 : this.start);
    } else if (size === 0) size = this.end - at;
    const from = Math.min(at, this.end);
    return [from, Math.min(from + size, this.end)];
  }

  /** [from, to) of a string field, up to its NUL. */
  textRange(name: string): readonly [number, number] {
    const [from, to] = this.range(name);
    const nul = this.bytes.indexOf(0, from);
    return [from, nul >= 0 && nul < to ? nul : to];
  }

  text(name: string): string {
    const [from, to] = this.textRange(name);
    return latin1(this.bytes, from, to);
  }
}
