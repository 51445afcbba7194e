import type { TraceEventSink } from '../trace-event/sink.ts';
import { fileBlockRecord } from './block-record.ts';
import type { EventRecord } from './record.ts';
import { fileVmRecord } from './vm-record.ts';
import { fileWritebackRecord } from './writeback-record.ts';

/** Events the reader itself puts into a table of their own. */
export const inTable: ReadonlySet<string> = new Set([
  'sched_switch',
  'sched_wakeup',
  'sched_waking',
  'sched_wakeup_new',
  'sched_migrate_task',
  'sched_process_fork',
  'task_newtask',
  'sched_process_exec',
  'sched_process_exit',
  'task_rename',
  'sched_blocked_reason',
  'cpu_frequency',
  'cpu_frequency_limits',
]);

/**
 * Files the record of an event of the block layer, of KVM or of write-back in the table made for it. Undefined when the
 * event called `name` is none of these, false when the record is cut.
 */
export function fileTableRecord(
  sink: TraceEventSink,
  name: string,
  record: EventRecord,
): boolean | undefined {
  if (fileBlockRecord(sink.out, sink.event, name, record)) return true;
  return fileVmRecord(sink, name, record) ?? fileWritebackRecord(sink, name, record);
}
