import { NO_CPU, NO_ID } from '../../../model/tables.ts';
import { allDigits, decimal, isDigit, skipBlanks, tokenEnd, trimEnd } from '../../bytes.ts';

const BRACKET_OPEN = 91;
const BRACKET_CLOSE = 93;
const COLON = 58;
const DOT = 46;
const MINUS = 45;
const SLASH = 47;

/** How the file prints thread ids, decided once from its head: `tid`, `pid/tid`, or two numbers `pid tid`. */
export type IdLayout = 'one' | 'two';

/**
 * The line that begins a sample, as positions in the bytes it was read from:
 * `comm pid/tid [cpu] flags seconds.fraction: period event: rest`. Every part but comm, one id
 * and the event may be missing, and comm may hold blanks and digits; so the id is the first
 * number after which the remaining tokens fit (builtin-script.c, perf_sample__fprintf_start).
 */
export class HeaderLine {
  commStart = 0;
  commEnd = 0;
  pid = NO_ID;
  tid = NO_ID;
  cpu = NO_CPU;
  /** ns; NaN when not printed. */
  time = Number.NaN;
  /** NaN when not printed. */
  period = Number.NaN;
  eventStart = 0;
  eventEnd = 0;
  /** What follows the event: a frame, tracepoint arguments, or nothing. */
  restStart = 0;
  /** The line is a PERF_RECORD_… notice, not a sample; its text begins at eventStart. */
  isRecord = false;

  /** Reads bytes[start, end), a line without its newline; false when it is no header line. */
  read(bytes: Uint8Array, start: number, end: number, layout: IdLayout): boolean {
    const stop = trimEnd(bytes, start, end);
    this.commStart = skipBlanks(bytes, start, stop);
    let at = tokenEnd(bytes, this.commStart, stop);
    while (at < stop) {
      this.commEnd = at;
      const from = skipBlanks(bytes, at, stop);
      at = tokenEnd(bytes, from, stop);
      if (isIdToken(bytes, from, at) && this.#readIds(bytes, from, at, stop, layout)) return true;
    }
    return false;
  }

  #readIds(bytes: Uint8Array, from: number, to: number, stop: number, layout: IdLayout): boolean {
    let slash = from;
    while (slash < to && bytes[slash] !== SLASH) slash++;
    const next = skipBlanks(bytes, to, stop);
    if (slash === to && layout === 'one' && this.#readUsualTail(bytes, next, stop)) {
      this.pid = NO_ID;
      this.tid = signed(bytes, from, to);
      return true;
    }
    if (slash < to) {
      this.pid = signed(bytes, from, slash);
      this.tid = signed(bytes, slash + 1, to);
      return this.#readTail(bytes, next, stop);
    }
    const nextEnd = tokenEnd(bytes, next, stop);
    if (layout === 'two' && isIdToken(bytes, next, nextEnd)) {
      this.pid = signed(bytes, from, to);
      this.tid = signed(bytes, next, nextEnd);
      if (this.#readTail(bytes, skipBlanks(bytes, nextEnd, stop), stop)) return true;
    }
    this.pid = NO_ID;
    this.tid = signed(bytes, from, to);
    return this.#readTail(bytes, next, stop);
  }

  /** `[001] 24520.237411161: event: rest`, as nearly every line has it, in one pass; false for anything else. */
  #readUsualTail(bytes: Uint8Array, from: number, stop: number): boolean {
    let at = from;
    if (bytes[at++] !== BRACKET_OPEN) return false;
    let byte = bytes[at] as number;
    let cpu = 0;
    for (; byte >= 48 && byte <= 57; byte = bytes[++at] as number) cpu = cpu * 10 + byte - 48;
    if (byte !== BRACKET_CLOSE || at === from + 1) return false;
    at = skipBlanks(bytes, at + 1, stop);
    const first = at;
    let seconds = 0;
    for (byte = bytes[at] as number; byte >= 48 && byte <= 57; byte = bytes[++at] as number)
      seconds = seconds * 10 + byte - 48;
    if (byte !== DOT || at === first) return false;
    const point = at;
    let fraction = 0;
    for (byte = bytes[++at] as number; byte >= 48 && byte <= 57; byte = bytes[++at] as number)
      fraction = fraction * 10 + byte - 48;
    const digits = at - point - 1;
    if (byte !== COLON || digits === 0 || digits > 9) return false;
    const name = skipBlanks(bytes, at + 1, stop);
    const nameEnd = tokenEnd(bytes, name, stop);
    // A digit may begin a period, a `P` a record's notice.
    if (isDigit(bytes[name]) || bytes[name] === RECORD[0] || !isEventToken(bytes, name, nameEnd))
      return false;
    this.cpu = Math.min(cpu, NO_CPU);
    this.time = seconds * 1e9 + fraction * (POWERS[9 - digits] as number);
    this.period = Number.NaN;
    this.isRecord = false;
    this.eventStart = name;
    this.eventEnd = nameEnd - 1;
    this.restStart = skipBlanks(bytes, nameEnd, stop);
    return true;
  }

