import { NO_CPU } from '../../../model/tables.ts';
import { isDigit, latin1, skipBlanks, trimEnd } from '../../bytes.ts';

const SPACE = 32;
const BAR = 124;
const CLOSE = 41;
const DOT = 46;
const MINUS = 45;
const BRACE_OPEN = 123;
const BRACE_CLOSE = 125;
const PAREN_OPEN = 40;
const SEMICOLON = 59;
const SLASH = 47;
const STAR = 42;

export type GraphLineKind = 'entry' | 'exit' | 'call' | 'event' | 'nothing';

/**
 * One line of function_graph: `[time |] [cpu)] [task-pid |] [flags |] [duration |] body`. Any column
 * may be missing; each is told by its looks, up to the first that fits none, where the body begins.
 * Source: kernel/trace/trace_functions_graph.c.
 */
export class GraphLine {
  /** ns; NaN = no abstime column. */
  time = Number.NaN;
  cpu = NO_CPU;
  taskStart = 0;
  /** End of the task's name; equal to taskStart = no task column. */
  taskEnd = 0;
  tid = -1;
  /** ns; NaN = not printed. */
  duration = Number.NaN;
  kind: GraphLineKind = 'nothing';
  depth = 0;
  /** Function, or the text of an event inside the comment. */
  nameStart = 0;
  nameEnd = 0;

  /** Reads bytes[start, end), a line without its newline; false when it is no line of a call graph. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    const stop = trimEnd(bytes, start, end);
    this.time = Number.NaN;
    this.cpu = NO_CPU;
    this.taskStart = this.taskEnd = 0;
    this.tid = -1;
    this.duration = Number.NaN;
    let at = this.#readTime(bytes, start, stop);
    at = this.#readCpu(bytes, at, stop);
    // Two blanks stand between the last bar and the body, one behind the CPU.
    let indent = at > start ? 1 : 0;
    for (let bar = bytes.indexOf(BAR, at); bar >= 0 && bar < stop; bar = bytes.indexOf(BAR, at)) {
      if (!this.#readColumn(bytes, at, bar)) break;
      at = bar + 1;
      indent = 2;
    }
    return this.readBody(bytes, at, stop, indent);
  }

  /** `[duration |] body`: what trace-cmd report prints behind funcgraph_entry and funcgraph_exit. */
  readShort(bytes: Uint8Array, start: number, end: number): boolean {
    this.duration = Number.NaN;
    if (bytes[start + 2] === 62 || bytes[start] === 60)
      return this.#readRaw(latin1(bytes, start, end), start);
    const bar = bytes.indexOf(BAR, start);
    if (bar < 0 || bar >= end || !this.#readColumn(bytes, start, bar)) return false;
    return this.readBody(bytes, bar + 1, trimEnd(bytes, start, end), 2);
  }

  /** `--> name (depth)`, `<-- name (depth) (start: HEX  end: HEX) over: 0`: without trace-cmd's plugin. */
  #readRaw(text: string, start: number): boolean {
    const found = /^(-->|<--) (\S+) \((\d+)\)(?: \(start: ([0-9a-f]+) +end: ([0-9a-f]+)\))?/.exec(text);
    if (found?.[2] === undefined) return false;
    this.kind = found[1] === '-->' ? 'entry' : 'exit';
    this.depth = Number(found[3]);
    this.nameStart = start + 4;
    this.nameEnd = this.nameStart + found[2].length;
    if (found[4] !== undefined) this.duration = Number(BigInt(`0x${found[5]}`) - BigInt(`0x${found[4]}`));
    return true;
  }

