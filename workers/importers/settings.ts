import { knobs, livePath, SETTING } from '../../model/knobs.ts';
import type { TraceBuilder } from '../../model/trace-builder.ts';
import { latin1, lineEnd, trimEnd, utf8 } from '../bytes.ts';
import type { Importer, Source } from './importer.ts';

/** `/sys/block/sda/queue/scheduler: none [bfq]`, as `grep -H .` prints it too, without the space. Paths hold colons (`bdi/7:0`). */
const setting = /^(\/(?:sys|proc)\/[^\s:]+(?::[^\s:/]*\/[^\s:]+)*):\s*(.*)$/;
/** Nobody lists more than the value of a knob in a file of its own. */
const LONGEST_COPY = 16 << 10;

/** What knobs of the kernel were set to: a list of files with their contents, or a copy of one knob's own file. */
export const settings: Importer = {
  id: 'settings',
  title: 'settings of the kernel: `grep -H .` over files of /sys and /proc, or copies of single knobs',
  captureWith: 'grep -sH . /sys/block/*/queue/{scheduler,*} /sys/block/*/queue/iosched/* > settings.txt',
  sniff(head, name) {
    const lines = latin1(head, 0, Math.min(head.length, 4096)).split('\n');
    // The last line of a longer file may be cut.
    const [first = ''] = lines;
    if (setting.test(first.trimEnd())) return 'yes';
    return copyOf(name) !== undefined && head.length < LONGEST_COPY && looksLikeKnob(name, head)
      ? 'yes'
      : 'no';
  },
  isRecordStart: () => true,
  open: (out, source) => {
    const knob = copyOf(source.name);
    return knob === undefined
      ? (bytes, offset) => readList(out, bytes, offset)
      : (bytes, offset) => readCopy(out, source, knob, bytes, offset);
  },
};

type Copy = { readonly path: string; readonly line?: RegExp };

function copyOf(name: string): Copy | undefined {
  const path = livePath(name);
  const knob = path === undefined ? undefined : knobs.find((each) => each.path.test(path));
  if (path === undefined || knob === undefined) return undefined;
  return knob.line === undefined ? { path } : { path, line: knob.line };
}

function looksLikeKnob(name: string, head: Uint8Array): boolean {
  const knob = copyOf(name);
  const text = utf8(head, 0, head.length);
  if (knob === undefined) return false;
  return knob.line === undefined ? /^[^\n]{1,200}\n?$/.test(text) : knob.line.test(text);
}

function readList(out: TraceBuilder, bytes: Uint8Array, offset: number): void {
  for (let at = 0; at < bytes.length; ) {
    const stop = lineEnd(bytes, at);
    const text = utf8(bytes, at, trimEnd(bytes, at, stop)).trim();
    const found = setting.exec(text);
    if (found !== null) {
      out.fact(SETTING + (found[1] ?? ''), (found[2] ?? '').trim());
      out.counts.records++;
    } else if (/^\/(?:sys|proc)\//.test(text)) out.skip(at + offset);
    else if (text !== '') out.counts.ignored++;
    at = stop + 1;
  }
}

function readCopy(
  out: TraceBuilder,
  source: Source,
  { path, line }: Copy,
  bytes: Uint8Array,
  offset: number,
): void {
  // A copy may be cut anywhere; what it says stands in its head, whole.
  if (offset > 0) return;
  const text = utf8(source.head, 0, source.head.length);
  const value = line === undefined ? text.trim() : line.exec(text)?.[1];
  if (value === undefined || value === '' || bytes.length === 0) {
    out.skip(0);
    return;
  }
  out.fact(SETTING + path, value);
  out.counts.records++;
}
