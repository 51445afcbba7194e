import type { TraceBuilder } from '../../model/trace-builder.ts';
import { latin1, lineEnd, trimEnd, utf8 } from '../bytes.ts';
import { belowMetric } from './below/metric-names.ts';
import type { Importer } from './importer.ts';

const typed =
  /^# TYPE (?:cgroup|system)_(?:cpu|mem|io|pids|pressure|vm|stat|cgroup_stat)_\w+ (?:gauge|counter)\n/;
const sample = /^(\w+)(?:\{(.*)\})? (\S+) (\d{9,11}(?:\.\d+)?)$/;
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g;
const LONGEST = 8192;

/** `below dump cgroup|system -O openmetrics`: values as --raw prints them, a sample a line, seconds since 1970. */
export const belowOpenmetrics: Importer = {
  id: 'below-openmetrics',
  title: 'below dump cgroup, system: -O openmetrics',
  captureWith: 'below dump cgroup -b "10 min ago" --everything -O openmetrics > below.txt',
  sniff: (head) => (typed.test(latin1(head, 0, Math.min(head.length, 400))) ? 'yes' : 'no'),
  isRecordStart: () => true,
  open: (out) => (bytes, offset) => parse(out, bytes, offset),
};

function parse(out: TraceBuilder, bytes: Uint8Array, offset: number): void {
  for (let at = 0; at < bytes.length; ) {
    const stop = lineEnd(bytes, at);
    const text = utf8(bytes, at, trimEnd(bytes, at, stop));
    if (text !== '' && !text.startsWith('#') && !readSample(out, text)) out.skip(at + offset);
    at = stop + 1;
  }
}

function readSample(out: TraceBuilder, text: string): boolean {
  const found = text.length > LONGEST ? null : sample.exec(text);
  if (found === null) return false;
  const [, name = '', labels = '', value = '', seconds = ''] = found;
  const of = belowMetric(name);
  if (of === undefined) {
    out.counts.ignored++;
    return true;
  }
  const number = Number(value);
  if (!Number.isFinite(number)) return false;
  const path = labelsOf(labels).get('cgroup') ?? '';
  const isGroup = of.sort === 'cgroup';
  out.clock = 'realtime';
  out.counter(
    of.column.name,
    of.column.unit,
    isGroup ? 'cgroup' : 'host',
    // The root has an empty path.
    isGroup ? path || '/' : '',
    Number(seconds) * 1e9,
    number * of.column.scale,
    of.column.kind,
  );
  out.counts.records++;
  return true;
}

function labelsOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(label)].map(([, key = '', value = '']) => [
      key,
      value.replace(/\\(["\\n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
    ]),
  );
}
