import { alignFiles, applyOffsets, type RowRange, type UnalignedFile } from './align.ts';
import type { ClockAlignment } from './clock.ts';
import type { DimensionBuilder } from './dimension.ts';
import { isZero, type Schema, type Table, type TableBuilder } from './table.ts';
import { type TableName, tableDefinitions } from './tables.ts';
import { countInversions, sortByTime } from './time-order.ts';
import {
  addCounts,
  type Chunk,
  type ImportCounts,
  type ImportRow,
  noCounts,
  type SkippedInput,
  type Trace,
} from './trace.ts';
import { TraceBuilder } from './trace-builder.ts';

type IdMaps = Record<string, Uint32Array>;
type TimedSchema = Schema & { time: { kind: 'f64' } };

interface OpenFile {
  readonly counts: ImportCounts;
  /** Rows each timed table had when the file began. */
  readonly first: Readonly<Record<string, number>>;
  clock: string;
}

/** Log tables with a `time` column. */
const timedTables = (Object.keys(tableDefinitions) as TableName[]).filter(
  (name) => !('key' in tableDefinitions[name]) && 'time' in tableDefinitions[name].schema,
);

/**
 * Builds one trace from the chunks of its files, taken in file order and in order of their place
 * in the file. Ids follow first appearance in each chunk, so appending chunks in order gives the
 * ids a single pass would have given: the trace does not depend on where a file was cut.
 */
export class TraceMerger {
  readonly #out = new TraceBuilder(true);
  readonly #imports: Omit<ImportRow, 'clock'>[] = [];
  readonly #files: UnalignedFile[] = [];
  #file: OpenFile | undefined;

  /** Begins the next file; its chunks follow. */
  beginFile(): void {
    const first = Object.fromEntries(timedTables.map((name) => [name, this.#out[name].length]));
    this.#file = { counts: noCounts(), first, clock: '' };
  }

  /**
   * Appends a chunk of the file begun last. The chunk may be dropped afterwards. `rest`: how much of the file is
   * still to come, in chunks of this size (0: unknown); tables make room for it at once, as each time they grow
   * all their pages are touched anew.
   */
  add(chunk: Chunk, rest = 0): void {
    const maps: IdMaps = { strings: this.#mergeStrings(chunk) };
    for (const name of Object.keys(tableDefinitions) as TableName[]) {
      const table = chunk.tables[name] as unknown as Table;
      const schema = tableDefinitions[name].schema as Schema;
      if (name === 'stacks') maps[name] = this.#mergeStacks(chunk, maps);
      else if ('key' in tableDefinitions[name]) {
        const into = this.#out[name] as unknown as DimensionBuilder<Schema>;
        maps[name] = mergeDimension(into, table, schema, maps);
      } else {
        const into = this.#out[name] as unknown as TableBuilder<Schema>;
        const from = appendLog(into, table, schema, maps, rest);
        // The first file's number is 0, as fresh rows are.
        if (this.#imports.length > 0) into.columns.source?.fill(this.#imports.length, from, into.length);
      }
    }
    if (this.#file === undefined) return;
    addCounts(this.#file.counts, chunk.counts);
    this.#file.clock ||= chunk.clock;
  }

  /** Ends the file begun last and files its row. */
  endFile(row: Pick<ImportRow, 'file' | 'importer' | 'bytes' | 'encodings' | 'problem'>): void {
    const file = this.#file;
    if (file === undefined) return;
    const rows: Record<string, RowRange> = {};
    for (const name of timedTables) rows[name] = { from: file.first[name] ?? 0, to: this.#out[name].length };
    const { columns, length } = this.#out.samples;
    const outOfOrder = countInversions(columns.time, file.first.samples ?? 0, length);
    this.#imports.push({ ...row, ...file.counts, outOfOrder });
    this.#files.push({ clock: file.clock, rows });
    this.#file = undefined;
  }

  /** Brings all times to one clock, sorts logs by time (stable, so equal times keep the order read), shares every column. */
  finish(labels: Readonly<Record<string, string>>, skippedInputs: readonly SkippedInput[]): Trace {
    const clocks = alignFiles(this.#out, this.#files);
    applyOffsets(this.#out, this.#files, clocks);
    for (const name of timedTables) sortByTime(this.#out[name] as unknown as TableBuilder<TimedSchema>);
    const { strings, tables } = this.#out.finish();
    const imports = this.#imports.map((row, i) => ({ ...row, clock: clocks[i] as ClockAlignment }));
    return { strings, tables, imports, skippedInputs, labels };
  }

  #mergeStrings(chunk: Chunk): Uint32Array {
    const { strings } = chunk;
    const map = new Uint32Array(strings.length);
    for (let id = 1; id < strings.length; id++) {
      map[id] = this.#out.strings.intern(
        strings.bytes,
        strings.offset[id] as number,
        strings.offset[id + 1] as number,
      );
    }
    return map;
  }

  /** Parents precede children in every chunk, so a parent's new id is known when its child comes. */
  #mergeStacks(chunk: Chunk, maps: IdMaps): Uint32Array {
    const { length, columns } = chunk.tables.stacks;
    const frameMap = maps.frames as Uint32Array;
    const map = new Uint32Array(length);
    for (let id = 1; id < length; id++) {
      map[id] = this.#out.stacks.push(
        map[columns.parent[id] as number] as number,
        frameMap[columns.frame[id] as number] as number,
      );
    }
    return map;
  }
}

function mergeDimension(
  into: DimensionBuilder<Schema>,
  table: Table,
  schema: Schema,
  maps: IdMaps,
): Uint32Array {
  const map = new Uint32Array(table.length);
  const cells: Record<string, number> = {};
  for (let id = 1; id < table.length; id++) {
    for (const [name, column] of Object.entries(schema)) {
      const value = table.columns[name]?.[id] as number;
      cells[name] = column.of === undefined ? value : (maps[column.of]?.[value] as number);
    }
    map[id] = into.intern(cells);
  }
  return map;
}

/** Appends the rows of a log table; the row of `into` at which they begin. */
function appendLog(
  into: TableBuilder<Schema>,
  table: Table,
  schema: Schema,
  maps: IdMaps,
  rest: number,
): number {
  // A little more than the rest of the file will fill, if it goes on as in this chunk.
  const first = into.addMany(table.length, Math.ceil(table.length * rest * 1.05));
  for (const [name, column] of Object.entries(schema)) {
    const from = table.columns[name] as Uint32Array;
    const to = into.columns[name] as Uint32Array;
    const map = column.of === undefined ? undefined : maps[column.of];
    // Fresh rows are 0: pages of a column nobody filled are never touched.
    if (isZero(from)) continue;
    if (map === undefined || leavesAll(map)) to.set(from, first);
    else for (let row = 0; row < table.length; row++) to[first + row] = map[from[row] as number] as number;
  }
  return first;
}

/** A map that changes no id: most chunks meet the same threads and names in the same order. */
function leavesAll(map: Uint32Array): boolean {
  for (let id = 0; id < map.length; id++) if (map[id] !== id) return false;
  return true;
}
