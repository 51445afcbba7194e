import type { SpareColumns } from './spare-columns.ts';

/**
 * Tables: a struct of typed arrays, one array per column.
 *
 * A definition is a value; its column names and kinds type the builder, the columns and the
 * documentation at once. Two sorts of table exist:
 *
 * - **dimension** (`key` given): distinct things, row 0 is the *null row*, rows are interned by
 *   their key columns in order of first appearance (strings, frames, stacks, threads, events);
 * - **log** (no `key`): things that happened, one row each, in the order read (samples).
 *
 * Columns that hold row ids name the table they point to, so that chunks of a file parsed by
 * different workers can be merged without a line of code per table (see merge.ts).
 */

export type ColumnKind = 'f64' | 'u32' | 'i32' | 'u16' | 'i16' | 'u8';

export interface ColumnDefinition {
  readonly kind: ColumnKind;
  /** Table whose row id this column holds, if it holds one. */
  readonly of?: string;
  /** Unit, range and meaning, in one phrase; printed in docs/tables.md. */
  readonly about: string;
  /** How two rows of one dimension key fold into one: `start` keeps the smaller, `end` the larger, counts add up. */
  readonly fold?: 'min' | 'max' | 'sum';
}

export type Schema = Readonly<Record<string, ColumnDefinition>>;

interface ArrayOf {
  f64: Float64Array;
  u32: Uint32Array;
  i32: Int32Array;
  u16: Uint16Array;
  i16: Int16Array;
  u8: Uint8Array;
}

export type Columns<S extends Schema> = { [C in keyof S]: ArrayOf[S[C]['kind']] };

export interface TableDefinition<S extends Schema = Schema> {
  readonly name: string;
  readonly about: string;
  readonly schema: S;
  /** Key columns; present exactly for dimension tables. */
  readonly key?: readonly (keyof S & string)[];
}

/** Rows 0..length−1; every column array has exactly `length` elements on a SharedArrayBuffer. */
export interface Table<S extends Schema = Schema> {
  readonly length: number;
  readonly columns: Columns<S>;
}

export function defineTable<const S extends Schema>(
  name: string,
  about: string,
  schema: S,
  key?: readonly (keyof S & string)[],
): TableDefinition<S> {
  return key === undefined ? { name, about, schema } : { name, about, schema, key };
}

const constructors = {
  f64: Float64Array,
  u32: Uint32Array,
  i32: Int32Array,
  u16: Uint16Array,
  i16: Int16Array,
  u8: Uint8Array,
} as const;

function allocate(kind: ColumnKind, length: number, shared: boolean): ArrayOf[ColumnKind] {
  const Constructor = constructors[kind];
  if (!shared) return new Constructor(length);
  // SharedArrayBuffer is an ArrayBufferLike; the DOM-less lib types of the constructors say otherwise.
  const memory = new SharedArrayBuffer(length * Constructor.BYTES_PER_ELEMENT) as unknown as ArrayBuffer;
  return new Constructor(memory);
}

/**
 * A growing table. Callers reserve a row with `add()` and write its cells through `columns`,
 * which must be read again after every `add()` because growing replaces the arrays.
 */
export class TableBuilder<S extends Schema> {
  readonly definition: TableDefinition<S>;
  columns: Columns<S>;
  length = 0;
  #capacity: number;
  readonly #shared: boolean;

  /**
   * `shared`: columns grow on shared memory, so that `finish` need not copy them; what is not used is never touched.
   * `spare`: columns of shared memory to begin with.
   */
  constructor(definition: TableDefinition<S>, capacity = 64, shared = false, spare?: SpareColumns) {
    const taken = spare?.take(definition);
    this.definition = definition;
    this.#capacity = taken?.capacity ?? capacity;
    this.#shared = shared;
    this.columns = taken?.columns ?? this.#allocate(capacity, shared);
    if (definition.key !== undefined) this.length = 1;
  }

  /** Reserves one zeroed row and returns its id. */
  add(): number {
    if (this.length === this.#capacity) this.#grow(this.length + 1);
    return this.length++;
  }

  /** Reserves `count` rows and returns the id of the first. `expected`: rows likely to follow, made room for at once. */
  addMany(count: number, expected = 0): number {
    if (this.length + count > this.#capacity) {
      if (expected > count) this.#capacity = Math.max(this.#capacity, this.length + count + expected);
      this.#grow(this.length + count);
    }
    const first = this.length;
    this.length += count;
    return first;
  }

  /** Exact-length columns on shared memory: they cross threads without being copied. */
  finish(): Table<S> {
    const columns = this.#shared ? { ...this.columns } : this.#allocate(this.length, true);
    for (const name of Object.keys(this.definition.schema) as (keyof S)[]) {
      const used = (this.columns[name] as Uint8Array).subarray(0, this.length);
      if (this.#shared) columns[name] = used as Columns<S>[keyof S];
      else (columns[name] as Uint8Array).set(used);
    }
    return { length: this.length, columns };
  }

  #grow(needed: number): void {
    // Shared memory that is not written to costs nothing, so there is no need to creep up on it.
    while (this.#capacity < needed) this.#capacity *= this.#shared ? 4 : 2;
    const columns = this.#allocate(this.#capacity, this.#shared);
    for (const name of Object.keys(this.definition.schema) as (keyof S)[]) {
      (columns[name] as Uint8Array).set(this.columns[name] as Uint8Array);
    }
    this.columns = columns;
  }

  #allocate(length: number, shared: boolean): Columns<S> {
    const columns: Record<string, ArrayOf[ColumnKind]> = {};
    for (const [name, column] of Object.entries(this.definition.schema)) {
      columns[name] = allocate(column.kind, length, shared);
    }
    return columns as Columns<S>;
  }
}

/** Whether every bit of a column is 0. */
export function isZero({ buffer, byteOffset, byteLength }: ArrayBufferView): boolean {
  const words = new Uint32Array(buffer, byteOffset, byteLength >>> 2);
  for (let i = 0; i < words.length; i++) if (words[i] !== 0) return false;
  const rest = new Uint8Array(buffer, byteOffset + words.byteLength, byteLength & 3);
  for (let i = 0; i < rest.length; i++) if (rest[i] !== 0) return false;
  return true;
}
