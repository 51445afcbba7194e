import { type CounterSeries, DEVICE, RECORDER, REPORT } from '../../model/device-series.ts';
import type { TraceBuilder } from '../../model/trace-builder.ts';
import { latin1, lineEnd, trimEnd, utf8 } from '../bytes.ts';
import type { Importer } from './importer.ts';
import { readWallTime } from './wall-time.ts';

const groups = /^disk-+\s+-+reads-+\s+-+writes-+\s+-+IO-+/;
const names = /^\s*total\s+merged\s+sectors\s+ms\s+total\s+merged\s+sectors\s+ms\s+cur\s+sec/;
const row = /^(\S+)((?:\s+\d+){10})(?:\s+(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d))?$/;

/** What the ten numbers of a row count since boot; time in flight is in whole seconds. */
const counters: readonly (readonly [CounterSeries, string, number])[] = [
  ['reads', 'requests', 1],
  ['reads merged', 'requests', 1],
  ['read bytes', 'bytes', 512],
  ['read time', 'ns', 1e6],
  ['writes', 'requests', 1],
  ['writes merged', 'requests', 1],
  ['write bytes', 'bytes', 512],
  ['write time', 'ns', 1e6],
  ['in flight', 'requests', 1],
  ['busy time', 'ns', 1e9],
];

/** vmstat -d: counters of disks since boot, as in /proc/diskstats. */
export const vmstatDisks: Importer = {
  id: 'vmstat-disks',
  title: 'vmstat -d, best with -t: counters of disks',
  captureWith: 'vmstat -d -t 1 60 > vmstat-d.txt',
  sniff: (head) => (groups.test(latin1(head, 0, Math.min(head.length, 200))) ? 'yes' : 'no'),
  open(out) {
    const seen = new Set<string>();
    return (bytes, offset) => parse(out, seen, bytes, offset);
  },
};

/** Read as a whole: headers come once a screen, in the midst of copies. */
function parse(out: TraceBuilder, seen: Set<string>, bytes: Uint8Array, offset: number): void {
  for (let at = 0; at < bytes.length; ) {
    const stop = lineEnd(bytes, at);
    const text = utf8(bytes, at, trimEnd(bytes, at, stop));
    const isHead = text.trim() === '' || groups.test(text) || names.test(text);
    if (!isHead && !readRow(out, seen, text)) out.skip(at + offset);
    at = stop + 1;
  }
}

function readRow(out: TraceBuilder, seen: Set<string>, text: string): boolean {
  const found = row.exec(text);
  if (found === null) return false;
  const [, name = '', numbers = '', stamp] = found;
  const time = stamp === undefined ? undefined : readWallTime(stamp, 'month first');
  if (time !== undefined) out.clock = 'wall';
  const ns = time?.ns ?? Number.NaN;
  // A disk that comes again begins the next copy.
  if (seen.size === 0 || seen.has(name)) {
    seen.clear();
    out.counter(REPORT, 'ns', RECORDER, '', ns, 0);
  }
  seen.add(name);
  const values = numbers.trim().split(/\s+/).map(Number);
  counters.forEach(([series, unit, scale], i) => {
    out.counter(series, unit, DEVICE, name, ns, (values[i] ?? 0) * scale);
  });
  out.counts.records++;
  return true;
}
