import { frameKindId } from '../../../model/tables.ts';
import type { TraceBuilder } from '../../../model/trace-builder.ts';
import {
  HASH,
  isHexDigit,
  latin1,
  lineEnd,
  NEWLINE,
  RETURN,
  skipBlanks,
  TAB,
  trimEnd,
  utf8,
} from '../../bytes.ts';
import type { ImportOptions, Source } from '../importer.ts';
import { TraceEventSink } from '../trace-event/sink.ts';
import { fieldValue } from './field-value.ts';
import { frameKindOf, isJitModule } from './frame-kind.ts';
import { FrameLine } from './frame-line.ts';
import { HeaderLine, type IdLayout } from './header-line.ts';
import { LineCache } from './line-cache.ts';

/** Cache values: a frame id ≥ 1, or the complement of an index into #sequences (several frames on one line). */
type FrameRef = number;

const UNKNOWN = Buffer.from('[unknown]');

/** Reads perf script text into samples. One per file range; slices are whole samples in file order. */
export class PerfScriptParser {
  readonly #out: TraceBuilder;
  readonly #options: ImportOptions;
  readonly #layout: IdLayout;
  readonly #countsOnly: boolean;
  /** Reads the arguments of tracepoints into their tables. */
  readonly #sink: TraceEventSink;
  readonly #header = new HeaderLine();
  readonly #frameLine = new FrameLine();
  readonly #lines = new LineCache();
  readonly #sequences: number[][] = [];
  /** Frames by name and module, while addresses do not matter. */
  readonly #frames = new Map<number, FrameRef>();
  #open = false;
  #thread = 0;
  #cpu = 0;
  #time = 0;
  #event = 0;
  /** String of the event of the sample before; −1 before the first. */
  #eventName = -1;
  #weight = 0;
  /** Where the name of the open sample's event lies. */
  #nameStart = 0;
  #nameEnd = 0;
  /** Frames of the open sample, innermost first. */
  #chain = new Int32Array(256);
  #depth = 0;
  /** Frames and stack ids of the sample before, outermost first: neighbours share their outer frames. */
  #lastFrames = new Int32Array(256);
  #lastStacks = new Int32Array(256);
  #lastDepth = 0;

  constructor(out: TraceBuilder, source: Source, layout: IdLayout) {
    this.#out = out;
    this.#options = source.options;
    this.#layout = layout;
    this.#sink = new TraceEventSink(out);
    // Samples of a recording with call chains are wanted for these.
    this.#countsOnly = !source.options.everyEvent && !hasFrames(source.head);
  }

  parse(bytes: Uint8Array, offset: number): void {
    const end = bytes.length;
    const view = new DataView(bytes.buffer, bytes.byteOffset, end);
    let at = 0;
    while (at < end) {
      const first = bytes[at] as number;
      if (first === 32 && !beginsLikeFrame(bytes, at, end)) {
        // A right-aligned name that is no address: nothing but a sample begins so.
        const stop = lineEnd(bytes, at, end);
        this.#named(bytes, at, stop, offset);
        at = stop + 1;
      } else if (first === TAB || first === 32) {
        // The line a gigabyte of text consists of: a frame seen before, in an open sample.
        if (this.#open) {
          const known = this.#lines.get(bytes, view, at);
          if (known !== undefined) {
            this.#push(known);
            at += this.#lines.matched + 1;
            continue;
          }
        }
        const stop = lineEnd(bytes, at, end);
        this.#indented(bytes, view, at, stop, offset);
        at = stop + 1;
      } else if (first === NEWLINE) {
        this.#finishSample(bytes, offset);
        at++;
      } else {
        const stop = lineEnd(bytes, at, end);
        this.#outdented(bytes, view, at, stop, offset);
        at = stop + 1;
      }
    }
    this.#finishSample(bytes, offset);
  }

