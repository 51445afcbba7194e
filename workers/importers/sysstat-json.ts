import { latin1, lineEnd } from '../bytes.ts';
import { SysstatJsonReader } from './disk/sysstat-json-reader.ts';
import type { Importer, Source } from './importer.ts';
import { isMpstatJson } from './sysstat/mpstat-json.ts';

const NEWLINE = 10;

/**
 * JSON of `iostat -o JSON`, `mpstat -o JSON` and `sadf -j`. A file that breaks off, as a killed iostat leaves it, gives
 * every report that is whole.
 */
export const sysstatJson: Importer = {
  id: 'sysstat-json',
  title: 'iostat -o JSON, mpstat -o JSON and sadf -j, also when they break off',
  captureWith: 'S_TIME_FORMAT=ISO iostat -x -t -o JSON 1 60 > iostat.json',
  sniff: (head) => (sniff(latin1(head, 0, Math.min(head.length, 8192))) ? 'yes' : 'no'),
  isRecordStart,
  open(out, source) {
    const reader = new SysstatJsonReader(out, source);
    return (bytes, offset) => reader.parse(bytes, offset);
  },
};

/** `{"sysstat": {"hosts": [ …`, however it is laid out. */
function sniff(text: string): boolean {
  return /^\s*\{\s*"sysstat"\s*:\s*\{/.test(text);
}

/**
 * An element of `statistics` in sysstat's own layout: four tabs and a brace (iostat.c and
 * sadf_misc.c). The first one stays with what is before it, which tells that it is the first.
 * Files laid out otherwise are read whole, and those of mpstat: their times tell the day only from the ones before.
 */
function isRecordStart(bytes: Uint8Array, at: number, source: Source): boolean {
  if (at === 0) return true;
  const stop = lineEnd(bytes, at);
  if (!/^\t{4}\{\r?$/.test(latin1(bytes, at, Math.min(stop, at + 8)))) return false;
  const above = bytes.lastIndexOf(NEWLINE, at - 2) + 1;
  return latin1(bytes, above, at).trim() === '},' && !ofMpstat(source);
}

const answers = new WeakMap<Source, boolean>();

function ofMpstat(source: Source): boolean {
  let answer = answers.get(source);
  if (answer === undefined) {
    answer = isMpstatJson(latin1(source.head, 0, Math.min(source.head.length, 8192)));
    answers.set(source, answer);
  }
  return answer;
}
