import type { Metric } from '../../model/metric.ts';
import type { Unit } from '../../model/units.ts';

/** What a name says of the number beside it. */
export interface Measure {
  readonly unit: Unit;
  /** Factor from the number as printed to the unit. */
  readonly scale: number;
  readonly better: Metric['better'];
}

const seconds: Readonly<Record<string, number>> = {
  ns: 1,
  nsec: 1,
  us: 1e3,
  usec: 1e3,
  µs: 1e3,
  ms: 1e6,
  msec: 1e6,
  s: 1e9,
  sec: 1e9,
  secs: 1e9,
  seconds: 1e9,
};
const sizes: Readonly<Record<string, number>> = {
  b: 1,
  byte: 1,
  bytes: 1,
  kb: 1024,
  kib: 1024,
  mb: 2 ** 20,
  mib: 2 ** 20,
  gb: 2 ** 30,
  gib: 2 ** 30,
};
const throughput =
  /(?:^|_)(?:rps|qps|tps|iops|ops|throughput|bandwidth|bw)(?:_|$)|_per_(?:s|sec|second)$|\/s(?:ec)?$|_rate$/;
const byteRate = /(?:^|_)([kmg]i?b|bytes?)(?:ps|_s|_per_s(?:ec)?|\/s)$/;
const costs =
  /(?:^|_)(?:latency|time|elapsed|duration|delay|wait|p50|p90|p95|p99|p999|max_?rss|rss|errors?|cycles|instructions|misses)(?:_|$)/;
const count: Measure = { unit: 'count', scale: 1, better: 'neither' };

/** Numbers that measure nothing: identities, seeds, proofs of work done. */
const identities = /(?:^|_)(?:checksum|hash|crc|seed|id|pid|tid|version|port|timestamp|date)(?:_|$)/;

export function measuresSomething(name: string): boolean {
  return !identities.test(name.toLowerCase());
}

/** Unit, and whether less is better, of a result: from the unit printed beside it, else from its name. */
export function measureOf(name: string, printedUnit = ''): Measure {
  const words = name.toLowerCase();
  const rate = byteRate.exec(words);
  if (rate !== null) return { unit: 'bytes/s', scale: sizes[rate[1] as string] ?? 1, better: 'higher' };
  if (throughput.test(words)) return { unit: '1/s', scale: 1, better: 'higher' };
  const unitWord = (printedUnit || (words.split('_').at(-1) ?? '')).toLowerCase();
  const time = seconds[unitWord] ?? seconds[/^(ns|us|ms|s)_per_/.exec(words)?.[1] ?? ''];
  if (time !== undefined) return { unit: 'ns', scale: time, better: 'lower' };
  const size = sizes[unitWord];
  if (size !== undefined)
    return { unit: 'bytes', scale: size, better: costs.test(words) ? 'lower' : 'neither' };
  if (/(?:^|_)(?:pct|percent)$/.test(words)) return { unit: 'share', scale: 0.01, better: 'neither' };
  return costs.test(words.replaceAll('-', '_')) ? { ...count, better: 'lower' } : count;
}
