import { NO_CPU, NO_ID } from '../../../model/tables.ts';
import { decimal, isDigit, skipBlanks } from '../../bytes.ts';

const MINUS = 45;
const DOT = 46;
const COLON = 58;
const SPACE = 32;
const OPEN = 40;
const CLOSE = 41;
const BRACKET_OPEN = 91;
const BRACKET_CLOSE = 93;
const LOWER_U = 117;
const LOWER_S = 115;
const LESS = 60;

/** Columns a task name takes in the kernel's own text (`%16s-%-7d`), and in trace-cmd's. */
const NAME_WIDTH = 16;
/** Longest task name, and a blank or two some writers put before it. */
const LONGEST_NAME = 16;

/** What stands behind the time. */
export type LineKind = 'event' | 'syscall-enter' | 'syscall-exit' | 'function' | 'stack' | 'user-stack';

/**
 * One line of a trace: `name-pid [(tgid)] [cpu] [flags] time: event: arguments`, or the latency
 * format's `name-pid cpu+flags time+us : event…`. Positions refer to the bytes it was read from.
 * A task name may hold anything, `-1 [000]` included, so the line is anchored on the last
 * `-pid` that the rest of the prefix fits behind and a name of at most 16 bytes stands before.
 * Sources: kernel/trace/trace_output.c (trace_print_context, trace_print_lat_context), libtraceevent's
 * tep_print_event, lib/traceevent.
 */
export class EventLine {
  nameStart = 0;
  nameEnd = 0;
  tid = NO_ID;
  /** Thread group, when the TGID column was recorded. */
  tgid = NO_ID;
  cpu = NO_CPU;
  /** The latency flags say hard or soft interrupt. */
  inInterrupt = 0;
  /** ns, or the number printed when the clock counts something else (`isTicks`). */
  time = Number.NaN;
  isTicks = false;
  kind: LineKind = 'event';
  /** Event, system call or function. */
  eventStart = 0;
  eventEnd = 0;
  /** Arguments; of a function, its caller. */
  restStart = 0;
  restEnd = 0;

