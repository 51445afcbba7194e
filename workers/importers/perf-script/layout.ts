import { HASH, lineEnd, skipBlanks, trimEnd } from '../../bytes.ts';
import type { SniffAnswer, Source } from '../importer.ts';
import { logLine } from '../kernel-log/prefix.ts';
import { FrameLine } from './frame-line.ts';
import { HeaderLine, type IdLayout } from './header-line.ts';

const header = new HeaderLine();
const frame = new FrameLine();
/** Lines of something else (warnings of `2>&1`, a cut head) that may stand before the first sample. */
const MOST_NOISE = 32;
const layouts = new WeakMap<Source, IdLayout>();

/**
 * Whether the text is perf script output: a header line followed by a frame, by another header
 * line, or by the end of the file. A header, a blank line and then frames is something else.
 */
export function sniffPerfScript(head: Uint8Array): SniffAnswer {
  let sawHeader = false;
  let sawComment = false;
  let noise = 0;
  let previous: 'header' | 'blank' | 'frame' | 'none' = 'none';
  for (let at = 0; at < head.length; ) {
    const stop = lineEnd(head, at);
    const complete = stop < head.length;
    const end = trimEnd(head, at, stop);
    if (head[at] === HASH) sawComment = true;
    else if (skipBlanks(head, at, end) === end) previous = 'blank';
    else if (isHeader(head, at, end)) {
      if (previous === 'header' || hasInlineFrame(head, end)) return 'yes';
      sawHeader = true;
      previous = 'header';
    } else if (frame.read(head, at, end)) {
      if (previous === 'header' && complete) return 'yes';
      if (previous === 'blank' && sawHeader) return 'no';
      previous = 'frame';
    } else if (complete && ++noise > MOST_NOISE) return 'no';
    at = stop + 1;
  }
  if (sawHeader) return 'yes';
  return sawComment && /^# (?:captured on|perf version|cmdline|hostname)\s*:/m.test(text(head))
    ? 'yes'
    : previous === 'frame' || sawComment
      ? 'need-more'
      : 'no';
}

/**
 * Whether every sample header in the head prints two numbers, `pid tid`. Then the first of them
 * is the process; otherwise a number before the thread id belongs to the name (`DOM Worker 3 812`).
 */
export function idLayoutOf(source: Source): IdLayout {
  let layout = layouts.get(source);
  if (layout === undefined) {
    layout = decideLayout(source.head);
    layouts.set(source, layout);
  }
  return layout;
}

function decideLayout(head: Uint8Array): IdLayout {
  let headers = 0;
  let hasMainThread = false;
  let allLarge = true;
  for (let at = 0; at < head.length; ) {
    const stop = lineEnd(head, at);
    const end = trimEnd(head, at, stop);
    if (stop < head.length && header.read(head, at, end, 'one')) {
      const numbers = /^\s*\S.*?\s(-?\d+)\s+(-?\d+)\s/.exec(text(head.subarray(at, end)));
      if (numbers === null) return 'one';
      headers++;
      hasMainThread ||= numbers[1] === numbers[2];
      // Ids of user processes are large; numbers in names (`Worker 3`) are small.
      allLarge &&= Number(numbers[1]) >= 300;
    }
    at = stop + 1;
  }
  return headers > 0 && (hasMainThread || allLarge) ? 'two' : 'one';
}

function isHeader(bytes: Uint8Array, at: number, end: number): boolean {
  if (!header.read(bytes, at, end, 'one')) return false;
  // `[ 6672.17] CPU: 1 PID: 11293 Comm: dd`: a report in the kernel's log.
  if (logLine(text(bytes.subarray(at, end))) !== undefined) return false;
  const timed = !Number.isNaN(header.time) || header.cpu !== 0xffff;
  // Without a time or a CPU almost anything with a number and a colon would fit: ask for the looks of a
  // name and of an event.
  if (!timed && text(bytes.subarray(header.commStart, header.commEnd)).includes(': ')) return false;
  return timed || /^[a-z][\w:./=,@-]*$/i.test(text(bytes.subarray(header.eventStart, header.eventEnd)));
}

function hasInlineFrame(bytes: Uint8Array, end: number): boolean {
  return header.restStart < end && new FrameLine().read(bytes, header.restStart, end);
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
