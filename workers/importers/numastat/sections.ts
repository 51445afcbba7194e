import { SETTING } from '../../../model/knobs.ts';
import { meminfo, NODE, numastat, numastatBytes, numastatProcess } from '../../../model/page-series.ts';
import type { TraceBuilder } from '../../../model/trace-builder.ts';
import { lineEnd, trimEnd, utf8 } from '../../bytes.ts';

/** What numastat calls MB is 2^20 bytes. */
const MIB = 2 ** 20;

/** What the rows of a table are: counts of pages, the same in MB, memory by use, one process, many processes. */
type Section =
  | { readonly kind: 'pages' | 'counts' | 'meminfo' | 'processes' }
  | { readonly kind: 'process'; readonly pid: string };

const titles: readonly (readonly [RegExp, (found: RegExpExecArray) => Section])[] = [
  [/^Per-node numastat info \(in MBs\)/, () => ({ kind: 'counts' })],
  [/^Per-node system memory usage \(in MBs\)/, () => ({ kind: 'meminfo' })],
  [
    /^Per-node process memory usage \(in MBs\) for PID (\d+) \((.*)\)/,
    (found) => ({ kind: 'process', pid: found[1] as string }),
  ],
  [/^Per-node process memory usage \(in MBs\)/, () => ({ kind: 'processes' })],
];
const nodes = /^(?:PID +)?((?:[Nn]ode ?\d+|Total)(?: +(?:[Nn]ode ?\d+|Total))*)$/;
const row = /^(\S.*?)((?: +-?\d+(?:\.\d+)?)+)$/;
/** Of versions whose table of names is older than the kernel; and of processes that ended or are somebody else's. */
const remark = /^(?:Token \S+ not in hash table\.|Can't read |Table has no )/;

/** Files the tables of one file, read as a whole: headers say what their rows are. */
export function readNumastat(out: TraceBuilder, time: number, bytes: Uint8Array, offset: number): void {
  let section: Section = { kind: 'pages' };
  /** Number of the node of each column; undefined for the sum. */
  let columns: readonly (string | undefined)[] = [];
  for (let at = 0; at < bytes.length; ) {
    const stop = lineEnd(bytes, at);
    const line = utf8(bytes, at, trimEnd(bytes, at, stop)).trim();
    const next = sectionOf(out, line);
    const header = nodes.exec(line)?.[1];
    if (next !== undefined) [section, columns] = [next, []];
    else if (header !== undefined)
      columns = [...header.matchAll(/[Nn]ode ?(\d+)|Total/g)].map((found) => found[1]);
    else if (remark.test(line)) out.counts.ignored++;
    else if (line !== '' && !/^[- ]+$/.test(line) && !readRow(out, time, section, columns, line))
      out.skip(at + offset);
    at = stop + 1;
  }
}

function sectionOf(out: TraceBuilder, line: string): Section | undefined {
  for (const [pattern, make] of titles) {
    const found = pattern.exec(line);
    if (found === null) continue;
    if (found[1] !== undefined) name(out, found[1], found[2] ?? '');
    return make(found);
  }
  return undefined;
}

function name(out: TraceBuilder, pid: string, comm: string): void {
  out.fact(`${SETTING}/proc/${pid}/comm`, comm);
}

function readRow(
  out: TraceBuilder,
  time: number,
  section: Section,
  columns: readonly (string | undefined)[],
  line: string,
): boolean {
  const words = line.split(/ +/);
  const values = words.slice(words.length - columns.length).map(Number);
  const label = row.exec(line) === null ? '' : words.slice(0, words.length - columns.length).join(' ');
  if (columns.length === 0 || label === '' || values.some((value) => !Number.isFinite(value))) return false;
  const task = section.kind === 'processes' ? /^(\d+) \((.*?)\)?$/.exec(label) : null;
  if (section.kind === 'processes' && label !== 'Total') {
    if (task === null) return false;
    name(out, task[1] as string, task[2] ?? '');
  }
  // Sums follow from the rows above.
  const isSum = label === 'Total' && (section.kind === 'process' || section.kind === 'processes');
  if (isSum) {
    out.counts.ignored++;
    return true;
  }
  columns.forEach((node, i) => {
    if (node === undefined) return;
    const value = values[i] as number;
    if (section.kind === 'process')
      out.counter(numastatProcess(node, label), 'bytes', 'process', section.pid, time, value * MIB);
    else if (task !== null)
      out.counter(numastatProcess(node, 'Total'), 'bytes', 'process', task[1] as string, time, value * MIB);
    else onNode(out, time, section, node, label, value);
  });
  out.counts.records++;
  return true;
}

function onNode(
  out: TraceBuilder,
  time: number,
  { kind }: Section,
  node: string,
  label: string,
  value: number,
): void {
  const key = label.toLowerCase();
  if (kind === 'pages') out.counter(numastat(key), 'pages', NODE, node, time, value, 'cumulative');
  else if (kind === 'counts')
    out.counter(numastatBytes(key), 'bytes', NODE, node, time, value * MIB, 'cumulative');
  // Numbers of huge pages are given in MB here: of another name than the counts of meminfo.
  else if (label.startsWith('HugePages_'))
    out.counter(`${meminfo(label)} bytes`, 'bytes', NODE, node, time, value * MIB);
  else out.counter(meminfo(label), 'bytes', NODE, node, time, value * MIB);
}
