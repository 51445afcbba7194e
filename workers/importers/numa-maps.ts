import { copiedFile } from '../../model/copied-file.ts';
import { numaMaps } from '../../model/page-series.ts';
import type { TraceBuilder } from '../../model/trace-builder.ts';
import { latin1, lineEnd, trimEnd } from '../bytes.ts';
import type { Importer } from './importer.ts';
import { isResultLine, readPair } from './results.ts';
import { snapshotTime } from './snapshot-time.ts';

/** Address, policy, and what is known of the mapping: numa(7). */
const mapping =
  /^[0-9a-f]+ ((?:default|local|prefer|prefer \(many\)|bind|interleave|weighted interleave)(?:=[a-z|]+)?(?::[\d,-]*)?)(?: (.*))?$/;
/** Names of files hold blanks as `\040`: what stands behind them is no number of pages. */
const onNode = /(?:^| )N(\d+)=(\d+)(?= |$)/g;

/** Where the pages of a process are, mapping by mapping, and by which policy; a program's results may stand between. */
export const numaMapsImporter: Importer = {
  id: 'numa-maps',
  title: '/proc/PID/numa_maps',
  captureWith: 'cat /proc/$(pidof myprog)/numa_maps > numa_maps',
  sniff: (head) => (sniff(latin1(head, 0, Math.min(head.length, 8192)), head.length > 8192) ? 'yes' : 'no'),
  isRecordStart: () => true,
  open(out, source) {
    const path = copiedFile(source.name)?.path ?? '';
    const pid = /^\/proc\/(\d+)\//.exec(path)?.[1] ?? source.name.slice(source.name.lastIndexOf('/') + 1);
    const time = snapshotTime(source.name)?.mono ?? Number.NaN;
    if (!Number.isNaN(time)) out.clock = 'mono';
    return (bytes, offset) => parse(out, pid, time, bytes, offset);
  },
};

function sniff(text: string, cut: boolean): boolean {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (cut) lines.pop();
  return (
    lines.some((line) => mapping.test(line)) &&
    lines.every((line) => mapping.test(line) || isResultLine(line.trim()))
  );
}

function parse(out: TraceBuilder, pid: string, time: number, bytes: Uint8Array, offset: number): void {
  for (let at = 0; at < bytes.length; ) {
    const stop = lineEnd(bytes, at);
    const line = latin1(bytes, at, trimEnd(bytes, at, stop));
    const [whole, policy = '', rest = ''] = mapping.exec(line) ?? [];
    if (whole !== undefined) readMapping(out, pid, time, policy, rest);
    else if (isResultLine(line.trim())) for (const token of line.trim().split(/\s+/)) readPair(out, token);
    else if (line.trim() !== '') out.skip(at + offset);
    at = stop + 1;
  }
}

function readMapping(out: TraceBuilder, pid: string, time: number, policy: string, rest: string): void {
  out.counts.records++;
  // Kernels before 3.19 do not say the size: pages are then of the base size.
  const size = Number(/(?:^| )kernelpagesize_kB=(\d+)/.exec(rest)?.[1] ?? 4) * 1024;
  for (const [, node = '', pages] of rest.matchAll(onNode))
    out.counter(numaMaps(node, policy), 'bytes', 'process', pid, time, Number(pages) * size);
}
