import { parse as parseCsv } from 'csv-parse/sync';

/** Cells of one line; undefined when its quotes do not close. Lines without quotes, nearly all of them, need no parser. */
export function splitLine(line: string, delimiter: string): string[] | undefined {
  if (!line.includes('"')) return line.split(delimiter);
  try {
    return parseCsv(line, { delimiter, relax_quotes: true, relax_column_count: true })[0];
  } catch {
    return undefined;
  }
}
