import { isDigit } from '../../bytes.ts';
import { deviceOf } from './block-event.ts';
import { numberAt, valueEnd } from './fields.ts';

const COMMA = 44;

/** Where the arguments of an event are read to. */
export class Cursor {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  to = 0;

  /** Number here, and the place behind it and one blank; NaN when there is none. */
  number(): number {
    const value = numberAt(this.bytes, this.at, this.to);
    if (Number.isNaN(value)) return value;
    this.at = valueEnd(this.bytes, this.at, this.to) + 1;
    return value;
  }

  /** Steps over one character and a blank: `+ `, `/ `. */
  sign(character: number): boolean {
    if (this.bytes[this.at] !== character) return false;
    this.at += 2;
    return true;
  }

  /** `8,16 `, NaN when it is not there. */
  device(): number {
    const { bytes, to } = this;
    const major = numberAt(bytes, this.at, to);
    let comma = this.at;
    while (comma < to && isDigit(bytes[comma])) comma++;
    if (bytes[comma] !== COMMA) return Number.NaN;
    const minor = numberAt(bytes, comma + 1, to);
    let end = comma + 1;
    while (end < to && isDigit(bytes[end])) end++;
    this.at = end + 1;
    return Number.isNaN(major + minor) ? Number.NaN : deviceOf(major, minor);
  }
}
