import { TOP_DOWN, topDownBeside, topDownSampleFact } from '../../model/top-down-series.ts';
import type { TraceBuilder } from '../../model/trace-builder.ts';
import { lineEnd, trimEnd, utf8 } from '../bytes.ts';
import { splitLine } from './csv-text/split-line.ts';
import type { Importer } from './importer.ts';
import { isToplevHeader, readToplevRow } from './toplev/row.ts';

const delimiters = [',', ';', '|', '\t'] as const;
const levelOne = /^(?:Frontend_?Bound|Backend_?Bound|Bad_?Speculation|Retiring)(?:\.|$)/;
/** What toplev prints around its rows. */
const remark = /^\s*(?:#|$|Run toplev |Add --|Using level |Idle CPUs|Note: )/;

/** `toplev --csv` (pmu-tools), with or without header, -I and CPUs, any delimiter. */
export const toplev: Importer = {
  id: 'toplev',
  title: 'toplev --csv: top-down analysis of pmu-tools',
  captureWith: 'toplev.py -l2 -v --no-desc --csv , -o toplev.csv -- ./bench',
  sniff: (head) => (delimiterOf(head) === undefined ? 'no' : 'yes'),
  isRecordStart: () => true,
  open(out, source) {
    const delimiter = delimiterOf(source.head) ?? ',';
    return (bytes, offset) => parse(out, delimiter, bytes, offset);
  },
};

/** The one with which lines of the head have nodes of level one. */
function delimiterOf(head: Uint8Array): string | undefined {
  const lines = utf8(head, 0, Math.min(head.length, 16_384))
    .split(/\r?\n/)
    .filter((line) => !remark.test(line))
    .slice(0, 40);
  return delimiters.find((delimiter) => {
    const rows = lines.map((line) => cellsOf(line, delimiter));
    const [first = []] = rows;
    const starts = isToplevHeader(first) || readToplevRow(first) !== undefined;
    return starts && rows.some((cells) => levelOne.test(readToplevRow(cells)?.node ?? ''));
  });
}

function cellsOf(line: string, delimiter: string): string[] {
  return (splitLine(line, delimiter) ?? []).map((cell) => cell.trim());
}

function parse(out: TraceBuilder, delimiter: string, bytes: Uint8Array, offset: number): void {
  for (let at = 0; at < bytes.length; ) {
    const stop = lineEnd(bytes, at);
    const text = utf8(bytes, at, trimEnd(bytes, at, stop));
    const from = at;
    at = stop + 1;
    if (remark.test(text)) continue;
    const cells = cellsOf(text, delimiter);
    if (isToplevHeader(cells)) continue;
    const row = readToplevRow(cells);
    if (row === undefined) {
      out.skip(from + offset);
      continue;
    }
    if (row.isSummary) {
      out.counts.ignored++;
      continue;
    }
    const { node, cpu, time, unit, value, multiplex } = row;
    out.counter(node, unit, TOP_DOWN, cpu, time, value);
    const beside = (sort: keyof typeof topDownBeside, share: number): void =>
      out.counter(node, 'share', topDownBeside[sort], cpu, time, share);
    if (!Number.isNaN(multiplex)) beside('multiplex', multiplex);
    if (row.isBottleneck) beside('bottleneck', 1);
    if (row.isBelow) beside('below', 1);
    if (row.isIdle) beside('idle', 1);
    if (row.sample !== '') out.fact(topDownSampleFact(node), row.sample);
    out.counts.records++;
  }
}
