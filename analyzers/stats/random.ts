/**
 * Random numbers that are the same on every machine: xoshiro128** (Blackman & Vigna, ACM Trans.
 * Math. Softw. 47 (2021)), seeded by splitmix32.
 */
export class Random {
  readonly #state = new Uint32Array(4);

  constructor(seed: number) {
    let at = seed >>> 0;
    for (let i = 0; i < 4; i++) {
      at = (at + 0x9e3779b9) >>> 0;
      let z = at;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      this.#state[i] = z ^ (z >>> 16);
    }
  }

  /** Uniform in [0, 1), 32 bits. */
  next(): number {
    const s = this.#state;
    // By index: destructuring a typed array goes through its iterator, at twice the time of all else here.
    const s0 = s[0] as number;
    const s1 = s[1] as number;
    const product = Math.imul(s1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    s[2] = (s[2] as number) ^ s0;
    s[3] = (s[3] as number) ^ s1;
    s[1] = s1 ^ (s[2] as number);
    s[0] = s0 ^ (s[3] as number);
    s[2] = (s[2] as number) ^ (s1 << 9);
    const top = s[3] as number;
    s[3] = (top << 11) | (top >>> 21);
    return (result >>> 0) / 4294967296;
  }

  /** Uniform integer in [0, below). */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  /** Shuffles in place (Fisher–Yates). */
  shuffle<Values extends { [index: number]: number; readonly length: number }>(values: Values): Values {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const kept = values[i] as number;
      values[i] = values[j] as number;
      values[j] = kept;
    }
    return values;
  }
}
