import { HASH, latin1, lineEnd, NEWLINE, trimEnd } from '../bytes.ts';
import { EventLine } from './ftrace/event-line.ts';
import { lossLine } from './ftrace/loss-line.ts';
import { behindLabel, FtraceParser, mayBeName } from './ftrace/parser.ts';
import type { Importer, SniffAnswer, Source } from './importer.ts';

const line = new EventLine();

/** Text of tracefs and of trace-cmd report, as it is or inside the page systrace and atrace make of it. */
export const ftrace: Importer = {
  id: 'ftrace',
  title: 'ftrace text: tracefs trace and trace_pipe, trace-cmd report, systrace and atrace pages',
  captureWith:
    'trace-cmd record -e sched_switch -e sched_wakeup -e sched_wakeup_new sleep 30 && trace-cmd report -t > trace.txt',
  sniff: sniffFtrace,

  /** An event other than a stack, which belongs to the event before, and not behind a loss of its CPU. */
  isRecordStart(bytes, at) {
    const stop = lineEnd(bytes, at);
    const quoted = bytes[at] === 34 ? 1 : 0;
    const to = trimEnd(bytes, at, stop);
    if (bytes[at] === HASH) return false;
    if (!line.read(bytes, at + quoted, to)) {
      const behind = behindLabel(bytes, at, to);
      if (behind === 0 || !line.read(bytes, behind, to)) return false;
    }
    if (line.kind === 'stack' || line.kind === 'user-stack') return false;
    if (at === 0) return true;
    const before = bytes.lastIndexOf(NEWLINE, at - 2) + 1;
    const end = trimEnd(bytes, before, at - 1);
    const label = behindLabel(bytes, before, end);
    if (lossLine(bytes, before, end) !== undefined) return false;
    if (label > 0 && lossLine(bytes, label, end) !== undefined) return false;
    return line.read(bytes, before, end) || !mayBeName(bytes, before, end);
  },

  open(out, source) {
    const parser = new FtraceParser(out, isPage(source), source.options.everyEvent);
    return (bytes, offset) => parser.parse(bytes, offset);
  },
};

function isPage(source: Source): boolean {
  return /^\s*<(?:!doctype|html)/i.test(latin1(source.head, 0, Math.min(200, source.head.length)));
}

/** Lines an atrace capture or a shell may put before the first event. */
const MOST_NOISE = 64;

function sniffFtrace(head: Uint8Array): SniffAnswer {
  const start = latin1(head, 0, Math.min(400, head.length));
  if (/^\s*<(?:!doctype|html)/i.test(start)) return sniffPage(head);
  const tracer = /^# tracer: (\w+)/m.exec(start)?.[1];
  if (tracer !== undefined) return tracer === 'function_graph' ? 'no' : 'yes';
  return hasEvents(head, MOST_NOISE) ? 'yes' : 'no';
}

/** A page is read when it holds trace data; the viewer before it may be megabytes long. */
function sniffPage(head: Uint8Array): SniffAnswer {
  const text = latin1(head, 0, head.length);
  if (/<script class="trace-data"|BEGIN TRACE|var linuxPerfData|^# tracer: \w+/m.test(text)) return 'yes';
  return /systrace|catapult|atrace|trace-viewer|Android System Trace/i.test(text) ? 'need-more' : 'no';
}

/** Whether one of the first lines is an event of this layout and not of perf script's, which has `system:event`. */
function hasEvents(head: Uint8Array, most: number): boolean {
  let noise = 0;
  for (let at = 0; at < head.length && noise < most; ) {
    const stop = lineEnd(head, at);
    const end = trimEnd(head, at, stop);
    const quoted = head[at] === 34 ? 1 : 0;
    if (stop < head.length || at === 0 || end > at + 30) {
      if (line.read(head, at + quoted, end - quoted)) return true;
      if (end > at && head[at] !== HASH) noise++;
    }
    at = stop + 1;
  }
  return false;
}
