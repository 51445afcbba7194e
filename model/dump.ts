import { decodeString } from './strings.ts';
import type { Schema, Table } from './table.ts';
import { frameKinds, type TableName, tableDefinitions } from './tables.ts';
import type { Chunk, Trace } from './trace.ts';

/**
 * A trace as text, table by table, with strings in place of their ids: what goldens hold and
 * `vtune explain --dump trace` prints. Tables without rows are left out, and rows beyond `most` counted.
 */
export function* dumpTrace(trace: Chunk | Trace, most = Number.POSITIVE_INFINITY): Generator<string> {
  for (const name of Object.keys(tableDefinitions) as TableName[]) {
    const table = trace.tables[name] as unknown as Table;
    const definition = tableDefinitions[name];
    const schema = definition.schema as Schema;
    const first = 'key' in definition ? 1 : 0;
    if (table.length === first) continue;
    yield `${name} (${table.length - first} rows): ${Object.keys(schema).join(' ')}\n`;
    for (let row = first; row < Math.min(table.length, first + most); row++) {
      const cells = Object.entries(schema).map(([column, { of, kind }]) => {
        const value = table.columns[column]?.[row] as number;
        if (of === 'strings') return JSON.stringify(decodeString(trace.strings, value));
        if (name === 'frames' && column === 'kind') return frameKinds[value] ?? String(value);
        return of === undefined && kind === 'f64' && Number.isNaN(value) ? '–' : String(value);
      });
      yield `  ${row}: ${cells.join(' ')}\n`;
    }
    if (table.length - first > most) yield `  … ${table.length - first - most} more\n`;
  }
}