  /** Reads bytes[start, end), a line without its newline; false when it is no event line. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    // The usual place of the dash; a line that was moved or shortened is searched.
    if (bytes[start + NAME_WIDTH] === MINUS && this.#readFrom(bytes, start, start + NAME_WIDTH, end))
      return true;
    const first = skipBlanks(bytes, start, end);
    const limit = Math.min(end, first + LONGEST_NAME);
    for (let dash = limit; dash > first; dash--) {
      if (bytes[dash] === MINUS && this.#readFrom(bytes, first, dash, end)) return true;
    }
    return false;
  }

  #readFrom(bytes: Uint8Array, start: number, dash: number, end: number): boolean {
    let at = dash + 1;
    if (!isDigit(bytes[at])) return false;
    let tid = 0;
    while (isDigit(bytes[at])) tid = tid * 10 + (bytes[at++] as number) - 48;
    if (bytes[at] !== SPACE && bytes[at] !== OPEN) return false;
    at = skipBlanks(bytes, at, end);
    let tgid = NO_ID;
    if (bytes[at] === OPEN) {
      const close = bytes.indexOf(CLOSE, at);
      if (close < 0 || close > at + 10) return false;
      const digits = skipBlanks(bytes, at + 1, close);
      if (isDigit(bytes[digits])) tgid = decimal(bytes, digits, close);
      at = skipBlanks(bytes, close + 1, end);
    }
    let flagsStart = 0;
    let flagsEnd = 0;
    let cpu = 0;
    if (bytes[at] === BRACKET_OPEN) {
      at++;
      if (!isDigit(bytes[at])) return false;
      while (isDigit(bytes[at])) cpu = cpu * 10 + (bytes[at++] as number) - 48;
      if (bytes[at] !== BRACKET_CLOSE) return false;
      at = skipBlanks(bytes, at + 1, end);
      if (!isDigit(bytes[at]) || !this.#timeFits(bytes, at, end)) {
        flagsStart = at;
        while (at < end && bytes[at] !== SPACE) at++;
        flagsEnd = at;
        if (flagsEnd - flagsStart > 10) return false;
        at = skipBlanks(bytes, at, end);
      }
    } else {
      // Latency format: the CPU and its flags in one word.
      if (!isDigit(bytes[at])) return false;
      while (isDigit(bytes[at])) cpu = cpu * 10 + (bytes[at++] as number) - 48;
      flagsStart = at;
      while (at < end && bytes[at] !== SPACE) at++;
      flagsEnd = at;
      if (flagsEnd === flagsStart || flagsEnd - flagsStart > 10) return false;
      at = skipBlanks(bytes, at, end);
    }
    at = this.#readTime(bytes, at, end);
    if (at < 0) return false;
    this.nameStart = skipBlanks(bytes, start, dash);
    this.nameEnd = dash;
    this.tid = tid;
    this.tgid = tgid;
    this.cpu = Math.min(cpu, NO_CPU);
    this.inInterrupt = isInterrupt(bytes, flagsStart, flagsEnd);
    return this.#readRest(bytes, skipBlanks(bytes, at, end), end);
  }

  /** Whether digits, perhaps with a dot or `us`, and a colon stand at `at`. */
  #timeFits(bytes: Uint8Array, at: number, end: number): boolean {
    let to = at;
    while (to < end && (isDigit(bytes[to]) || bytes[to] === DOT)) to++;
    return to > at && (bytes[to] === COLON || (bytes[to] === LOWER_U && bytes[to + 1] === LOWER_S));
  }

  /** `5811.992549:`, `17683105771663:`, `8606us#:`, `8606us :`; the index behind the colon, or −1. */
  #readTime(bytes: Uint8Array, from: number, end: number): number {
    let at = from;
    let whole = 0;
    if (!isDigit(bytes[at])) return -1;
    while (isDigit(bytes[at])) whole = whole * 10 + (bytes[at++] as number) - 48;
    this.isTicks = false;
    if (bytes[at] === DOT) {
      let fraction = 0;
      const digits = ++at;
      while (isDigit(bytes[at])) fraction = fraction * 10 + (bytes[at++] as number) - 48;
      if (at - digits > 9 || at === digits) return -1;
      this.time = whole * 1e9 + fraction * (POWERS[9 - (at - digits)] as number);
    } else if (bytes[at] === LOWER_U && bytes[at + 1] === LOWER_S) {
      this.time = whole * 1e3;
      at += 2;
      // A mark of how long it was since the line before: ` `, `+`, `!`, `#`, `*`, `@`, `$`.
      if (bytes[at] !== COLON) at++;
    } else {
      this.time = whole;
      this.isTicks = true;
    }
    at = skipBlanks(bytes, at, end);
    return bytes[at] === COLON ? at + 1 : -1;
  }

  #readRest(bytes: Uint8Array, from: number, end: number): boolean {
    this.eventStart = from;
    let at = from;
    while (at < end && isWord(bytes[at] as number)) at++;
    this.eventEnd = at;
    this.restEnd = end;
    const next = bytes[at];
    if (at === from) return this.#readStackMark(bytes, from, end);
    if (next === COLON && (at + 1 === end || bytes[at + 1] === SPACE)) {
      this.kind = 'event';
      this.restStart = skipBlanks(bytes, at + 1, end);
      return true;
    }
    if (next === OPEN && startsWith(bytes, from, at, SYS)) {
      this.kind = 'syscall-enter';
      this.restStart = at;
      return true;
    }
    if (
      next === SPACE &&
      bytes[at + 1] === MINUS &&
      bytes[at + 2] === 62 &&
      startsWith(bytes, from, at, SYS)
    ) {
      this.kind = 'syscall-exit';
      this.restStart = skipBlanks(bytes, at + 3, end);
      return true;
    }
    return this.#readFunction(bytes, at, end);
  }

  /** `callee <-caller`; names of functions may hold dots and brackets (`foo.isra.0`, `fn [module]`). */
  #readFunction(bytes: Uint8Array, from: number, end: number): boolean {
    for (let at = from; at + 1 < end; at++) {
      if (bytes[at] !== LESS || bytes[at + 1] !== MINUS || bytes[at - 1] !== SPACE) continue;
      this.kind = 'function';
      this.eventEnd = at - 1;
      this.restStart = skipBlanks(bytes, at + (bytes[at + 2] === MINUS ? 3 : 2), end);
      return true;
    }
    // Names with a dot are functions' too; an event called so is followed by its colon.
    let at = from;
    while (at < end && bytes[at] !== SPACE && bytes[at] !== COLON) at++;
    if (bytes[at] !== COLON || at === this.eventStart) return false;
    this.kind = 'event';
    this.eventEnd = at;
    this.restStart = skipBlanks(bytes, at + 1, end);
    return true;
  }

  #readStackMark(bytes: Uint8Array, from: number, end: number): boolean {
    if (startsWith(bytes, from, end, STACK)) this.kind = 'stack';
    else if (startsWith(bytes, from, end, USER_STACK)) this.kind = 'user-stack';
    else return this.#readFunction(bytes, from, end);
    this.eventStart = from + 1;
    this.eventEnd = bytes.indexOf(62, from);
    this.restStart = end;
    return true;
  }
}

const POWERS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
const SYS = Uint8Array.from(Buffer.from('sys_'));
const STACK = Uint8Array.from(Buffer.from('<stack trace>'));
const USER_STACK = Uint8Array.from(Buffer.from('<user stack trace>'));

/**
 * The flag behind irqs-off and need-resched is the context: h, H hard, s soft interrupt, Z, z NMI,
 * `.` a task. Real-time kernels have a second need-resched flag before it.
 */
function isInterrupt(bytes: Uint8Array, from: number, to: number): number {
  const last = Math.min(to, from + 4);
  for (let at = from + 2; at < last; at++) {
    const flag = bytes[at];
    if (flag === 104 || flag === 72 || flag === 115 || flag === 90 || flag === 122) return 1;
  }
  return 0;
}

function isWord(byte: number): boolean {
  return (
    (byte >= 97 && byte <= 122) || byte === 95 || (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90)
  );
}

function startsWith(bytes: Uint8Array, from: number, to: number, word: Uint8Array): boolean {
  if (to - from < word.length) return false;
  for (let i = 0; i < word.length; i++) if (bytes[from + i] !== word[i]) return false;
  return true;
}
