import { combine, mix } from './hash.ts';
import { type Table, TableBuilder } from './table.ts';
import { stacks } from './tables.ts';

/**
 * Interns call paths as a tree of (parent, frame) pairs. It does what DimensionBuilder does for
 * `stacks`, without an object per look-up: a gigabyte of text asks it some ten million times.
 */
export class StackBuilder {
  readonly #rows = new TableBuilder(stacks, 1024);
  #slots = new Int32Array(4096);

  get length(): number {
    return this.#rows.length;
  }

  /** Stack whose innermost frame is `frame`, called from stack `parent` (0 = the root). */
  push(parent: number, frame: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const { parent: parents, frame: frames } = this.#rows.columns;
    let slot = mix(combine(parent, frame)) & mask;
    for (;;) {
      const id = slots[slot] as number;
      if (id === 0) return this.#append(slot, parent, frame);
      if (parents[id] === parent && frames[id] === frame) return id;
      slot = (slot + 1) & mask;
    }
  }

  finish(): Table<(typeof stacks)['schema']> {
    return this.#rows.finish();
  }

  #append(slot: number, parent: number, frame: number): number {
    const id = this.#rows.add();
    const { parent: parents, frame: frames, depth: depths } = this.#rows.columns;
    parents[id] = parent;
    frames[id] = frame;
    depths[id] = (depths[parent] as number) + 1;
    this.#slots[slot] = id;
    if (this.#rows.length * 2 > this.#slots.length) this.#rehash();
    return id;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    const { parent: parents, frame: frames } = this.#rows.columns;
    for (let id = 1; id < this.#rows.length; id++) {
      let slot = mix(combine(parents[id] as number, frames[id] as number)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id;
    }
    this.#slots = slots;
  }
}
