import { isHexDigit, skipBlanks, tokenEnd, trimEnd } from '../../bytes.ts';

const PAREN_OPEN = 40;
const PAREN_CLOSE = 41;

/**
 * One frame of a call chain: `address symbol+0xoffset (module)`, as positions in the bytes it was
 * read from. Without the dso field, and with source lines for inlined frames, there is no module.
 */
export class FrameLine {
  addressStart = 0;
  addressEnd = 0;
  /** Symbol with its offset; empty when the symbol is missing. */
  nameStart = 0;
  nameEnd = 0;
  /** Symbol without `+0x…`. */
  symbolEnd = 0;
  moduleStart = 0;
  moduleEnd = 0;

  /** Reads bytes[start, end), a line without its newline; false when it is no frame line. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    const from = skipBlanks(bytes, start, end);
    let stop = trimEnd(bytes, from, end);
    this.addressStart = from;
    this.addressEnd = tokenEnd(bytes, from, stop);
    if (!isHexToken(bytes, from, this.addressEnd)) return false;
    const lineStop = stop;
    while (stop > from && bytes[stop - 1] !== PAREN_CLOSE) stop--;
    let open = moduleOpening(bytes, this.addressEnd, stop);
    if (open < 0) {
      // Without a module only an indented line with a symbol is a frame.
      if (from === start || this.addressEnd === lineStop) return false;
      open = lineStop;
      this.moduleStart = lineStop;
      this.moduleEnd = lineStop;
    } else {
      this.moduleStart = open + 1;
      this.moduleEnd = stop - 1;
    }
    this.nameStart = skipBlanks(bytes, this.addressEnd, open);
    this.nameEnd = Math.max(this.nameStart, trimEnd(bytes, this.nameStart, open));
    this.symbolEnd = withoutOffset(bytes, this.nameStart, this.nameEnd);
    return true;
  }
}

/** The parenthesis that opens the module: the one that balances the last, so that `(/a/b (deleted))` is one module. */
function moduleOpening(bytes: Uint8Array, from: number, stop: number): number {
  let depth = 0;
  for (let at = stop - 1; at > from; at--) {
    if (bytes[at] === PAREN_CLOSE) depth++;
    else if (bytes[at] === PAREN_OPEN && --depth === 0) return precededByBlank(bytes, at) ? at : -1;
  }
  // Unbalanced: a module name with a stray parenthesis. The last one after a blank opens it.
  for (let at = stop - 1; at > from; at--) {
    if (bytes[at] === PAREN_OPEN && precededByBlank(bytes, at)) return at;
  }
  return -1;
}

function precededByBlank(bytes: Uint8Array, at: number): boolean {
  return bytes[at - 1] === 32 || bytes[at - 1] === 9;
}

function isHexToken(bytes: Uint8Array, from: number, to: number): boolean {
  if (from >= to || to - from > 18) return false;
  const prefixed = bytes[from] === 48 && bytes[from + 1] === 120;
  for (let at = prefixed ? from + 2 : from; at < to; at++) if (!isHexDigit(bytes[at])) return false;
  return true;
}

function withoutOffset(bytes: Uint8Array, from: number, to: number): number {
  let at = to;
  while (at > from && isHexDigit(bytes[at - 1])) at--;
  const hasOffset =
    at < to && at - 3 >= from && bytes[at - 1] === 120 && bytes[at - 2] === 48 && bytes[at - 3] === 43;
  return hasOffset ? at - 3 : to;
}
