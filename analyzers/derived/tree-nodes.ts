/** Nodes of a call tree while it grows: a child is found or made by its function. Node 0 is the root. */
export class TreeNodes {
  readonly parent: number[] = [0];
  /** Index into the functions of whoever builds the tree. */
  readonly function: number[] = [0];
  readonly self: number[] = [0];
  readonly #children = new Map<number, number>();

  /** The child of `parent` for this function; parents precede their children. Functions are below 2²⁶. */
  child(parent: number, fn: number): number {
    const key = parent * 2 ** 26 + fn;
    let node = this.#children.get(key);
    if (node === undefined) {
      node = this.parent.length;
      this.parent.push(parent);
      this.function.push(fn);
      this.self.push(0);
      this.#children.set(key, node);
    }
    return node;
  }

  add(node: number, weight: number): void {
    this.self[node] = (this.self[node] as number) + weight;
  }

  /** Columns as pruneTree takes them. */
  columns(): { parent: Uint32Array; function: Uint32Array; self: Float64Array } {
    return {
      parent: Uint32Array.from(this.parent),
      function: Uint32Array.from(this.function),
      self: Float64Array.from(this.self),
    };
  }
}
