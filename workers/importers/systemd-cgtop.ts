import { printedGroup } from '../../model/group-series.ts';
import type { TraceBuilder } from '../../model/trace-builder.ts';
import { latin1, lineEnd, NEWLINE, trimEnd, utf8 } from '../bytes.ts';
import type { Importer } from './importer.ts';
import { bytesOf } from './printed/amount.ts';

const nsPer: Readonly<Record<string, number>> = {
  y: 31_557_600e9,
  month: 2_629_800e9,
  w: 604_800e9,
  d: 86_400e9,
  h: 3600e9,
  min: 60e9,
  s: 1e9,
  ms: 1e6,
  us: 1e3,
};
const span = String.raw`(?:\d+(?:\.\d+)?(?:y|month|w|d|h|min|s|ms|us) ?)+`;
const amount = String.raw`-|\d+(?:\.\d+)?[KMGTPE]?B?`;
/** Path, tasks, CPU (percent, or time with --cpu=time), memory, input/s, output/s; `-` is not known. A path may hold blanks. */
const row = new RegExp(
  String.raw`^(\/.*?)\s+(-|\d+)\s+(-|\d+(?:\.\d+)?|${span})\s+(${amount})\s+(${amount})\s+(${amount})$`,
);
/** A path of 4096 bytes and five columns: longer lines are no rows. */
const LONGEST = 5000;
const header = /^\s*Control Group\s+(?:Tasks|Proc\+?|Procs)\s/i;

/**
 * `systemd-cgtop -b`: a row a control group, iterations apart by an empty line, without times (systemd-cgtop(1)). CPU is
 * of one CPU, amounts are powers of 1024 or plain bytes (-r).
 */
export const systemdCgtop: Importer = {
  id: 'systemd-cgtop',
  title: 'systemd-cgtop -b: tasks, CPU, memory, I/O of control groups',
  captureWith: 'systemd-cgtop -b -r -n 60 -d 1 > cgtop.txt',
  sniff: (head) => {
    const lines = latin1(head, 0, Math.min(head.length, 8192)).split('\n');
    // The last may be cut.
    if (lines.length > 1) lines.pop();
    const rows = lines.map((line) => line.trimEnd()).filter((line) => line !== '' && !header.test(line));
    return rows.length > 0 && rows.every((line) => row.test(line)) ? 'yes' : 'no';
  },
  isRecordStart: (bytes, at) => at === 0 || bytes[at - 1] === NEWLINE,
  open: (out) => (bytes, offset) => parse(out, bytes, offset),
};

function parse(out: TraceBuilder, bytes: Uint8Array, offset: number): void {
  for (let at = 0; at < bytes.length; ) {
    const stop = lineEnd(bytes, at);
    const line = utf8(bytes, at, trimEnd(bytes, at, stop));
    if (line.trim() !== '' && !header.test(line) && !readRow(out, line)) out.skip(at + offset);
    at = stop + 1;
  }
}

function readRow(out: TraceBuilder, line: string): boolean {
  const found = line.length > LONGEST ? null : row.exec(line);
  if (found === null) return false;
  const [, path = '', tasks = '', cpu = '', memory = '', input = '', output = ''] = found;
  // Asked for one group, systemd-cgtop begins its path with two slashes.
  const group = path.replace(/^\/+/, '/');
  const file = (name: string, unit: string, text: string, value: number, count = false): void => {
    if (text !== '-')
      out.counter(name, unit, 'cgroup', group, Number.NaN, value, count ? 'cumulative' : 'gauge');
  };
  file(printedGroup.tasks, 'tasks', tasks, Number(tasks));
  if (/[a-z]/.test(cpu)) file(printedGroup.cpuTime, 'ns', cpu, spanOf(cpu), true);
  else file(printedGroup.cpu, 'share', cpu, Number(cpu) / 100);
  file(printedGroup.memory, 'bytes', memory, bytesOf(memory));
  file(printedGroup.readRate, 'bytes/s', input, bytesOf(input));
  file(printedGroup.writeRate, 'bytes/s', output, bytesOf(output));
  out.counts.records++;
  return true;
}

/** `1min 14.256116s` in ns. */
function spanOf(text: string): number {
  let total = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(y|month|w|d|h|min|ms|us|s)/g)) {
    total += Number(number) * (nsPer[unit ?? ''] ?? Number.NaN);
  }
  return total;
}