  #indented(bytes: Uint8Array, view: DataView, at: number, stop: number, offset: number): void {
    const from = skipBlanks(bytes, at, stop);
    const end = trimEnd(bytes, from, stop);
    if (end === from) this.#finishSample(bytes, offset);
    else if (this.#frameLine.read(bytes, at, end) && !this.#readsAsTimedHeader(bytes, at, end)) {
      this.#frame(bytes, view, at, stop, offset);
    } else if (this.#header.read(bytes, at, end, this.#layout)) this.#beginSample(bytes, end, offset);
    else if (this.#open && isSourceLine(bytes, from, end)) this.#out.counts.ignored++;
    else this.#out.skip(at + offset);
  }

  #named(bytes: Uint8Array, at: number, stop: number, offset: number): void {
    const end = trimEnd(bytes, at, stop);
    if (this.#header.read(bytes, at, end, this.#layout)) this.#beginSample(bytes, end, offset);
    else if (end === skipBlanks(bytes, at, end)) this.#finishSample(bytes, offset);
    else if (this.#open && isSourceLine(bytes, skipBlanks(bytes, at, end), end)) this.#out.counts.ignored++;
    else this.#out.skip(at + offset);
  }

  #outdented(bytes: Uint8Array, view: DataView, at: number, stop: number, offset: number): void {
    const end = trimEnd(bytes, at, stop);
    if (bytes[at] === HASH) this.#comment(bytes, at, end);
    else if (end === at && bytes[at] === RETURN) this.#finishSample(bytes, offset);
    else if (this.#header.read(bytes, at, end, this.#layout)) this.#beginSample(bytes, end, offset);
    else if (this.#frameLine.read(bytes, at, end)) this.#frame(bytes, view, at, stop, offset);
    else this.#out.skip(at + offset);
  }

  /**
   * `  dd 123 [000] 1.0: …(…)` reads as a frame at address 0xdd; a time says it is not. perf indents
   * frames by a tab and right-aligned names by blanks, so most frames need not be asked.
   */
  #readsAsTimedHeader(bytes: Uint8Array, at: number, end: number): boolean {
    if (bytes[at] === TAB) return false;
    const header = this.#header;
    return header.read(bytes, at, end, this.#layout) && !Number.isNaN(header.time);
  }

  #beginSample(bytes: Uint8Array, end: number, offset: number): void {
    this.#finishSample(bytes, offset);
    const header = this.#header;
    const out = this.#out;
    if (header.isRecord) {
      this.#notice(bytes, end);
      return;
    }
    this.#time = header.time;
    this.#cpu = header.cpu;
    const comm = out.strings.intern(bytes, header.commStart, header.commEnd);
    this.#thread = out.thread(header.pid, header.tid, comm, header.time);
    const name = out.strings.intern(bytes, header.eventStart, header.eventEnd);
    if (name !== this.#eventName) {
      this.#eventName = name;
      this.#event = name === 0 ? 0 : out.events.intern({ name });
    }
    const { event } = this.#sink;
    event.pid = header.pid;
    event.tid = header.tid;
    event.from = header.restStart;
    event.to = end;
    this.#nameStart = header.eventStart;
    this.#nameEnd = header.eventEnd;
    this.#weight = this.#weightOf(bytes, end);
    this.#open = true;
    // perf prints a call chain of one frame on the event's own line.
    if (header.restStart < end && this.#frameLine.read(bytes, header.restStart, end)) {
      this.#push(this.#intern(bytes));
    }
  }

  #weightOf(bytes: Uint8Array, end: number): number {
    const { weight } = this.#options;
    if (weight === 'samples') return 1;
    if (weight === 'period') return Number.isNaN(this.#header.period) ? 1 : this.#header.period;
    return fieldValue(latin1(bytes, this.#header.restStart, end), weight.field);
  }

  /** PERF_RECORD_LOST and PERF_RECORD_LOST_SAMPLES say how many; other records are of no use here. */
  #notice(bytes: Uint8Array, end: number): void {
    const text = latin1(bytes, this.#header.eventStart, end);
    const lost = /^PERF_RECORD_LOST(?:_SAMPLES)?\b.*?\blost (\d+)/.exec(text);
    if (lost) this.#out.counts.lost += Number(lost[1]);
    else this.#out.counts.ignored++;
  }

  #finishSample(bytes: Uint8Array, offset: number): void {
    if (!this.#open) return;
    this.#open = false;
    const stack = this.#stack();
    this.#depth = 0;
    if (this.#event !== 0) {
      const { event } = this.#sink;
      event.time = this.#time;
      event.cpu = this.#cpu;
      event.thread = this.#thread;
      event.event = this.#event;
      event.stack = stack;
      event.bytes = bytes;
      if (!this.#sink.file(this.#eventName, bytes, this.#nameStart, this.#nameEnd))
        this.#out.skip(event.from + offset);
      else if (this.#countsOnly && this.#sink.hasTable(this.#eventName)) {
        this.#out.countEvent(this.#event);
        return;
      }
    }
    this.#out.sample(this.#time, this.#thread, this.#cpu, stack, this.#event, this.#weight);
  }

  /** Stack id of the open sample's chain: outer frames shared with the sample before cost no look-up. */
  #stack(): number {
    const depth = this.#depth;
    if (this.#lastFrames.length < depth) {
      this.#lastFrames = new Int32Array(this.#chain.length);
      this.#lastStacks = new Int32Array(this.#chain.length);
      this.#lastDepth = 0;
    }
    const chain = this.#chain;
    const frames = this.#lastFrames;
    const stacks = this.#lastStacks;
    const shared = Math.min(depth, this.#lastDepth);
    let level = 0;
    while (level < shared && frames[level] === chain[depth - 1 - level]) level++;
    let stack = level === 0 ? 0 : (stacks[level - 1] as number);
    for (; level < depth; level++) {
      const frame = chain[depth - 1 - level] as number;
      stack = this.#out.stacks.push(stack, frame);
      frames[level] = frame;
      stacks[level] = stack;
    }
    this.#lastDepth = depth;
    return stack;
  }

  /** The line bytes[at, stop) has just been read into #frameLine. */
  #frame(bytes: Uint8Array, view: DataView, at: number, stop: number, offset: number): void {
    if (!this.#open) {
      this.#out.skip(at + offset);
      return;
    }
    const ref = this.#intern(bytes);
    this.#lines.put(bytes, view, at, stop, ref);
    this.#push(ref);
  }

  #push(ref: FrameRef): void {
    if (ref >= 0) {
      if (this.#depth === this.#chain.length) {
        const grown = new Int32Array(this.#chain.length * 2);
        grown.set(this.#chain);
        this.#chain = grown;
      }
      this.#chain[this.#depth++] = ref;
      return;
    }
    for (const frame of this.#sequences[~ref] ?? []) this.#push(frame);
  }

  /** Frame, or frames innermost first, of the line read last into #frameLine. */
  #intern(bytes: Uint8Array): FrameRef {
    const line = this.#frameLine;
    const { strings } = this.#out;
    const keep = this.#options.addresses;
    const nameEnd = keep ? line.nameEnd : line.symbolEnd;
    const name = strings.intern(bytes, line.nameStart, nameEnd);
    const module = strings.intern(bytes, line.moduleStart, line.moduleEnd);
    if (keep) return this.#makeFrame(bytes, name, module, nameEnd);
    // Millions of addresses have some thousand functions: a line that is new is seldom a new one.
    const key = name * 2 ** 26 + module;
    let ref = this.#frames.get(key);
    if (ref === undefined) {
      ref = this.#makeFrame(bytes, name, module, nameEnd);
      this.#frames.set(key, ref);
    }
    return ref;
  }

  #makeFrame(bytes: Uint8Array, nameId: number, moduleId: number, nameEnd: number): FrameRef {
    const line = this.#frameLine;
    const { frames } = this.#out;
    const hasSymbol = nameEnd > line.nameStart && !sameBytes(bytes, line.nameStart, line.symbolEnd, UNKNOWN);
    const module = latin1(bytes, line.moduleStart, line.moduleEnd);
    const kind = frameKindOf(hasSymbol, module);
    const cells = {
      name: hasSymbol ? nameId : 0,
      module: module === '[unknown]' || module === 'inlined' ? 0 : moduleId,
      kind,
      ...(this.#options.addresses ? addressCells(latin1(bytes, line.addressStart, line.addressEnd)) : {}),
    };
    const name = hasSymbol && isJitModule(module) ? latin1(bytes, line.nameStart, nameEnd) : '';
    if (!name.includes('->')) return frames.intern(cells);
    // perf-map-agent writes inlined Java methods as `outer->inner`.
    const sequence = name.split('->').map((part, i) =>
      frames.intern({
        ...cells,
        name: internLatin1(this.#out, part),
        kind: i === 0 ? kind : frameKindId.inlined,
      }),
    );
    this.#sequences.push(sequence.reverse());
    return ~(this.#sequences.length - 1);
  }

  /** `# hostname : db17` and the other lines of perf script --header. */
  #comment(bytes: Uint8Array, from: number, end: number): void {
    const fact = /^#\s*([a-z][\w ]*?)\s*:\s+(\S.*)$/i.exec(utf8(bytes, from, end));
    if (fact?.[1] !== undefined && fact[2] !== undefined && !this.#open) this.#out.fact(fact[1], fact[2]);
  }
}

function internLatin1(out: TraceBuilder, text: string): number {
  const bytes = Buffer.from(text, 'latin1');
  return out.strings.intern(bytes, 0, bytes.length);
}

function addressCells(hex: string): { addressHigh: number; addressLow: number } {
  const digits = hex.replace(/^0x/, '').padStart(16, '0').slice(-16);
  return {
    addressHigh: Number.parseInt(digits.slice(0, 8), 16),
    addressLow: Number.parseInt(digits.slice(8), 16),
  };
}

function sameBytes(bytes: Uint8Array, from: number, to: number, word: Uint8Array): boolean {
  if (to - from !== word.length) return false;
  for (let i = 0; i < word.length; i++) if (bytes[from + i] !== word[i]) return false;
  return true;
}

/** Whether any line of the file's beginning is a frame, by the tab perf writes before it or by its address. */
function hasFrames(head: Uint8Array): boolean {
  const frame = new FrameLine();
  for (let at = 0; at < head.length; ) {
    const stop = lineEnd(head, at);
    if (
      head[at] === TAB ||
      (head[at] === 32 && beginsLikeFrame(head, at, stop) && frame.read(head, at, stop))
    )
      return true;
    at = stop + 1;
  }
  return false;
}

/** Whether the first word is an address: hexadecimal digits and nothing else. */
function beginsLikeFrame(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end && (bytes[at] === 32 || bytes[at] === TAB)) at++;
  const from = at;
  while (at < end && isHexDigit(bytes[at])) at++;
  const next = bytes[at];
  // `0x7f…` of simpleperf, `addr (module)`, an address alone.
  return (
    at > from &&
    (next === 32 || next === TAB || next === NEWLINE || next === RETURN || next === 120 || at === end)
  );
}

/** `  file.cpp:137`, `  file.cpp:41 (inlined)` or `  libc.so[27b25]`: what -F +srcline prints below a frame. */
function isSourceLine(bytes: Uint8Array, from: number, end: number): boolean {
  return /^\S+(?::\d+|\[[0-9a-f]+\])(?: \(inlined\))?$/.test(latin1(bytes, from, end));
}
