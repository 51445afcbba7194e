import { HASH, lineEnd, NEWLINE, utf8 } from '../../bytes.ts';
import { readPidstatHeader } from './pidstat-columns.ts';
import { readTimedLine } from './timed-line.ts';

/**
 * Headers of pidstat -h whose rows all have one time: a report of one interval, or since boot. Nothing in the file
 * tells which, as these headers have no times.
 */
export function headersOfOneReport(bytes: Uint8Array): Set<string> {
  const times = new Map<string, Set<number>>();
  for (let at = bytes.indexOf(HASH); at >= 0; at = bytes.indexOf(HASH, at + 1)) {
    if (at > 0 && bytes[at - 1] !== NEWLINE) continue;
    const stop = lineEnd(bytes, at);
    const found = readTimedLine(utf8(bytes, at, stop).trim());
    const header =
      found === undefined || found === 'average' ? undefined : readPidstatHeader(found.words)?.text;
    if (header === undefined) continue;
    const own = times.get(header) ?? new Set();
    for (const time of [timeAt(bytes, stop + 1), timeAt(bytes, lastLine(bytes))])
      if (time !== undefined) own.add(time);
    times.set(header, own);
  }
  return new Set([...times].flatMap(([header, own]) => (own.size < 2 ? [header] : [])));
}

function timeAt(bytes: Uint8Array, at: number): number | undefined {
  const found = readTimedLine(utf8(bytes, at, lineEnd(bytes, at)).trim());
  return found === undefined || found === 'average' ? undefined : found.time;
}

/** Start of the last line that is not empty. */
function lastLine(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] as number) <= 32) end--;
  return bytes.subarray(0, end).lastIndexOf(NEWLINE) + 1;
}
