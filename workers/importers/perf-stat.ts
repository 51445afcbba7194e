import { parse as splitCsv } from 'csv-parse/sync';
import type { TraceBuilder } from '../../model/trace-builder.ts';
import { latin1, lineEnd, trimEnd } from '../bytes.ts';
import type { Importer } from './importer.ts';

/** One counter in whichever layout it is printed. */
interface Reading {
  readonly event: string;
  readonly value: number;
  readonly unit: string;
  /** Seconds from the start, with -I; NaN without. */
  readonly interval: number;
  /** `CPU0`, `S0`, `comm-tid`; empty for the whole. */
  readonly of: string;
}

const notRead = /^<not (?:counted|supported)>$/;
const decimal = /^[\d.,\u00a0\u202f ]+$/;
const csvLine =
  /^\s*(?:\d+\.\d+([,;|\t]))?(?:[^\n]*?([,;|\t]))?(?:[\d.]+|<not (?:counted|supported)>)([,;|\t])[A-Za-z/%]*\3[^\n]+?\3/;
const humanHead = /^ Performance counter stats for /;
const humanLine =
  /^\s*([\d.,]+|<not (?:counted|supported)>)\s+(?:(msec|nsec|sec|MiB|Joules|Bytes|KiB)\s+)?(\S+)\s*(?:#.*|\(.*)?$/;
const elapsed = /^\s*([\d.]+)(?: \+- [\d.]+)? seconds (time elapsed|user|sys)/;

/** Totals of `perf stat` (perf-stat(1)): CSV (-x), JSON (-j) or text; -I, -A, -r and --per-… included. */
export const perfStat: Importer = {
  id: 'perf-stat',
  title: 'perf stat: text, CSV (-x) or JSON (-j)',
  captureWith: 'perf stat -x, -o perf-stat.csv -- ./bench',
  sniff: (head) => (layoutOf(latin1(head, 0, Math.min(head.length, 8192))) === undefined ? 'no' : 'yes'),
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
  return csvLine.test(first) && readCsv(first) !== undefined ? 'csv' : undefined;
}

function parse(out: TraceBuilder, layout: Layout, bytes: Uint8Array, offset: number): void {
  const read = { csv: readCsv, json: readJson, text: readText }[layout];
  for (let at = 0; at < bytes.length; ) {
    const stop = lineEnd(bytes, at);
    const text = latin1(bytes, at, trimEnd(bytes, at, stop));
    at = stop + 1;
    if (text.trim() === '' || text.startsWith('#') || humanHead.test(text)) continue;
    const reading = read(text);
    if (reading === undefined) {
      out.skip(at - 1 - text.length + offset);
      continue;
    }
    out.counts.records++;
    if (Number.isNaN(reading.value)) continue;
    const { event, unit, of, value, interval } = reading;
    out.counter(event, unit, 'perf stat', of, Number.isNaN(interval) ? Number.NaN : interval * 1e9, value);
  }
}

/** `[interval,][cpu or thread,[count,]]value,unit,event,[+-%,]runtime,share,[metric,unit]` in any separator. */
function readCsv(line: string): Reading | undefined {
  const delimiter = /[,;|\t]/.exec(line)?.[0];
  if (delimiter === undefined) return undefined;
  let fields: string[];
  try {
    fields = splitCsv(line, { delimiter, relax_quotes: true, relax_column_count: true })[0] ?? [];
  } catch {
    return undefined;
  }
  const trimmed = fields.map((field) => field.trim());
  const isValue = (at: number): boolean =>
    (/^-?[\d.]+$/.test(trimmed[at] ?? '') || notRead.test(trimmed[at] ?? '')) &&
    /^[A-Za-z/%]*$/.test(trimmed[at + 1] ?? '1') &&
    /[A-Za-z]/.test(trimmed[at + 2] ?? '');
  const at = [0, 1, 2, 3].find(isValue);
  if (at === undefined) return undefined;
  const before = trimmed.slice(0, at);
  const timed = /^\d+\.\d+$/.test(before[0] ?? '');
  const value = trimmed[at] as string;
  return {
    event: trimmed[at + 2] as string,
    unit: trimmed[at + 1] as string,
    value: notRead.test(value) ? Number.NaN : Number(value),
    interval: timed ? Number(before[0]) : Number.NaN,
    of: before[timed ? 1 : 0] ?? '',
  };
}

function readJson(line: string): Reading | undefined {
  try {
    const found: Readonly<Record<string, unknown>> = JSON.parse(line.replace(/,\s*$/, ''));
    const value = String(found['counter-value'] ?? '');
    const event = String(found.event ?? '');
    if (event === '') return undefined;
    return {
      event,
      unit: String(found.unit ?? ''),
      value: value === '' || notRead.test(value) ? Number.NaN : Number(value),
      interval: typeof found.interval === 'number' ? found.interval : Number.NaN,
      of: String(found.cpu ?? found.thread ?? ''),
    };
  } catch {
    return undefined;
  }
}

function readText(line: string): Reading | undefined {
  const whole = { interval: Number.NaN, of: '' };
  const time = elapsed.exec(line);
  if (time !== null) return { event: time[2] as string, unit: 'sec', value: Number(time[1]), ...whole };
  const found = humanLine.exec(line);
  if (found === null) return undefined;
  const [, value = '', unit = '', event = ''] = found;
  if (!notRead.test(value) && !decimal.test(value)) return undefined;
  return {
    event,
    unit,
    value: notRead.test(value) ? Number.NaN : Number(value.replaceAll(',', '')),
    ...whole,
  };
}
