import { type BlockPhase, blockFlag, blockOpId, blockPhaseId, NO_IOPRIO } from '../../../model/io-tables.ts';
import { latin1 } from '../../bytes.ts';
import { BlockEvent, SECTOR, sectorOf } from './block-event.ts';
import { blockEventPhases } from './block-phases.ts';
import { Cursor } from './cursor.ts';
import { numberAt, valueEnd } from './fields.ts';
import type { EventReader } from './readers.ts';
import { readRwbs } from './rwbs.ts';
import type { TraceEvent, TraceEventSink } from './sink.ts';

const SPACE = 32;
const OPEN = 40;
const CLOSE = 41;
const BRACKET = 91;

const cursor = new Cursor();
const filed = new BlockEvent();

/**
 * `7,0 RS 4096 () 411955192 + 8 be,0,4 [fio]` (requests), `7,0 RS 411955192 + 8 [fio]` (bios),
 * `… 1000 / 1256 [fio]` (split), `… + 8 <- (8,1) 2048` (remap). Source: include/trace/events/block.h
 * of 2.6.36, 3.10, 4.4, 5.10, 6.1 and 6.18.
 */
function reader(phase: BlockPhase): EventReader {
  const id = blockPhaseId[phase];
  const completes = phase === 'complete';
  return (sink, event) => {
    begin(event, id);
    const device = cursor.device();
    if (Number.isNaN(device)) return false;
    filed.device = device;
    const { bytes, to } = cursor;
    const letters = cursor.at;
    cursor.at = valueEnd(bytes, letters, to);
    if (!readRwbs(bytes, letters, cursor.at, filed)) return false;
    cursor.at++;
    let data = Number.NaN;
    if (bytes[cursor.at] !== OPEN) data = cursor.number();
    // A number before a parenthesis is bytes of the request; else it was the sector.
    let sector = data;
    if (bytes[cursor.at] === OPEN) {
      const close = bytes.indexOf(CLOSE, cursor.at);
      if (close < 0 || close >= to) return false;
      cursor.at = close + 2;
      sector = cursor.number();
    } else data = Number.NaN;
    if (Number.isNaN(sector)) return false;
    filed.sector = sectorOf(sector);
    if (phase === 'split') {
      if (!cursor.sign(47)) return false;
      filed.otherSector = cursor.number();
      if (Number.isNaN(filed.otherSector)) return false;
      filed.bytes = Math.max(0, filed.otherSector - filed.sector) * SECTOR;
    } else {
      if (!cursor.sign(43)) return false;
      const sectors = cursor.number();
      if (Number.isNaN(sectors)) return false;
      // Kernels before 4.12 print 0 bytes for reads and writes; commands have no sectors.
      filed.bytes = sectors > 0 || Number.isNaN(data) ? sectors * SECTOR : data;
    }
    if (phase === 'remap' && !readUpper()) return false;
    if (filed.bytes === 0 && (filed.flags & blockFlag.preflush) !== 0) filed.op = blockOpId.flush;
    if (bytes[cursor.at] !== BRACKET && cursor.at < to) filed.ioprio = readPriority();
    if (completes && bytes[cursor.at] === BRACKET) {
      const error = numberAt(bytes, cursor.at + 1, to);
      if (!Number.isNaN(error)) filed.error = error;
    }
    filed.file(sink.out);
    return true;
  };
}

function begin(event: TraceEvent, phase: number): void {
  cursor.bytes = event.bytes;
  cursor.at = event.from;
  cursor.to = event.to;
  filed.clear();
  filed.time = event.time;
  filed.phase = phase;
  filed.thread = event.thread;
  filed.cpu = event.cpu;
}

/** `<- (8,1) 2048`. */
function readUpper(): boolean {
  if (cursor.bytes[cursor.at] !== 60 || cursor.bytes[cursor.at + 3] !== OPEN) return false;
  cursor.at += 4;
  const device = cursor.device();
  if (Number.isNaN(device)) return false;
  if (cursor.bytes[cursor.at] === SPACE) cursor.at++;
  filed.otherDevice = device;
  filed.otherSector = cursor.number();
  return !Number.isNaN(filed.otherSector);
}

const classes: Readonly<Record<string, number>> = { none: 0, rt: 1, be: 2, idle: 3, invalid: 7 };

/** The priority read last, as it was written: most events have that of the event before. */
const lastPriority = { word: new Uint8Array(32), length: 0, value: NO_IOPRIO };

/** `class,hint,level`, the class by name or, where perf could not resolve it, as a number; NO_IOPRIO when it is no such thing. */
function readPriority(): number {
  const { bytes, to, at } = cursor;
  const { word, length } = lastPriority;
  let same = 0;
  while (same < length && bytes[at + same] === word[same]) same++;
  if (length === 0 || same < length || (at + length < to && bytes[at + length] !== SPACE)) {
    const end = valueEnd(bytes, at, to);
    lastPriority.value = priorityOf(latin1(bytes, at, end));
    lastPriority.length = end - at <= word.length ? end - at : 0;
    for (let i = 0; i < lastPriority.length; i++) word[i] = bytes[at + i] as number;
    if (lastPriority.value !== NO_IOPRIO) cursor.at = end + 1;
    return lastPriority.value;
  }
  if (lastPriority.value !== NO_IOPRIO) cursor.at = at + length + 1;
  return lastPriority.value;
}

export function priorityOf(text: string): number {
  const [name = '', hint = '', level = ''] = text.split(',');
  const number = classes[name] ?? (/^(?:0x[0-7]|[0-7])$/.test(name) ? Number(name) : Number.NaN);
  if (Number.isNaN(number) || !/^\d+$/.test(hint) || !/^[0-7]?$/.test(level)) return NO_IOPRIO;
  // Two numbers are class and level.
  return level === ''
    ? (number << 13) | (Number(hint) & 7)
    : (number << 13) | ((Number(hint) & 0x3ff) << 3) | Number(level);
}

/** `[fio]`, or `[fio] 4`: how many requests an unplug sends. */
function plugReader(phase: BlockPhase): EventReader {
  return (sink: TraceEventSink, event: TraceEvent) => {
    begin(event, blockPhaseId[phase]);
    let at = event.to;
    while (at > event.from && event.bytes[at - 1] !== SPACE) at--;
    const count = numberAt(event.bytes, at, event.to);
    if (!Number.isNaN(count)) filed.bytes = count;
    filed.file(sink.out);
    return true;
  };
}

/** How the arguments of each event of the block layer are read. */
export const blockReaders: readonly (readonly [string, EventReader])[] = [...blockEventPhases].map(
  ([name, phase]) => [name, phase === 'plug' || phase === 'unplug' ? plugReader(phase) : reader(phase)],
);
