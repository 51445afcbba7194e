import { blockFlag, blockOpId, deviceNumber } from '../../../model/io-tables.ts';
import type { Context } from '../../context.ts';
import { requestLabels } from './request-labels.ts';
import { requestModel } from './requests.ts';

/** Requests of one device that are served as one: everything, an operation, an IO class, a stream. */
export interface ServiceGroup {
  readonly device: number;
  /** `all`, `reads`, `writes`, `class rt`, `rt reads`, `fio read be,4 up to 4 KiB`. */
  readonly who: string;
  /** Rows of the request table, in the order of completion. */
  readonly rows: Uint32Array;
}

/** Streams beyond these are too small to tell runs apart. */
const MOST_STREAMS = 40;

/**
 * Completed requests by what runs under different settings have in common. Names of threads and
 * their ids differ from run to run; programs, operations, classes and sizes do not. Write-back
 * (writes that are not synchronous, whoever sends them) is one stream: which kworker sends it is chance.
 */
export function serviceGroups(context: Context): readonly ServiceGroup[] {
  const { requests, completed } = context.derive(requestModel);
  const { device, op } = requests.columns;
  const names = context.derive(requestLabels);
  const found = new Map<string, { device: number; who: string; rows: number[] }>();
  const add = (id: number, who: string, row: number): void => {
    const key = `${id} ${who}`;
    const own = found.get(key);
    if (own === undefined) found.set(key, { device: id, who, rows: [row] });
    else own.rows.push(row);
  };
  for (const row of completed) {
    const id = device[row] as number;
    const isRead = op[row] === blockOpId.read;
    const isWrite = op[row] === blockOpId.write;
    const ioClass = names.ioprio(row).split(',')[0] ?? '';
    add(id, 'all', row);
    if (isRead) add(id, 'reads', row);
    if (isWrite) add(id, 'writes', row);
    if (ioClass !== 'not recorded') add(id, `class ${ioClass}`, row);
    if (ioClass === 'rt' && isRead) add(id, 'rt reads', row);
    if (isRead || isWrite) add(id, streamOf(context, row), row);
  }
  const groups = [...found.values()].map(({ rows, ...group }) => ({
    ...group,
    rows: Uint32Array.from(rows),
  }));
  const streams = groups
    .filter(({ who }) => isStream(who))
    .sort((a, b) => b.rows.length - a.rows.length)
    .slice(0, MOST_STREAMS);
  return [...groups.filter(({ who }) => !isStream(who)), ...streams];
}

export const WRITE_BACK = 'write-back';

/** `fio read be,4 up to 4 KiB`; `write-back`. */
export function streamOf(context: Context, row: number): string {
  const { op, flags } = context.derive(requestModel).requests.columns;
  const names = context.derive(requestLabels);
  if (op[row] === blockOpId.write && ((flags[row] as number) & blockFlag.sync) === 0) return WRITE_BACK;
  return `${names.comm(row)} ${names.op(row)} ${names.ioprio(row)} ${names.size(row)}`;
}

export function isStream(who: string): boolean {
  return !/^(?:all|reads|writes|rt reads|class [\w]+)$/.test(who);
}

export function serviceLabels({ device, who }: ServiceGroup): { device: string; who: string } {
  return { device: deviceNumber(device), who };
}
