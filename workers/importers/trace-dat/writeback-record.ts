import type { TraceEventSink } from '../trace-event/sink.ts';
import type { EventRecord } from './record.ts';

/** The kernel stores pauses in ms, not in jiffies (include/trace/events/writeback.h). */
const MS = 1e6;

/** Files the record of an event of write-back; undefined when the event called `name` is none, false when it is cut. */
export function fileWritebackRecord(
  sink: TraceEventSink,
  name: string,
  record: EventRecord,
): boolean | undefined {
  if (name !== 'balance_dirty_pages') return undefined;
  const [pause, paused] = [record.number('pause'), record.number('paused')];
  if (Number.isNaN(pause) || Number.isNaN(paused)) return false;
  const [from, to] = record.textRange('bdi');
  sink.heldUp(
    sink.out.strings.intern(record.bytes, from, to),
    pause * MS,
    paused * MS,
    record.number('dirty'),
    record.number('limit'),
  );
  return true;
}
