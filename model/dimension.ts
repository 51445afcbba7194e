import { combine, mix } from './hash.ts';
import { type Columns, type Schema, type Table, TableBuilder, type TableDefinition } from './table.ts';

type Cells<S extends Schema> = { [C in keyof S]?: number };

/** Interns rows of a dimension table by their key columns; ids follow first appearance, row 0 is the null row. */
export class DimensionBuilder<S extends Schema> {
  readonly rows: TableBuilder<S>;
  readonly #key: readonly (keyof S & string)[];
  readonly #folds: readonly (readonly [keyof S & string, 'min' | 'max' | 'sum'])[];
  #slots = new Int32Array(256);

  constructor(definition: TableDefinition<S>) {
    this.rows = new TableBuilder(definition);
    this.#key = definition.key ?? [];
    this.#folds = Object.entries(definition.schema).flatMap(([name, column]) =>
      column.fold === undefined ? [] : [[name, column.fold] as const],
    );
    for (const [name, how] of this.#folds) {
      if (how !== 'sum') (this.rows.columns[name] as Float64Array)[0] = Number.NaN;
    }
  }

  get length(): number {
    return this.rows.length;
  }

  get columns(): Columns<S> {
    return this.rows.columns;
  }

  /** Id of the row with these key cells; cells that are not given count as 0. Folded columns are updated. */
  intern(cells: Cells<S>): number {
    const mask = this.#slots.length - 1;
    let slot = this.#hash(cells) & mask;
    for (;;) {
      const id = this.#slots[slot] as number;
      if (id === 0) break;
      if (this.#matches(id, cells)) {
        this.#fold(id, cells);
        return id;
      }
      slot = (slot + 1) & mask;
    }
    const id = this.rows.add();
    this.#slots[slot] = id;
    for (const name of Object.keys(this.rows.definition.schema) as (keyof S & string)[]) {
      (this.rows.columns[name] as Float64Array)[id] = cells[name] ?? 0;
    }
    if (this.rows.length * 2 > this.#slots.length) this.#rehash();
    return id;
  }

  /** Widens the folded columns of row `id`: `fold(id, {start: t, end: t})`. */
  fold(id: number, cells: Cells<S>): void {
    this.#fold(id, cells);
  }

  finish(): Table<S> {
    return this.rows.finish();
  }

  #fold(id: number, cells: Cells<S>): void {
    for (const [name, how] of this.#folds) {
      const column = this.rows.columns[name] as Float64Array;
      const before = column[id] as number;
      const value = cells[name];
      if (value === undefined || Number.isNaN(value)) continue;
      if (how === 'sum') {
        column[id] = before + value;
        continue;
      }
      if (Number.isNaN(before) || (how === 'min' ? value < before : value > before)) column[id] = value;
    }
  }

  #matches(id: number, cells: Cells<S>): boolean {
    for (const name of this.#key) {
      if ((this.rows.columns[name] as Float64Array)[id] !== (cells[name] ?? 0)) return false;
    }
    return true;
  }

  #hash(cells: Cells<S>): number {
    let hash = 0;
    for (const name of this.#key) hash = combine(hash, cells[name] ?? 0);
    return mix(hash);
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let id = 1; id < this.rows.length; id++) {
      let hash = 0;
      for (const name of this.#key)
        hash = combine(hash, (this.rows.columns[name] as Float64Array)[id] as number);
      let slot = mix(hash) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id;
    }
    this.#slots = slots;
  }
}
