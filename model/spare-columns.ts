import type { Columns, Schema, Table, TableDefinition } from './table.ts';

/**
 * Columns of log tables whose rows have been copied elsewhere, for the next builder to write to. A file is read
 * slice by slice: columns that have once grown to what a slice needs neither grow nor touch fresh pages again,
 * which costs as much as reading the text does.
 */
export class SpareColumns {
  readonly #tables: Readonly<Record<string, Table>>;

  /** `tables`: finished tables on shared memory by name, nobody's any more; their rows are cleared when taken. */
  constructor(tables: Readonly<Record<string, unknown>>) {
    this.#tables = tables as Readonly<Record<string, Table>>;
  }

  /** Zeroed columns and how many rows they have room for; undefined when there are none. */
  take<S extends Schema>(
    definition: TableDefinition<S>,
  ): { readonly columns: Columns<S>; readonly capacity: number } | undefined {
    const table = this.#tables[definition.name];
    if (table === undefined || table.length === 0) return undefined;
    const columns: Record<string, unknown> = {};
    let capacity = Number.POSITIVE_INFINITY;
    for (const name of Object.keys(definition.schema)) {
      const used = table.columns[name] as Uint32Array;
      const Constructor = used.constructor as new (memory: ArrayBufferLike) => Uint32Array;
      used.fill(0);
      const whole = new Constructor(used.buffer);
      columns[name] = whole;
      capacity = Math.min(capacity, whole.length);
    }
    return { columns: columns as Columns<S>, capacity };
  }
}
