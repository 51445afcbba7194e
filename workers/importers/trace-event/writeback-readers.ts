import { key, nextValue, numberAt, numberOf, valueStart } from './fields.ts';
import type { EventReader } from './readers.ts';

const limit = key('limit');
const dirty = key('dirty');
const paused = key('paused');
const pause = key('pause');
const BDI = Uint8Array.from(Buffer.from('bdi '));
const COLON = 58;
const SPACE = 32;
const MS = 1e6;

/**
 * `bdi 254:0: limit=4096 setpoint=3584 dirty=189149 … paused=0 pause=200 period=200 think=0 cgroup_ino=1`, times in
 * ms, amounts in pages (include/trace/events/writeback.h).
 */
const readBalance: EventReader = (sink, event) => {
  const { bytes, from, to } = event;
  for (let i = 0; i < BDI.length; i++) if (bytes[from + i] !== BDI[i]) return false;
  let end = from + BDI.length;
  while (end < to && bytes[end] !== SPACE) end++;
  if (bytes[end - 1] !== COLON) return false;
  const pausedAt = valueStart(bytes, end, to, paused);
  const slept = pausedAt < 0 ? Number.NaN : numberAt(bytes, pausedAt, to);
  const pauseAt = pausedAt < 0 ? -1 : nextValue(bytes, pausedAt, to, pause);
  const sleeps = pauseAt < 0 ? Number.NaN : numberAt(bytes, pauseAt, to);
  if (Number.isNaN(sleeps) || Number.isNaN(slept)) return false;
  sink.heldUp(
    sink.out.strings.intern(bytes, from + BDI.length, end - 1),
    sleeps * MS,
    slept * MS,
    numberOf(bytes, end, to, dirty),
    numberOf(bytes, end, to, limit),
  );
  return true;
};

/** How the arguments of events of write-back are read. */
export const writebackReaders: readonly (readonly [string, EventReader])[] = [
  ['balance_dirty_pages', readBalance],
];
