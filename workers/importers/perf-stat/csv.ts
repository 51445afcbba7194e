import { parse as splitCsv } from 'csv-parse/sync';
import { notRead, percent, type Reading } from './reading.ts';

/** A comma comes last: where another mark separates, it is the decimal mark of a locale. */
const delimiters = ['\t', ';', '|', ','];

/** `[interval,][cpu or thread,[count,]]value,unit,event,[+-%,]runtime,share,[metric,unit]` in any separator. */
export function readCsv(line: string): Reading | undefined {
  for (const delimiter of delimiters) {
    if (!line.includes(delimiter)) continue;
    const found = readFields(line, delimiter);
    if (found !== undefined) return found;
  }
  return undefined;
}

function readFields(line: string, delimiter: string): Reading | undefined {
  let fields: string[];
  try {
    fields = splitCsv(line, { delimiter, relax_quotes: true, relax_column_count: true })[0] ?? [];
  } catch {
    return undefined;
  }
  const trimmed = fields.map((field) => field.trim());
  const commas = delimiter !== ',';
  const isNumber = (text: string): boolean =>
    (commas ? /^-?\d+(?:[.,]\d+)?$/ : /^-?\d+(?:\.\d+)?$/).test(text);
  const isValue = (at: number): boolean =>
    (isNumber(trimmed[at] ?? '') || notRead.test(trimmed[at] ?? '')) &&
    /^[A-Za-z/%]*$/.test(trimmed[at + 1] ?? '1') &&
    /[A-Za-z]/.test(trimmed[at + 2] ?? '');
  const at = [0, 1, 2, 3].find(isValue);
  if (at === undefined) return undefined;
  const before = trimmed.slice(0, at);
  const rest = trimmed.slice(at + 3);
  const varied = /%$/.test(rest[0] ?? '');
  const timed = /^\d+[.,]\d+$/.test(before[0] ?? '');
  const value = trimmed[at] as string;
  const number = (text: string): number => Number(commas ? text.replace(',', '.') : text);
  return {
    event: trimmed[at + 2] as string,
    unit: trimmed[at + 1] as string,
    value: notRead.test(value) ? Number.NaN : number(value),
    interval: timed ? number(before[0] as string) : Number.NaN,
    of: before[timed ? 1 : 0] ?? '',
    variance: varied ? percent(rest[0]) : Number.NaN,
    running: percent(rest[varied ? 2 : 1]),
  };
}
