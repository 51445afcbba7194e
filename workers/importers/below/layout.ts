import { lineEnd, trimEnd, utf8 } from '../../bytes.ts';
import { type BelowColumn, type BelowSort, belowColumns } from './columns.ts';

/** Where the file has what. */
export interface BelowLayout {
  readonly sort: BelowSort;
  readonly delimiter: string;
  readonly titles: readonly string[];
  readonly columns: readonly (BelowColumn | undefined)[];
  readonly timeAt: number;
  /** Column that names what a row is of; −1 for the system. */
  readonly nameAt: number;
  /** Command lines are printed as they are, delimiters included; −1 = no such column. */
  readonly cmdlineAt: number;
}

/** Which table it is, by columns no other has. */
const sorts: readonly (readonly [sort: BelowSort, name: string, also: RegExp])[] = [
  ['process', 'Pid', /^(?:Comm|CPU|RSS|User CPU)$/],
  ['iface', 'Interface', /^[RT]X /],
  ['disk', 'Name', /^(?:Read|Write|Disk|Read Completed|Write Completed)$/],
  [
    'cgroup',
    'Full Path',
    /^(?:CPU Usage|Mem Total|Mem|RBytes|WBytes|Mem Pressure|CPU Some Pressure|Tids Current)$/,
  ],
  [
    'cgroup',
    'Name',
    /^(?:CPU Usage|Mem Total|Mem|RBytes|WBytes|Mem Pressure|CPU Some Pressure|Tids Current)$/,
  ],
];
const ofSystem = /^(?:Usage|Total|Running Procs|Context Switches)$/;

/** The layout a header line tells; undefined when it is none of below's. Every line of below ends with the delimiter. */
export function belowLayout(head: Uint8Array): BelowLayout | undefined {
  const first = utf8(head, 0, trimEnd(head, 0, Math.min(lineEnd(head, 0), 8192)));
  const line = head[first.length] === 9 ? `${first}\t` : first;
  const delimiter = line.endsWith(',') ? ',' : line.endsWith('\t') ? '\t' : '';
  if (delimiter === '') return undefined;
  const titles = line.slice(0, -1).split(delimiter);
  const timeAt = ['Timestamp', 'Datetime'].map((title) => titles.indexOf(title)).find((at) => at >= 0);
  if (timeAt === undefined) return undefined;
  const found = sorts.find(
    ([, name, also]) => titles.includes(name) && titles.some((title) => also.test(title)),
  );
  const [sort, name] = found ?? ['system' as const, ''];
  if (found === undefined && !titles.some((title) => ofSystem.test(title))) return undefined;
  return {
    sort,
    delimiter,
    titles,
    columns: titles.map((title) => belowColumns[sort][title]),
    timeAt,
    nameAt: name === '' ? -1 : titles.indexOf(name),
    cmdlineAt: titles.indexOf('Cmdline'),
  };
}

/** Cells of a row; undefined when there are not as many as titles. */
export function belowCells(
  line: string,
  { delimiter, titles, cmdlineAt }: BelowLayout,
): string[] | undefined {
  const cells = line.split(delimiter);
  const surplus = cells.length - titles.length - 1;
  if (surplus === -1 && delimiter === '\t') return cells;
  if (surplus < 0 || cells.at(-1) !== '') return undefined;
  cells.pop();
  if (surplus === 0) return cells;
  if (cmdlineAt < 0) return undefined;
  const cmdline = cells.splice(cmdlineAt, surplus + 1).join(delimiter);
  cells.splice(cmdlineAt, 0, cmdline);
  return cells;
}

const value = /^(-?\d+(?:\.\d+)?(?:e-?\d+)?) ?([KMGTPEZY]?B)?(?: ?(?:%|\/s|ms|pages\/s))*(?:\/s)?$/;
const powers = ['B', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB'];

/**
 * `12.34%`, `1.5 GB`, `3.2 MB/s`, `9.98/s`, `120 ms` or the plain number of --raw. below's KB is 1024 bytes. NaN for `?`, which is
 * not known; undefined when it is no value.
 */
export function belowValue(cell: string): number | undefined {
  const text = cell.trim();
  if (text === '?' || text === '') return Number.NaN;
  const found = value.exec(text);
  if (found === null) return undefined;
  return Number(found[1]) * 1024 ** Math.max(0, powers.indexOf(found[2] ?? 'B'));
}
