import type { Context } from '../context.ts';
import { blockRecordings } from './io/recordings.ts';

/** Where the one time axis of the report begins and ends, ns of the run's clock. */
export interface TraceSpan {
  readonly start: number;
  readonly end: number;
  /** Seconds. */
  readonly duration: number;
}

/** First and last time of anything on the run's clock; NaN and 0 when nothing has a time. */
export function traceSpan(context: Context): TraceSpan {
  const { trace } = context;
  const { samples, switches, wakeups, calls, taskSamples, counters } = trace.tables;
  let start = Number.POSITIVE_INFINITY;
  let end = Number.NEGATIVE_INFINITY;
  const widen = (time: Iterable<number>): void => {
    for (const at of time) {
      if (at < start) start = at;
      if (at > end) end = at;
    }
  };
  for (const table of [samples, switches, wakeups, calls]) widen(table.columns.time);
  // What is set aside may be on a clock of its own.
  for (const used of context.derive(blockRecordings).used) widen([used.start, used.end]);
  // Samplers of slow counters begin before and end after the trace; alone they are the trace.
  if (!(end >= start)) for (const table of [taskSamples, counters]) widen(table.columns.time);
  return end >= start
    ? { start, end, duration: (end - start) / 1e9 }
    : { start: Number.NaN, end: Number.NaN, duration: 0 };
}
