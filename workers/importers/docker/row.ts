import { containerGroup, containerIdFact, printedGroup } from '../../../model/group-series.ts';
import type { TraceBuilder } from '../../../model/trace-builder.ts';
import { bytesOf, shareOf } from '../printed/amount.ts';

/** Cells of one container as docker prints them, by column; absent where the format leaves a column out. */
export interface ContainerRow {
  readonly id: string;
  readonly name: string;
  readonly cpu?: string;
  /** `736KiB / 23.54GiB`. */
  readonly memory?: string;
  /** Received and sent, read and written: `1.18kB / 0B`. */
  readonly net?: string;
  readonly block?: string;
  readonly pids?: string;
}

/** Whether a container's cells tell nothing: it stopped, or was not measured yet. */
export function isUnknown({ cpu = '--', memory = '--' }: ContainerRow): boolean {
  return cpu === '--' && memory.startsWith('--');
}

/** Files what one row says; false when a cell that is there cannot be understood: then nothing of it is kept. */
export function fileRow(
  out: TraceBuilder,
  row: ContainerRow,
  tool: 'docker' | 'podman',
  time: number,
): boolean {
  const name = row.name === '' || row.name === '--' ? row.id : row.name;
  if (name === '') return false;
  const [used, limit] = pair(row.memory);
  const [received, sent] = pair(row.net);
  const [read, written] = pair(row.block);
  const cpu = row.cpu === undefined ? undefined : shareOf(row.cpu);
  const pids = row.pids === undefined ? undefined : Number(row.pids);
  const values = [used, limit, received, sent, read, written, cpu, pids];
  if (values.some((value) => value !== undefined && Number.isNaN(value))) return false;
  const of = containerGroup(tool, name);
  const file = (series: string, unit: string, value: number | undefined, count = false): void => {
    if (value !== undefined)
      out.counter(series, unit, 'cgroup', of, time, value, count ? 'cumulative' : 'gauge');
  };
  file(printedGroup.cpu, 'share', cpu);
  file(printedGroup.workingSet, 'bytes', used);
  file(printedGroup.memoryLimit, 'bytes', limit);
  file(printedGroup.received, 'bytes', received, true);
  file(printedGroup.sent, 'bytes', sent, true);
  file(printedGroup.read, 'bytes', read, true);
  file(printedGroup.written, 'bytes', written, true);
  file(printedGroup.tasks, 'tasks', pids);
  if (/^[0-9a-f]{12,64}$/.test(row.id)) out.fact(containerIdFact(of), row.id);
  out.counts.records++;
  return true;
}

/** Both sides of ` / `; undefined where the column is absent, NaN where a side is no amount. */
function pair(cell: string | undefined): readonly [number | undefined, number | undefined] {
  if (cell === undefined) return [undefined, undefined];
  const [first = '', second = ''] = cell.split('/');
  return [bytesOf(first), bytesOf(second)];
}
