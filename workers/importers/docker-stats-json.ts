import type { TraceBuilder } from '../../model/trace-builder.ts';
import { latin1, lineEnd, trimEnd, utf8 } from '../bytes.ts';
import { fileRow, isUnknown } from './docker/row.ts';
import type { Importer } from './importer.ts';

/** What `docker stats --format '{{json .}}'` prints: the cells of the table as texts, an object a container. */
export const dockerStatsJson: Importer = {
  id: 'docker-stats-json',
  title: "docker stats --format '{{json .}}'",
  captureWith: "docker stats --no-stream --format '{{json .}}' > docker-stats.json",
  sniff: (head) => {
    const first = latin1(head, 0, lineEnd(head, 0));
    return /^\{.*"CPUPerc":"/.test(first) && /"MemUsage":"/.test(first) ? 'yes' : 'no';
  },
  isRecordStart: () => true,
  open: (out) => (bytes, offset) => parse(out, bytes, offset),
};

function parse(out: TraceBuilder, bytes: Uint8Array, offset: number): void {
  for (let at = 0; at < bytes.length; ) {
    const stop = lineEnd(bytes, at);
    const text = utf8(bytes, at, trimEnd(bytes, at, stop));
    if (text !== '' && !readLine(out, text)) out.skip(at + offset);
    at = stop + 1;
  }
}

function readLine(out: TraceBuilder, text: string): boolean {
  let found: Readonly<Record<string, unknown>>;
  try {
    found = JSON.parse(text);
  } catch {
    return false;
  }
  if (typeof found !== 'object' || found === null) return false;
  const cell = (key: string): string | undefined =>
    typeof found[key] === 'string' ? (found[key] as string) : undefined;
  const cells = {
    cpu: cell('CPUPerc'),
    memory: cell('MemUsage'),
    net: cell('NetIO'),
    block: cell('BlockIO'),
    pids: cell('PIDs'),
  };
  const row = {
    id: cell('ID') ?? cell('Container') ?? '',
    name: cell('Name') ?? '',
    ...Object.fromEntries(Object.entries(cells).filter(([, value]) => value !== undefined)),
  };
  if (isUnknown(row)) {
    out.counts.ignored++;
    return true;
  }
  return fileRow(out, row, 'docker', Number.NaN);
}
