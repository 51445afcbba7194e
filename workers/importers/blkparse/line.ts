import { isDigit } from '../../bytes.ts';
import { Cursor } from '../trace-event/cursor.ts';
import { valueEnd } from '../trace-event/fields.ts';

const SPACE = 32;
const DOT = 46;

/**
 * The columns every line of blkparse's default format begins with,
 * `%D %2c %8s %5T.%9t %5p %2a %3d `: device, CPU, sequence, seconds, process, action, rwbs.
 */
export class BlkparseLine {
  readonly cursor = new Cursor();
  device = 0;
  cpu = 0;
  sequence = 0;
  /** ns from the first event. */
  time = 0;
  pid = 0;
  actionStart = 0;
  actionEnd = 0;
  lettersStart = 0;
  lettersEnd = 0;
  /** Where what follows rwbs begins; `to` when nothing does. */
  restStart = 0;
  to = 0;

  /** False when the line bytes[from, to) is no such line. */
  read(bytes: Uint8Array, from: number, to: number): boolean {
    const { cursor } = this;
    cursor.bytes = bytes;
    cursor.at = from;
    cursor.to = to;
    this.to = to;
    this.#skip();
    this.device = cursor.device();
    if (Number.isNaN(this.device)) return false;
    this.cpu = this.#number();
    this.sequence = this.#number();
    this.time = this.#seconds();
    this.pid = this.#number();
    if (Number.isNaN(this.cpu + this.sequence + this.time + this.pid)) return false;
    this.#skip();
    this.actionStart = cursor.at;
    this.actionEnd = valueEnd(bytes, cursor.at, to);
    cursor.at = this.actionEnd;
    if (this.actionEnd === this.actionStart || this.actionEnd - this.actionStart > 2) return false;
    this.#skip();
    this.lettersStart = cursor.at;
    this.lettersEnd = valueEnd(bytes, cursor.at, to);
    cursor.at = this.lettersEnd;
    this.#skip();
    this.restStart = cursor.at;
    return true;
  }

  #skip(): void {
    const { cursor } = this;
    while (cursor.at < cursor.to && cursor.bytes[cursor.at] === SPACE) cursor.at++;
  }

  #number(): number {
    this.#skip();
    return isDigit(this.cursor.bytes[this.cursor.at]) ? this.cursor.number() : Number.NaN;
  }

  /** `12.000000345`: nine digits behind the point, as blkparse prints them. */
  #seconds(): number {
    this.#skip();
    const { cursor } = this;
    const { bytes } = cursor;
    let at = cursor.at;
    let seconds = 0;
    for (; isDigit(bytes[at]); at++) seconds = seconds * 10 + (bytes[at] as number) - 48;
    if (at === cursor.at || bytes[at] !== DOT) return Number.NaN;
    let nanoseconds = 0;
    const first = ++at;
    for (; isDigit(bytes[at]); at++) nanoseconds = nanoseconds * 10 + (bytes[at] as number) - 48;
    if (at - first !== 9) return Number.NaN;
    cursor.at = at;
    return seconds * 1e9 + nanoseconds;
  }
}
