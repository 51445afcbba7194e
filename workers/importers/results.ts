import type { TraceBuilder } from '../../model/trace-builder.ts';
import { latin1, lineEnd, trimEnd } from '../bytes.ts';
import type { Importer } from './importer.ts';

const pair = /^([A-Za-z_][\w./%:-]{0,79})=(\S+)$/;
const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * dd(1) at its end, in every locale's C form: bytes, then how long it took. `62914560 bytes (63 MB,
 * 60 MiB) copied, 6.00487 s, 10.5 MB/s`; the lines of records before it say the same in blocks.
 */
const copied =
  /^(\d+) bytes(?: \([^)]*\))? (?:copied|transferred)(?:,| in) (\d+(?:\.\d+)?(?:e[+-]?\d+)?) s(?:ecs?)?\b/;
const records = /^\d+\+\d+ records (?:in|out)$/;

/** What a benchmark prints of itself: `wall_s=0.51 requests=20000`, any number of pairs a line, and what dd says at its end. */
export const results: Importer = {
  id: 'results',
  title: "a program's own results: name=value pairs, and those of dd",
  captureWith: './bench > result.txt   # printing: requests=20000 wall_s=1.546',
  sniff: (head) => (sniff(latin1(head, 0, Math.min(head.length, 8192)), head.length > 8192) ? 'yes' : 'no'),
  isRecordStart: () => true,
  open: (out) => (bytes, offset) => parse(out, bytes, offset),
};

/** Nothing but pairs, lines of dd and comments, at least one of them a number. */
function sniff(text: string, cut: boolean): boolean {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (cut) lines.pop();
  const others = lines.filter((line) => !copied.test(line) && !records.test(line));
  const pairs = others.flatMap((line) => line.split(/\s+/)).map((token) => pair.exec(token));
  return (
    pairs.every((found) => found !== null) &&
    (pairs.some((found) => number.test(found?.[2] ?? '')) || lines.some((line) => copied.test(line)))
  );
}

function parse(out: TraceBuilder, bytes: Uint8Array, offset: number): void {
  for (let at = 0; at < bytes.length; ) {
    const stop = lineEnd(bytes, at);
    const text = latin1(bytes, at, trimEnd(bytes, at, stop)).trim();
    if (text !== '' && !text.startsWith('#') && !records.test(text) && !readCopied(out, text)) {
      for (const token of text.split(/\s+/)) if (!readPair(out, token)) out.skip(at + offset);
    }
    at = stop + 1;
  }
}

/** Is a line nothing but pairs? */
export function isResultLine(line: string): boolean {
  return line.split(/\s+/).every((token) => pair.test(token));
}

/** Files one pair; false when it is none. */
export function readPair(out: TraceBuilder, token: string): boolean {
  const found = pair.exec(token);
  if (found === null) return false;
  const [, name = '', value = ''] = found;
  out.counts.records++;
  if (number.test(value)) out.counter(name, '', 'result', '', Number.NaN, Number(value));
  else out.fact(`result ${name}`, value);
  return true;
}

/** Files what dd says it copied and how long that took; false when the line says no such thing. */
function readCopied(out: TraceBuilder, line: string): boolean {
  const [, bytes, seconds] = copied.exec(line) ?? [];
  if (bytes === undefined || seconds === undefined) return false;
  out.counts.records++;
  const result = (name: string, value: number): void =>
    out.counter(name, '', 'result', '', Number.NaN, value);
  result('dd_bytes', Number(bytes));
  result('dd_wall_s', Number(seconds));
  if (Number(seconds) > 0) result('dd_bytes_per_s', Number(bytes) / Number(seconds));
  return true;
}
