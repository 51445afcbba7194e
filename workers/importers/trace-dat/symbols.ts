/** Kernel symbols by address, from the kallsyms a trace.dat carries. Looked up by the function an address lies in. */
export class Symbols {
  readonly #addresses: BigUint64Array;
  readonly #names: readonly string[];

  constructor(kallsyms: string) {
    const found: [bigint, string][] = [];
    for (const line of kallsyms.split('\n')) {
      const parts = /^([0-9a-f]+) [tTwW] (\S+)/.exec(line);
      // Where addresses are hidden from the recorder they are all zero.
      if (parts?.[1] === undefined || parts[2] === undefined || /^0+$/.test(parts[1])) continue;
      found.push([BigInt(`0x${parts[1]}`), parts[2]]);
    }
    found.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    this.#addresses = BigUint64Array.from(found, ([address]) => address);
    this.#names = found.map(([, name]) => name);
  }

  /** Name of the function that holds the address; empty when none is known. */
  name(address: bigint): string {
    let low = 0;
    let high = this.#addresses.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#addresses[middle] as bigint) <= address) low = middle + 1;
      else high = middle;
    }
    return low === 0 || address === 0n ? '' : (this.#names[low - 1] ?? '');
  }
}