  #readTail(bytes: Uint8Array, from: number, stop: number): boolean {
    this.cpu = NO_CPU;
    this.time = Number.NaN;
    this.period = Number.NaN;
    let at = from;
    let to = tokenEnd(bytes, at, stop);
    if (bytes[at] === BRACKET_OPEN && bytes[to - 1] === BRACKET_CLOSE && allDigits(bytes, at + 1, to - 1)) {
      this.cpu = Math.min(decimal(bytes, at + 1, to - 1), NO_CPU);
      at = skipBlanks(bytes, to, stop);
      to = tokenEnd(bytes, at, stop);
    }
    if (!this.#readTime(bytes, at, to)) {
      // One word may stand before the time: misc (`U`, `K`) or latency flags (`d..2.`).
      const next = skipBlanks(bytes, to, stop);
      const nextEnd = tokenEnd(bytes, next, stop);
      if (to - at <= 8 && bytes[to - 1] !== COLON && this.#readTime(bytes, next, nextEnd)) {
        at = next;
        to = nextEnd;
      }
    }
    if (!Number.isNaN(this.time)) {
      at = skipBlanks(bytes, to, stop);
      to = tokenEnd(bytes, at, stop);
    }
    if (allDigits(bytes, at, to)) {
      this.period = decimal(bytes, at, to);
      at = skipBlanks(bytes, to, stop);
      to = tokenEnd(bytes, at, stop);
    }
    if (at === stop && !Number.isNaN(this.time)) {
      // Recorded without the event field: the time ends the line.
      this.isRecord = false;
      this.eventStart = this.eventEnd = this.restStart = stop;
      return true;
    }
    this.isRecord = startsWith(bytes, at, to, RECORD);
    if (!this.isRecord && !isEventToken(bytes, at, to)) return false;
    this.eventStart = at;
    this.eventEnd = to - 1;
    this.restStart = skipBlanks(bytes, to, stop);
    return true;
  }

  /** `666709.771979:`; the fraction has 6 digits, or 9 with --ns. */
  #readTime(bytes: Uint8Array, from: number, to: number): boolean {
    if (to - from < 4 || bytes[to - 1] !== COLON) return false;
    let at = from;
    let seconds = 0;
    while (isDigit(bytes[at])) seconds = seconds * 10 + (bytes[at++] as number) - 48;
    if (at === from || bytes[at] !== DOT) return false;
    const first = ++at;
    let fraction = 0;
    while (isDigit(bytes[at])) fraction = fraction * 10 + (bytes[at++] as number) - 48;
    const digits = at - first;
    if (at !== to - 1 || digits === 0 || digits > 9) return false;
    this.time = seconds * 1e9 + fraction * (POWERS[9 - digits] as number);
    return true;
  }
}

const POWERS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
const RECORD = Buffer.from('PERF_RECORD_');

function startsWith(bytes: Uint8Array, from: number, to: number, word: Uint8Array): boolean {
  if (to - from < word.length) return false;
  for (let i = 0; i < word.length; i++) if (bytes[from + i] !== word[i]) return false;
  return true;
}

/** `123`, `-1`, `123/456`, `-1/-1`. */
function isIdToken(bytes: Uint8Array, from: number, to: number): boolean {
  let digits = 0;
  let slashes = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at];
    if (isDigit(byte)) digits++;
    else if (byte === SLASH && digits > 0 && slashes === 0) {
      slashes = 1;
      digits = 0;
    } else if (byte !== MINUS || digits > 0) return false;
  }
  return digits > 0;
}

/** Ends in a colon, has a name before it, and does not look like an argument (`key=1:`) or an address. */
function isEventToken(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from < 2 || bytes[to - 1] !== COLON) return false;
  const first = bytes[from] as number;
  return first !== COLON && first !== BRACKET_OPEN && !allDigits(bytes, from, to - 1) && first !== 40;
}

function signed(bytes: Uint8Array, from: number, to: number): number {
  const negative = bytes[from] === MINUS;
  const value = decimal(bytes, negative ? from + 1 : from, to);
  return negative ? -value : value;
}
