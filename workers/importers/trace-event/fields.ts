import { isDigit, isHexDigit } from '../../bytes.ts';

const MINUS = 45;
const SPACE = 32;

/** Start of the value behind ` key=` (or `key=` at the beginning) in bytes[from, to), or −1. `key` includes its `=`. */
export function valueStart(bytes: Uint8Array, from: number, to: number, key: Uint8Array): number {
  const first = key[0] as number;
  const last = to - key.length;
  for (let at = from; at <= last; at++) {
    if (bytes[at] !== first || (at > from && bytes[at - 1] !== SPACE)) continue;
    let i = 1;
    while (i < key.length && bytes[at + i] === key[i]) i++;
    if (i === key.length) return at + key.length;
  }
  return -1;
}

/** The same, looked for first where it usually stands: behind the blank that ends the value at `at`. */
export function nextValue(bytes: Uint8Array, at: number, to: number, key: Uint8Array): number {
  let end = at;
  while (end < to && bytes[end] !== SPACE) end++;
  let i = 0;
  while (i < key.length && bytes[end + 1 + i] === key[i]) i++;
  return i === key.length ? end + 1 + i : valueStart(bytes, at, to, key);
}

/** `key=` as bytes, for valueStart. */
export function key(name: string): Uint8Array {
  return Uint8Array.from(Buffer.from(`${name}=`, 'latin1'));
}

/** Number at `at`: decimal, negative, or 0x…; NaN when there is none. */
export function numberAt(bytes: Uint8Array, at: number, to: number): number {
  let from = at;
  const negative = bytes[from] === MINUS;
  if (negative) from++;
  if (bytes[from] === 48 && (bytes[from + 1] === 120 || bytes[from + 1] === 88)) {
    let end = from + 2;
    while (end < to && isHexDigit(bytes[end])) end++;
    return end === from + 2 ? Number.NaN : Number(Buffer.from(bytes.subarray(from, end)).toString('latin1'));
  }
  let value = 0;
  let end = from;
  while (end < to && isDigit(bytes[end])) value = value * 10 + (bytes[end++] as number) - 48;
  return end === from ? Number.NaN : negative ? -value : value;
}

/** Number behind `key=` in bytes[from, to), or NaN. */
export function numberOf(bytes: Uint8Array, from: number, to: number, name: Uint8Array): number {
  const at = valueStart(bytes, from, to, name);
  return at < 0 ? Number.NaN : numberAt(bytes, at, to);
}

/** End of the value that begins at `at`: the next blank, or `to`. */
export function valueEnd(bytes: Uint8Array, at: number, to: number): number {
  let end = at;
  while (end < to && bytes[end] !== SPACE) end++;
  return end;
}

/**
 * End of a name of blanks and all that begins at `at`: where ` id=NUMBER` begins, preferably one
 * followed by ` then=`, because a task may call itself `a pid=1`. `to` when there is none.
 */
export function nameEnd(
  bytes: Uint8Array,
  at: number,
  to: number,
  id: Uint8Array,
  then?: Uint8Array,
): number {
  let first = to;
  for (let space = at; space < to; space++) {
    if (bytes[space] !== SPACE || !matches(bytes, space + 1, id)) continue;
    const value = space + 1 + id.length;
    if (!isDigit(bytes[value]) && bytes[value] !== MINUS) continue;
    if (then === undefined || matches(bytes, valueEnd(bytes, value, to) + 1, then)) return space;
    if (first === to) first = space;
  }
  return first;
}

function matches(bytes: Uint8Array, at: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false;
  return true;
}
