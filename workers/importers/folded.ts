import { frameKindId, NO_CPU, NO_ID } from '../../model/tables.ts';
import type { TraceBuilder } from '../../model/trace-builder.ts';
import { isDigit, latin1, lineEnd, NEWLINE, skipBlanks, trimEnd } from '../bytes.ts';
import type { Importer, SniffAnswer } from './importer.ts';

const SEMICOLON = 59;
const DOT = 46;

/** Folded stacks, as collapse scripts write them: `comm;outer;inner 42`, one stack per line. */
export const folded: Importer = {
  id: 'folded',
  title: 'folded stacks: comm;outer;inner 42 (stackcollapse-*.pl, inferno, bpftrace, async-profiler)',
  captureWith: 'vtune fold perf.txt > stacks.folded',
  sniff: sniffFolded,
  isRecordStart: () => true,
  open(out) {
    const reader = new FoldedReader(out);
    return (bytes, offset) => reader.parse(bytes, offset);
  },
};

class FoldedReader {
  readonly #out: TraceBuilder;
  readonly #event: number;

  constructor(out: TraceBuilder) {
    this.#out = out;
    this.#event = out.events.intern({ name: out.strings.internText('folded') });
  }

  parse(bytes: Uint8Array, offset: number): void {
    for (let at = 0; at < bytes.length; ) {
      const stop = lineEnd(bytes, at);
      const end = trimEnd(bytes, at, stop);
      if (end > at && bytes[at] !== 35 && !this.#line(bytes, at, end)) this.#out.skip(at + offset);
      at = stop + 1;
    }
  }

  #line(bytes: Uint8Array, start: number, end: number): boolean {
    const countStart = weightStart(bytes, start, end);
    if (countStart < 0) return false;
    const weight = Number(latin1(bytes, countStart, end));
    const stackEnd = trimEnd(bytes, start, countStart);
    // Beyond 2^53 a number would be rounded without a word.
    if (stackEnd === start || !(weight <= Number.MAX_SAFE_INTEGER)) return false;
    const commEnd = nextSemicolon(bytes, start, stackEnd);
    const thread = this.#out.threads.intern({
      pid: NO_ID,
      tid: NO_ID,
      comm: this.#out.strings.intern(bytes, start, commEnd),
      start: Number.NaN,
      end: Number.NaN,
    });
    let stack = 0;
    for (let at = commEnd; at < stackEnd; ) {
      const to = nextSemicolon(bytes, at + 1, stackEnd);
      stack = this.#out.stacks.push(stack, this.#frame(bytes, at + 1, to));
      at = to;
    }
    this.#out.sample(Number.NaN, thread, NO_CPU, stack, this.#event, weight);
    return true;
  }

  /** `name_[k]`, `_[j]`, `_[i]` tell the kind and stay part of the name; `[module]` is a frame without a symbol. */
  #frame(bytes: Uint8Array, start: number, end: number): number {
    const { strings, frames } = this.#out;
    const mark = latin1(bytes, Math.max(start, end - 4), end);
    const kind = ({ '_[k]': 'kernel', '_[j]': 'jit', '_[i]': 'inlined' } as const)[mark];
    if (kind !== undefined) {
      return frames.intern({ name: strings.intern(bytes, start, end), kind: frameKindId[kind] });
    }
    const bracketed = bytes[start] === 91 && bytes[end - 1] === 93;
    if (!bracketed) return frames.intern({ name: strings.intern(bytes, start, end), kind: frameKindId.user });
    const module =
      latin1(bytes, start + 1, end - 1) === 'unknown' ? 0 : strings.intern(bytes, start + 1, end - 1);
    return frames.intern({ module, kind: frameKindId.unknown });
  }
}

function nextSemicolon(bytes: Uint8Array, from: number, end: number): number {
  const at = bytes.indexOf(SEMICOLON, from);
  return at < 0 || at > end ? end : at;
}

/** Start of the number that ends the line, digits with at most one dot after a blank; −1 when there is none. */
function weightStart(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  let dots = 0;
  while (at > start && (isDigit(bytes[at - 1]) || (bytes[at - 1] === DOT && dots++ === 0))) at--;
  const hasDigits = at < end && !(end - at === 1 && bytes[at] === DOT);
  return hasDigits && at > start && (bytes[at - 1] === 32 || bytes[at - 1] === 9) ? at : -1;
}

/** Most lines end in a number, and some of those have a `;` in them. */
function sniffFolded(head: Uint8Array): SniffAnswer {
  let lines = 0;
  let good = 0;
  let semicolons = 0;
  for (let at = 0; at < head.length; ) {
    const stop = lineEnd(head, at);
    const end = trimEnd(head, at, stop);
    if (end > skipBlanks(head, at, end) && head[at] !== 35 && (stop < head.length || lines === 0)) {
      lines++;
      const from = weightStart(head, at, end);
      if (from > 0 && !head.subarray(at, from).includes(NEWLINE)) {
        good++;
        if (head.subarray(at, from).includes(SEMICOLON)) semicolons++;
      }
    }
    at = stop + 1;
  }
  return semicolons > 0 && good * 2 >= lines ? 'yes' : 'no';
}
