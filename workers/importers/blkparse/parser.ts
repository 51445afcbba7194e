import { type BlockPhase, blockFlag, blockOpId, blockPhaseId } from '../../../model/io-tables.ts';
import type { TraceBuilder } from '../../../model/trace-builder.ts';
import { latin1, lineEnd, trimEnd } from '../../bytes.ts';
import { BlockEvent, SECTOR, sectorOf } from '../trace-event/block-event.ts';
import { numberAt } from '../trace-event/fields.ts';
import { readRwbs } from '../trace-event/rwbs.ts';
import { BlkparseLine } from './line.ts';

const BRACKET = 91;
const OPEN = 40;
const CLOSE = 41;
const SPACE = 32;

/** Letters of the action column (blkparse(1), "trace actions"). */
const actions: Readonly<Record<string, BlockPhase>> = {
  Q: 'queue',
  G: 'getrq',
  S: 'sleep',
  P: 'plug',
  U: 'unplug',
  UT: 'unplug',
  I: 'insert',
  D: 'issue',
  C: 'complete',
  M: 'merge',
  F: 'front merge',
  R: 'requeue',
  X: 'split',
  A: 'remap',
  B: 'bounce',
};

/** Lines of the summary blkparse closes with, and those it opens with. */
const summary =
  /^(?:CPU\d+ \(.*\):|Total \(.*\):|\s+(?:Reads|Writes|Read|Write|Discards|IO unplugs|PC)\b.*|Throughput \(R\/W\):.*|Events \(.*\): \d+ entries.*|Input file .*)$/;
const skips = /^Skips: (\d+) forward/;

/** Reads blkparse's default text into block events. One per file range. */
export class BlkparseParser {
  readonly #out: TraceBuilder;
  readonly #line = new BlkparseLine();
  readonly #event = new BlockEvent();
  /** Row of the events table per phase. */
  readonly #names = new Map<string, number>();

  constructor(out: TraceBuilder) {
    this.#out = out;
    out.clock = 'blkparse';
  }

  parse(bytes: Uint8Array, offset: number): void {
    for (let at = 0; at < bytes.length; ) {
      const stop = lineEnd(bytes, at);
      const end = trimEnd(bytes, at, stop);
      if (end > at) {
        if (this.#line.read(bytes, at, end)) {
          if (!this.#file(bytes)) this.#out.skip(at + offset);
        } else if (!this.#aside(latin1(bytes, at, end))) this.#out.skip(at + offset);
      }
      at = stop + 1;
    }
  }

  #aside(text: string): boolean {
    const lost = skips.exec(text);
    if (lost !== null) this.#out.counts.lost += Number(lost[1]);
    else if (summary.test(text)) this.#out.counts.ignored++;
    else return false;
    return true;
  }

  #file(bytes: Uint8Array): boolean {
    const line = this.#line;
    const event = this.#event;
    const action = latin1(bytes, line.actionStart, line.actionEnd);
    if (action === 'm') return this.#message(bytes);
    const phase = actions[action];
    if (phase === undefined) return false;
    event.clear();
    event.time = line.time;
    event.phase = blockPhaseId[phase];
    event.device = line.device;
    event.cpu = line.cpu;
    event.sequence = line.sequence;
    if (!readRwbs(bytes, line.lettersStart, line.lettersEnd, event)) return false;
    const { cursor } = line;
    cursor.at = line.restStart;
    if (bytes[cursor.at] !== BRACKET && cursor.at < cursor.to && !this.#place(phase)) return false;
    if (event.bytes === 0 && (event.flags & blockFlag.preflush) !== 0) event.op = blockOpId.flush;
    event.thread = this.#thread(bytes, phase);
    event.file(this.#out);
    this.#count(phase);
    return true;
  }

  /** `125435616 + 8 `, `1000 / 1256 `, `0 `, `36 (12 00 …) `, `x + n <- (8,1) y`; leaves the cursor at what follows. */
  #place(phase: BlockPhase): boolean {
    const event = this.#event;
    const { cursor } = this.#line;
    const { bytes } = cursor;
    const first = cursor.number();
    if (Number.isNaN(first)) return false;
    if (bytes[cursor.at] === OPEN) {
      // A command: its bytes, and the command in hexadecimal.
      const close = bytes.indexOf(CLOSE, cursor.at);
      if (close < 0 || close >= cursor.to) return false;
      event.bytes = first;
      cursor.at = close + 2;
      return true;
    }
    event.sector = sectorOf(first);
    if (cursor.sign(47)) {
      event.otherSector = cursor.number();
      event.bytes = Math.max(0, event.otherSector - event.sector) * SECTOR;
      return phase === 'split' && !Number.isNaN(event.otherSector);
    }
    if (!cursor.sign(43)) return bytes[cursor.at] === BRACKET;
    const sectors = cursor.number();
    if (Number.isNaN(sectors)) return false;
    event.bytes = sectors * SECTOR;
    if (phase !== 'remap') return this.#elapsed();
    // `<- (8,1) 2048`.
    if (bytes[cursor.at] !== 60 || bytes[cursor.at + 3] !== OPEN) return false;
    cursor.at += 4;
    event.otherDevice = cursor.device();
    if (bytes[cursor.at] === SPACE) cursor.at++;
    event.otherSector = cursor.number();
    return !Number.isNaN(event.otherDevice + event.otherSector);
  }

  /** `(   123456) `, which -t puts before the name. */
  #elapsed(): boolean {
    const { cursor } = this.#line;
    if (cursor.bytes[cursor.at] !== OPEN) return true;
    const close = cursor.bytes.indexOf(CLOSE, cursor.at);
    if (close < 0 || close >= cursor.to) return false;
    cursor.at = close + 2;
    return true;
  }

  /** Thread of the line; a completion and a requeue print their error where others print a name. */
  #thread(bytes: Uint8Array, phase: BlockPhase): number {
    const { cursor, pid, time, to } = this.#line;
    const out = this.#out;
    if (bytes[cursor.at] !== BRACKET) return out.thread(-1, pid, 0, time);
    if (phase === 'complete' || phase === 'requeue') {
      const error = numberAt(bytes, cursor.at + 1, to);
      // blkparse prints the 16 bits of an errno as they are, so −5 as 65531.
      if (!Number.isNaN(error)) this.#event.error = (error << 16) >> 16;
      return out.thread(-1, pid, 0, time);
    }
    const close = bytes.lastIndexOf(93, to - 1);
    if (close < cursor.at) return out.thread(-1, pid, 0, time);
    if (phase === 'unplug') {
      const count = numberAt(bytes, close + 2, to);
      if (!Number.isNaN(count)) this.#event.bytes = count;
    }
    return out.thread(-1, pid, out.strings.intern(bytes, cursor.at + 1, close), time);
  }

  #message(bytes: Uint8Array): boolean {
    const { cpu, time, lettersStart, to } = this.#line;
    const text = this.#out.strings.intern(bytes, lettersStart, to);
    const event = this.#out.events.intern({ name: this.#out.strings.internText('blktrace message') });
    this.#out.mark(time, cpu, 0, event, text);
    this.#out.counts.records++;
    return true;
  }

  #count(phase: BlockPhase): void {
    let event = this.#names.get(phase);
    if (event === undefined) {
      event = this.#out.events.intern({ name: this.#out.strings.internText(`blktrace ${phase}`) });
      this.#names.set(phase, event);
    }
    this.#out.countEvent(event);
  }
}
