/** Where a column is in every line of a table, and what stands above it: group and name. */
export interface C2cColumn {
  readonly from: number;
  readonly to: number;
  readonly group: string;
  readonly name: string;
}

/** `# .....  ....`, which is as wide as the columns below. */
export function isRuler(line: string): boolean {
  return /^\s*#\s+\.+(?:\s+\.+)+\s*$/.test(line);
}

/** Columns of a ruler, named by the two lines above it: groups span columns. */
export function columnsOf(groups: string, names: string, ruler: string): readonly C2cColumn[] {
  const spans = [...groups.replace('#', ' ').matchAll(/\S+(?: \S+)*/g)].map((found) => ({
    text: found[0].replace(/^-+ | -+$/g, ''),
    from: found.index,
    to: found.index + found[0].length,
  }));
  const runs = [...ruler.matchAll(/\.+/g)].map((found) => ({
    from: found.index,
    to: found.index + found[0].length,
  }));
  return runs.map(({ from, to }) => ({
    from,
    to,
    group: spans.find((span) => span.from < to && span.to > from)?.text ?? '',
    name: names.replace('#', ' ').slice(from, to).trim(),
  }));
}

/** What no cell can be: a text that reaches into the blanks beside its column, so that nothing of it is to be trusted. */
export const MISALIGNED = '\0';

/** The cell of a column; the last goes on to the end of the line. */
export function cellOf(line: string, columns: readonly C2cColumn[], at: number): string {
  const column = columns[at];
  if (column === undefined) return '';
  const isLast = at === columns.length - 1;
  const isBlank = (i: number): boolean => (line[i] ?? ' ') === ' ';
  if (!isBlank(column.from - 1) || !(isLast || isBlank(column.to))) return MISALIGNED;
  return line.slice(column.from, isLast ? undefined : column.to).trim();
}

/** Index of the first column whose group and name match; −1 when there is none. */
export function columnAt(columns: readonly C2cColumn[], name: RegExp, group: RegExp = /^/): number {
  return columns.findIndex((column) => name.test(column.name) && group.test(column.group));
}