  /** `1234.567890 |`. */
  #readTime(bytes: Uint8Array, start: number, stop: number): number {
    const from = skipBlanks(bytes, start, stop);
    let at = from;
    let seconds = 0;
    while (isDigit(bytes[at])) seconds = seconds * 10 + (bytes[at++] as number) - 48;
    if (at === from || bytes[at] !== DOT) return start;
    let micros = 0;
    const digits = ++at;
    while (isDigit(bytes[at])) micros = micros * 10 + (bytes[at++] as number) - 48;
    const bar = skipBlanks(bytes, at, stop);
    if (at - digits !== 6 || bytes[bar] !== BAR) return start;
    this.time = seconds * 1e9 + micros * 1e3;
    return bar + 1;
  }

  /** ` 0)`. */
  #readCpu(bytes: Uint8Array, start: number, stop: number): number {
    const from = skipBlanks(bytes, start, stop);
    let at = from;
    let cpu = 0;
    while (isDigit(bytes[at])) cpu = cpu * 10 + (bytes[at++] as number) - 48;
    if (at === from || bytes[at] !== CLOSE) return start;
    this.cpu = Math.min(cpu, NO_CPU);
    return at + 1;
  }

  /** Text between bars: a task, latency flags, a duration, nothing. False when it is none of these. */
  #readColumn(bytes: Uint8Array, start: number, bar: number): boolean {
    const from = skipBlanks(bytes, start, bar);
    const to = trimEnd(bytes, from, bar);
    if (to === from) return true;
    if (bytes[to - 1] === 115 && bytes[to - 2] === 117 && bytes[to - 3] === SPACE)
      return this.#readDuration(bytes, from, to - 3);
    if (bytes[from] === 61 || bytes[from] === 60) return isInterruptArrow(bytes, from, to);
    for (let dash = to - 1; dash > from; dash--) {
      if (bytes[dash] === MINUS) return this.#readTask(bytes, from, dash, to);
      if (!isDigit(bytes[dash])) break;
    }
    return to - from <= 10 && isFlags(bytes, from, to);
  }

  #readTask(bytes: Uint8Array, from: number, dash: number, to: number): boolean {
    if (dash + 1 === to) return false;
    let tid = 0;
    for (let at = dash + 1; at < to; at++) tid = tid * 10 + (bytes[at] as number) - 48;
    this.taskStart = from;
    this.taskEnd = dash;
    this.tid = tid;
    return true;
  }

  /** `+ 22.103`, `0.500`, `4535.041`: µs behind a mark of how long it is. */
  #readDuration(bytes: Uint8Array, from: number, to: number): boolean {
    let at = from;
    if (!isDigit(bytes[at])) at = skipBlanks(bytes, at + 1, to);
    let value = 0;
    let scale = 0;
    for (; at < to; at++) {
      const byte = bytes[at] as number;
      if (byte === DOT && scale === 0) scale = 1;
      else if (isDigit(byte)) {
        value = value * 10 + byte - 48;
        scale *= 10;
      } else return false;
    }
    this.duration = (value / (scale || 1)) * 1e3;
    return true;
  }

  readBody(bytes: Uint8Array, start: number, stop: number, indent: number): boolean {
    const from = skipBlanks(bytes, start, stop);
    this.depth = Math.max(0, (from - start - indent) >> 1);
    this.nameStart = this.nameEnd = from;
    if (from === stop) {
      this.kind = 'nothing';
      return true;
    }
    if (bytes[from] === BRACE_CLOSE) return this.#readExit(bytes, from, stop);
    if (bytes[from] === SLASH && bytes[from + 1] === STAR) {
      this.kind = 'event';
      this.nameStart = skipBlanks(bytes, from + 2, stop);
      this.nameEnd = bytes[stop - 1] === SLASH ? trimEnd(bytes, this.nameStart, stop - 2) : stop;
      return true;
    }
    // `name();`, `name [module]() {`, `name(a=1) {`, and a comment with what it returned.
    const paren = bytes.indexOf(PAREN_OPEN, from);
    if (paren <= from || paren >= stop) return false;
    const name = trimEnd(bytes, from, paren);
    let last = stop;
    if (bytes[stop - 1] === SLASH && bytes[stop - 2] === STAR) {
      for (let at = stop - 2; at > paren; at--) {
        if (bytes[at] === SLASH && bytes[at + 1] === STAR) {
          last = trimEnd(bytes, from, at);
          break;
        }
      }
    }
    this.nameEnd = name;
    if (bytes[last - 1] === BRACE_OPEN) this.kind = 'entry';
    else if (bytes[last - 1] === SEMICOLON) this.kind = 'call';
    else return false;
    return true;
  }

  /** A brace, perhaps with a comment: the name, or `name = value`, or what it returned. */
  #readExit(bytes: Uint8Array, from: number, stop: number): boolean {
    this.kind = 'exit';
    const comment = skipBlanks(bytes, from + 1, stop);
    if (comment === stop) return true;
    if (bytes[comment] !== SLASH) return false;
    const name = skipBlanks(bytes, comment + 2, stop);
    let to = name;
    while (to < stop && bytes[to] !== SPACE) to++;
    if (bytes[name] === 61 || startsWith(bytes, name, RET)) return true;
    this.nameStart = name;
    this.nameEnd = to;
    return true;
  }
}

const RET = Uint8Array.from(Buffer.from('ret='));

function startsWith(bytes: Uint8Array, at: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false;
  return true;
}

/** `==========>` and `<==========`: a hard interrupt begins or ends. */
function isInterruptArrow(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++)
    if (bytes[at] !== 61 && bytes[at] !== 60 && bytes[at] !== 62) return false;
  return true;
}

/** `d..3.`: letters, digits and dots only, and not a word. */
function isFlags(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from < 4) return false;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number;
    if (byte !== DOT && !isDigit(byte) && !(byte >= 65 && byte <= 122)) return false;
  }
  return true;
}
