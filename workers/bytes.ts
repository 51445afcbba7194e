/** Line and number reading on bytes: no strings, no split, no parseFloat. */

export const TAB = 9;
export const NEWLINE = 10;
export const RETURN = 13;
export const SPACE = 32;
export const HASH = 35;

/** Index of the next newline at or after `from`, or `end`. */
export function lineEnd(bytes: Uint8Array, from: number, end: number = bytes.length): number {
  const at = bytes.indexOf(NEWLINE, from);
  return at < 0 || at > end ? end : at;
}

export function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
}

export function skipBlanks(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && isBlank(bytes[at])) at++;
  return at;
}

/** End of bytes[from, end) without trailing blanks and carriage returns. */
export function trimEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = end;
  while (at > from && (isBlank(bytes[at - 1]) || bytes[at - 1] === RETURN)) at--;
  return at;
}

/** End of the run of non-blank bytes that begins at `from`. */
export function tokenEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && !isBlank(bytes[at])) at++;
  return at;
}

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}

export function isHexDigit(byte: number | undefined): boolean {
  return isDigit(byte) || (byte !== undefined && ((byte >= 97 && byte <= 102) || (byte >= 65 && byte <= 70)));
}

/** Whether bytes[from, to) is one or more decimal digits. */
export function allDigits(bytes: Uint8Array, from: number, to: number): boolean {
  if (from >= to) return false;
  for (let at = from; at < to; at++) if (!isDigit(bytes[at])) return false;
  return true;
}

/** Value of the decimal digits bytes[from, to). */
export function decimal(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + (bytes[at] as number) - 48;
  return value;
}

/** bytes[from, to) with one character per byte. */
export function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
}

/** bytes[from, to) as UTF-8 text; what is not UTF-8 becomes U+FFFD. */
export function utf8(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('utf8');
}
