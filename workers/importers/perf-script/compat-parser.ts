import { NO_CPU, NO_ID } from '../../../model/tables.ts';
import type { TraceBuilder } from '../../../model/trace-builder.ts';
import { latin1, lineEnd, RETURN } from '../../bytes.ts';
import type { Source } from '../importer.ts';

/** A header line as a collapse script reads it. `event` is empty when the script sees none. */
export interface CompatHeader {
  readonly comm: string;
  readonly pid: number;
  readonly tid: number;
  readonly event: string;
  readonly period: number;
  /** A frame printed on the header's own line. */
  readonly frame?: string;
}

export interface CompatFrame {
  readonly address: string;
  /** Symbol without its offset, possibly `outer->inner`. */
  readonly symbol: string;
  readonly module: string;
}

/** How one collapse script reads lines: the grammar its users' results were made with. */
export interface CompatGrammar {
  /** Whether the first line of a block is the only header line it may have. */
  readonly headerFirst: boolean;
  /** Whether a sample without frames counts. */
  readonly emptyStacks: boolean;
  header(line: string): CompatHeader | undefined;
  /** undefined: not a frame line; null: a frame line to leave out. */
  frame(line: string): CompatFrame | null | undefined;
}

/**
 * Reads blocks of lines that end at a blank line, the way the usual collapse scripts do, so that
 * `vtune fold --compat` agrees with them down to their quirks. Frame kinds are left to the fold:
 * those scripts decide them from names.
 */
export class CompatParser {
  readonly #out: TraceBuilder;
  readonly #grammar: CompatGrammar;
  readonly #source: Source;
  readonly #frames = new Map<string, number | null | undefined>();
  #header: CompatHeader | undefined;
  #inBlock = false;
  #chain: number[] = [];

  constructor(out: TraceBuilder, source: Source, grammar: CompatGrammar) {
    this.#out = out;
    this.#source = source;
    this.#grammar = grammar;
  }

  parse(bytes: Uint8Array, offset: number): void {
    for (let at = 0; at < bytes.length; ) {
      const stop = lineEnd(bytes, at);
      const end = stop > at && bytes[stop - 1] === RETURN ? stop - 1 : stop;
      this.#line(latin1(bytes, at, end), at + offset);
      at = stop + 1;
    }
    this.#finish();
  }

  #line(line: string, offset: number): void {
    if (line.startsWith('#')) return;
    if (line === '' || (this.#grammar.headerFirst && line.trimEnd() === '')) {
      this.#finish();
      return;
    }
    const mayBeHeader = !(this.#grammar.headerFirst && this.#inBlock);
    const header = mayBeHeader ? this.#grammar.header(line) : undefined;
    if (header !== undefined) {
      this.#header = header;
      this.#inBlock = true;
      if (header.frame !== undefined) {
        this.#frame(header.frame, offset);
        this.#finish();
      }
    } else if (mayBeHeader && this.#grammar.headerFirst) this.#out.skip(offset);
    else this.#frame(line, offset);
  }

  #frame(line: string, offset: number): void {
    if (this.#header === undefined) return;
    let id = this.#frames.get(line);
    if (id === undefined && !this.#frames.has(line)) {
      const frame = this.#grammar.frame(line);
      id = frame == null ? frame : this.#intern(frame);
      if (this.#frames.size > 500_000) this.#frames.clear();
      this.#frames.set(line, id);
    }
    if (id === undefined) this.#out.skip(offset);
    else if (id !== null) this.#chain.push(id);
  }

  #intern({ address, symbol, module }: CompatFrame): number {
    const digits = /^[0-9a-f]{1,16}$/i.test(address) ? address.padStart(16, '0') : '';
    const keep = this.#source.options.addresses && digits !== '';
    return this.#out.frames.intern({
      name: this.#text(symbol),
      module: this.#text(module),
      addressHigh: keep ? Number.parseInt(digits.slice(0, 8), 16) : 0,
      addressLow: keep ? Number.parseInt(digits.slice(8), 16) : 0,
    });
  }

  #finish(): void {
    const header = this.#header;
    this.#header = undefined;
    this.#inBlock = false;
    const chain = this.#chain;
    this.#chain = [];
    if (header === undefined || (chain.length === 0 && !this.#grammar.emptyStacks)) return;
    const out = this.#out;
    let stack = 0;
    for (let i = chain.length - 1; i >= 0; i--) stack = out.stacks.push(stack, chain[i] as number);
    const thread = out.threads.intern({
      pid: header.pid,
      tid: header.tid,
      comm: this.#text(header.comm),
      start: Number.NaN,
      end: Number.NaN,
    });
    const event = header.event === '' ? 0 : out.events.intern({ name: this.#text(header.event) });
    const weight = this.#source.options.weight === 'samples' ? 1 : header.period;
    out.sample(Number.NaN, thread, NO_CPU, stack, event, weight);
  }

  #text(text: string): number {
    const bytes = Buffer.from(text, 'latin1');
    return this.#out.strings.intern(bytes, 0, bytes.length);
  }
}

/** Thread ids as the scripts print them: a number, or `?` for one that was not recorded. */
export function idOf(text: string | undefined): number {
  return text === undefined || text === '' ? NO_ID : Number(text);
}
