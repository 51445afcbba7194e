import { readFile } from 'node:fs/promises';
import { type CsvColumn, type CsvMap, csvTimeUnits } from '../model/csv-map.ts';
import { Problem } from '../model/problem.ts';
import { seriesKinds } from '../model/recording-tables.ts';

const hint =
  'expected {"time": {"column": "ts", "unit": "ms"}, "columns": {"rss_kb": {"name": "rss", "unit": "bytes", "scale": 1024}}}';
const known = ['name', 'unit', 'scale', 'kind', 'entity', 'of', 'ofColumn'];

/** Reads a map of CSV columns. Throws a Problem that names the place when it is not one. */
export async function readCsvMap(file: string): Promise<CsvMap> {
  const wrong = (message: string): Problem => new Problem({ code: 'usage', message, file, hint });
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new Problem(
      { code: 'not-found', message: `cannot be read (${error.message})`, file, hint: 'check the path' },
      { cause: error },
    );
  });
  let map: unknown;
  try {
    map = JSON.parse(text);
  } catch (error) {
    throw wrong(`is not whole JSON (${error instanceof Error ? error.message : ''})`);
  }
  if (!isObject(map)) throw wrong('is not an object');
  const { time, columns, delimiter = ',' } = map;
  if (!isObject(time) || typeof time.column !== 'string') throw wrong('has no time.column');
  const unit = csvTimeUnits.find((each) => each === time.unit);
  if (time.unit !== undefined && unit === undefined)
    throw wrong(`time.unit: expected one of ${csvTimeUnits.join(', ')}`);
  if (typeof delimiter !== 'string' || delimiter.length !== 1)
    throw wrong('delimiter: expected one character');
  if (!isObject(columns) || Object.keys(columns).length === 0) throw wrong('columns: expected at least one');
  return {
    delimiter,
    time: { column: time.column, ...(unit === undefined ? {} : { unit }) },
    columns: Object.fromEntries(
      Object.entries(columns).map(([column, spec]) => [column, columnOf(column, spec, wrong)]),
    ),
  };
}

function columnOf(column: string, spec: unknown, wrong: (message: string) => Problem): CsvColumn {
  const at = (what: string): Problem => wrong(`columns.${column}${what}`);
  if (!isObject(spec)) throw at(': expected an object');
  const strange = Object.keys(spec).find((key) => !known.includes(key));
  if (strange !== undefined) throw at(`.${strange}: not known, expected ${known.join(', ')}`);
  const { name = column, unit = '', scale = 1, kind = 'gauge', entity = 'csv', of = '', ofColumn } = spec;
  if (typeof name !== 'string' || typeof unit !== 'string' || typeof entity !== 'string')
    throw at(': name, unit and entity are texts');
  if (typeof scale !== 'number' || !Number.isFinite(scale)) throw at('.scale: expected a number');
  const found = seriesKinds.find((each) => each === kind);
  if (found === undefined) throw at(`.kind: expected ${seriesKinds.join(' or ')}`);
  if (ofColumn !== undefined && typeof ofColumn !== 'string') throw at('.ofColumn: expected a text');
  return {
    name,
    unit,
    scale,
    kind: found,
    entity,
    of: typeof ofColumn === 'string' ? { column: ofColumn } : { name: String(of) },
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
