import type { ContainerRow } from './row.ts';

type Column = keyof ContainerRow | 'ignored';
/** Names of columns, of docker and of podman. */
const names: Readonly<Record<string, Column>> = {
  'CONTAINER ID': 'id',
  CONTAINER: 'id',
  ID: 'id',
  NAME: 'name',
  'CPU %': 'cpu',
  'MEM USAGE / LIMIT': 'memory',
  'MEM %': 'ignored',
  'NET I/O': 'net',
  'NET IO': 'net',
  'BLOCK I/O': 'block',
  'BLOCK IO': 'block',
  PIDS: 'pids',
  'CPU TIME': 'ignored',
  'AVG CPU %': 'ignored',
};

export interface TableHeader {
  readonly columns: readonly Column[];
  readonly tool: 'docker' | 'podman';
}

/** Columns of a header line; undefined when it is none. Needs a container and something measured of it. */
export function readHeader(line: string): TableHeader | undefined {
  const texts = line.trim().split(/\s{2,}/);
  const columns = texts.map((text) => names[text]);
  if (columns.some((column) => column === undefined)) return undefined;
  const known = columns as Column[];
  const isTable =
    (known.includes('id') || known.includes('name')) &&
    known.some((column) => column === 'cpu' || column === 'memory');
  if (!isTable) return undefined;
  return { columns: known, tool: texts.some((text) => / IO$/.test(text)) ? 'podman' : 'docker' };
}

/** Cells of a row, two blanks and more apart; undefined when there are not as many as columns. */
export function readRow(line: string, { columns }: TableHeader): ContainerRow | undefined {
  const cells = line.trim().split(/\s{2,}/);
  if (cells.length !== columns.length) return undefined;
  const row: Record<string, string> = { id: '', name: '' };
  columns.forEach((column, i) => {
    if (column !== 'ignored') row[column] = cells[i] as string;
  });
  return row as unknown as ContainerRow;
}
