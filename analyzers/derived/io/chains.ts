/**
 * Rows by sector, several to a sector in the order they came: a map of first rows and a column of
 * next ones. Row numbers begin at 1.
 */
export class Chains {
  readonly #first = new Map<number, number>();
  #next = new Uint32Array(1024);

  /** First row at a sector; 0 = none. */
  first(sector: number): number {
    return this.#first.get(sector) ?? 0;
  }

  /** Row behind this one at its sector; 0 = none. */
  after(row: number): number {
    return this.#next[row] ?? 0;
  }

  append(sector: number, row: number): void {
    if (row >= this.#next.length) {
      const grown = new Uint32Array(Math.max(row + 1, this.#next.length * 2));
      grown.set(this.#next);
      this.#next = grown;
    }
    this.#next[row] = 0;
    let at = this.first(sector);
    if (at === 0) {
      this.#first.set(sector, row);
      return;
    }
    while (this.after(at) !== 0) at = this.after(at);
    this.#next[at] = row;
  }

  remove(sector: number, row: number): void {
    const next = this.after(row);
    let at = this.first(sector);
    if (at === row) {
      if (next === 0) this.#first.delete(sector);
      else this.#first.set(sector, next);
      return;
    }
    while (at !== 0 && this.after(at) !== row) at = this.after(at);
    if (at !== 0) this.#next[at] = next;
  }
}
