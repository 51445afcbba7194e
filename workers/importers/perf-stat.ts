import { perfStatShare } from '../../model/perf-stat-series.ts';
import type { TraceBuilder } from '../../model/trace-builder.ts';
import { latin1, lineEnd, trimEnd, utf8 } from '../bytes.ts';
import type { Importer } from './importer.ts';
import { readCsv } from './perf-stat/csv.ts';
import { readJson } from './perf-stat/json.ts';
import { readText } from './perf-stat/text.ts';

const csvLine =
  /^\s*(?:\d+[.,]\d+([,;|\t]))?(?:[^\n]*?([,;|\t]))?(?:[\d.]+|\d+,\d+(?=[;|\t])|<not (?:counted|supported)>)([,;|\t])[A-Za-z/%]*\3[^\n]+?\3/;
const humanHead = /^ Performance counter stats for /;
/** -I prints no more than the names of its columns. */
const intervalHead = /^#\s+time\s+(?:\S+\s+)*counts unit events/m;

/** Totals of `perf stat` (perf-stat(1)): CSV (-x), JSON (-j) or text; -I, -A, -r and --per-… included. */
export const perfStat: Importer = {
  id: 'perf-stat',
  title: 'perf stat: text, CSV (-x) or JSON (-j)',
  captureWith: 'perf stat -x, -o perf-stat.csv -- ./bench',
  sniff: (head) => (layoutOf(latin1(head, 0, Math.min(head.length, 8192))) === undefined ? 'no' : 'yes'),
  isRecordStart: () => true,
  open(out, source) {
    const layout = layoutOf(latin1(source.head, 0, Math.min(source.head.length, 8192))) ?? 'text';
    return (bytes, offset) => parse(out, layout, bytes, offset);
  },
};

type Layout = 'csv' | 'json' | 'text';

function layoutOf(text: string): Layout | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const [first = ''] = lines;
  if (humanHead.test(first)) return 'text';
  if (/^\{.*"counter-value"/.test(first)) return 'json';
  if (intervalHead.test(text) && readText(first) !== undefined) return 'text';
  return csvLine.test(first) && readCsv(first) !== undefined ? 'csv' : undefined;
}

function parse(out: TraceBuilder, layout: Layout, bytes: Uint8Array, offset: number): void {
  const read = { csv: readCsv, json: readJson, text: readText }[layout];
  for (let at = 0; at < bytes.length; ) {
    const stop = lineEnd(bytes, at);
    const text = utf8(bytes, at, trimEnd(bytes, at, stop));
    const from = at;
    at = stop + 1;
    // Lines that begin with # hold the date, names of columns, or more numbers of the event above.
    if (/^\s*(?:#|$)/.test(text) || humanHead.test(text)) continue;
    const reading = read(text);
    if (reading === undefined) {
      out.skip(from + offset);
      continue;
    }
    out.counts.records++;
    const { event, unit, of, value, interval, running, variance } = reading;
    const time = Number.isNaN(interval) ? Number.NaN : interval * 1e9;
    // What was not counted was counted for none of the time, whatever is printed beside it.
    const share = Number.isNaN(value) ? 0 : running;
    if (!Number.isNaN(share)) out.counter(event, 'share', perfStatShare.running, of, time, share);
    if (Number.isNaN(value)) continue;
    if (!Number.isNaN(variance)) out.counter(event, 'share', perfStatShare.variance, of, time, variance);
    out.counter(event, unit, 'perf stat', of, time, value);
  }
}
