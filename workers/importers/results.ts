import type { TraceBuilder } from '../../model/trace-builder.ts';
import { latin1, lineEnd, trimEnd } from '../bytes.ts';
import { isConfiguration } from './configured/configuration.ts';
import type { Importer } from './importer.ts';

const pair = /^([A-Za-z_][\w./%:-]{0,79})=(\S+)$/;
const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** What a benchmark prints of itself: `wall_s=0.51 requests=20000`, any number of pairs a line. */
export const results: Importer = {
  id: 'results',
  title: "a program's own results: name=value pairs",
  captureWith: './bench > result.txt   # printing: requests=20000 wall_s=1.546',
  sniff(head, name) {
    const text = latin1(head, 0, Math.min(head.length, 8192));
    return sniff(text, head.length > 8192) && !isConfiguration(text, name) ? 'yes' : 'no';
  },
  isRecordStart: () => true,
  open: (out) => (bytes, offset) => parse(out, bytes, offset),
};

/** Nothing but pairs and comments, at least one of them a number. */
function sniff(text: string, cut: boolean): boolean {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (cut) lines.pop();
  const pairs = lines.flatMap((line) => line.split(/\s+/)).map((token) => pair.exec(token));
  return (
    pairs.length > 0 &&
    pairs.every((found) => found !== null) &&
    pairs.some((found) => number.test(found?.[2] ?? ''))
  );
}

function parse(out: TraceBuilder, bytes: Uint8Array, offset: number): void {
  for (let at = 0; at < bytes.length; ) {
    const stop = lineEnd(bytes, at);
    const text = latin1(bytes, at, trimEnd(bytes, at, stop)).trim();
    if (text !== '' && !text.startsWith('#')) {
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
