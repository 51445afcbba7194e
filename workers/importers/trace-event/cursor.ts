import { isDigit } from '../../bytes.ts';
import { deviceOf } from './block-event.ts';
import { numberAt, valueEnd } from './fields.ts';

const SPACE = 32;
const COMMA = 44;

/** Where the arguments of an event are read to. */
export class Cursor {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  to = 0;

  /** Number here, and the place behind it and one blank; NaN when there is none. */
  number(): number {
    const { bytes, to } = this;
    let { at } = this;
    let value = 0;
    for (let byte = bytes[at] as number; at < to && byte >= 48 && byte <= 57; byte = bytes[++at] as number)
      value = value * 10 + byte - 48;
    if (at > this.at && (at >= to || bytes[at] === SPACE)) {
      this.at = at + 1;
      return value;
    }
    // Negative, hexadecimal, or with something behind it.
    value = numberAt(bytes, this.at, to);
    if (!Number.isNaN(value)) this.at = valueEnd(bytes, this.at, to) + 1;
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
    let { at } = this;
    let major = 0;
    while (at < to && isDigit(bytes[at])) major = major * 10 + (bytes[at++] as number) - 48;
    if (at === this.at || bytes[at] !== COMMA) return Number.NaN;
    const from = ++at;
    let minor = 0;
    while (at < to && isDigit(bytes[at])) minor = minor * 10 + (bytes[at++] as number) - 48;
    if (at === from) return Number.NaN;
    this.at = at + 1;
    return deviceOf(major, minor);
  }
}
