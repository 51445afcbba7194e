import { latin1 } from '../../bytes.ts';
import { blockReaders } from './block-readers.ts';
import { key, numberOf } from './fields.ts';
import { kvmReaders } from './kvm-readers.ts';
import { schedReaders } from './sched-readers.ts';
import type { TraceEvent, TraceEventSink } from './sink.ts';
import { writebackReaders } from './writeback-readers.ts';

/** Reads the arguments of one event into the table made for it; false when they cannot be understood. */
export type EventReader = (sink: TraceEventSink, event: TraceEvent) => boolean;

/** Events whose text is what matters: somebody wrote it, or it is rare and says what went wrong. */
const kept = [
  'print',
  'bprint',
  'bputs',
  'tracing_mark_write',
  'mark_victim',
  'oom_score_adj_update',
  'sched_process_hang',
  'console',
];

const readMark: EventReader = (sink, event) => {
  const { out } = sink;
  const text = out.strings.intern(event.bytes, event.from, event.to);
  out.mark(event.time, event.cpu, event.thread, event.event, text);
  return readAtraceCounter(sink, event);
};

/** `C|pid|name|value`: a counter written by atrace. */
function readAtraceCounter(sink: TraceEventSink, event: TraceEvent): true {
  const { bytes, from, to } = event;
  if (bytes[from] !== 67 || bytes[from + 1] !== 124) return true;
  const found = /^C\|(-?\d*)\|(.+)\|(-?\d+)$/.exec(latin1(bytes, from, to));
  if (found?.[2] !== undefined) {
    sink.out.counter(found[2], 'count', 'process', found[1] ?? '', event.time, Number(found[3]));
  }
  return true;
}

const state = key('state');
const cpuId = key('cpu_id');
const min = key('min');
const max = key('max');
const minFreq = key('min_freq');
const maxFreq = key('max_freq');

/** `state=2800000 cpu_id=6`, in kHz. */
const readFrequency: EventReader = (sink, event) => {
  const { bytes, from, to } = event;
  const value = numberOf(bytes, from, to, state);
  const cpu = numberOf(bytes, from, to, cpuId);
  if (Number.isNaN(value) || Number.isNaN(cpu)) return false;
  sink.out.counter('cpu frequency', 'kHz', 'cpu', String(cpu), event.time, value);
  return true;
};

/** `min=500000 max=2800000 cpu_id=6`, or `min_freq=… max_freq=…`, in kHz. */
const readFrequencyLimits: EventReader = (sink, event) => {
  const { bytes, from, to } = event;
  const cpu = numberOf(bytes, from, to, cpuId);
  const low = firstNumber(numberOf(bytes, from, to, min), numberOf(bytes, from, to, minFreq));
  const high = firstNumber(numberOf(bytes, from, to, max), numberOf(bytes, from, to, maxFreq));
  if (Number.isNaN(cpu) || Number.isNaN(low) || Number.isNaN(high)) return false;
  sink.out.counter('cpu frequency limit min', 'kHz', 'cpu', String(cpu), event.time, low);
  sink.out.counter('cpu frequency limit max', 'kHz', 'cpu', String(cpu), event.time, high);
  return true;
};

function firstNumber(a: number, b: number): number {
  return Number.isNaN(a) ? b : a;
}

/** How the arguments of each event are read, by its name without its system. */
export const readers: ReadonlyMap<string, EventReader> = new Map([
  ...schedReaders,
  ...blockReaders,
  ...writebackReaders,
  ...kvmReaders,
  ...kept.map((name) => [name, readMark] as const),
  ['cpu_frequency', readFrequency],
  ['cpu_frequency_limits', readFrequencyLimits],
]);

/** Readers that keep the text only: their events stay samples as well. */
export const marks: ReadonlySet<EventReader> = new Set([readMark]);
