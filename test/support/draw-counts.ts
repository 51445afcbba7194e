import type { CountMatrix } from '../../analyzers/stats/count-matrix.ts';
import { Random } from '../../analyzers/stats/random.ts';

/** Shares that sum to 1. */
export type Shares = Float64Array;

/** Shares that fall like 1/rank, as those of functions do; `shift` gives other functions the top ranks. */
export function falling(columns: number, shift = 0): Shares {
  return scaled(
    Float64Array.from({ length: columns }, (_, column) => 1 / (1 + ((column + shift) % columns))),
  );
}

/** One column larger by so much, the others smaller in proportion. */
export function raised(shares: Shares, column: number, by: number): Shares {
  const own = shares[column] as number;
  return shares.map((share, i) => (i === column ? share + by : share * (1 - by / (1 - own))));
}

export function scaled(weights: Float64Array): Shares {
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/** Multinomial counts: `each` draws a row from the shares of that row. */
export function drawCounts(
  seed: number,
  rows: number,
  each: number,
  sharesOf: (row: number) => Shares,
): CountMatrix {
  const random = new Random(seed);
  const columns = sharesOf(0).length;
  const values = new Uint32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const upTo = new Float64Array(columns);
    sharesOf(row).reduce((sum, share, column) => {
      upTo[column] = sum + share;
      return sum + share;
    }, 0);
    for (let draw = 0; draw < each; draw++) {
      const at = random.next() * (upTo[columns - 1] as number);
      let [low, high] = [0, columns - 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((upTo[middle] as number) > at) high = middle;
        else low = middle + 1;
      }
      const cell = row * columns + low;
      values[cell] = (values[cell] as number) + 1;
    }
  }
  return { rows, columns, values };
}

/** The same counts with columns in another order. */
export function permuted({ rows, columns, values }: CountMatrix, order: readonly number[]): CountMatrix {
  const turned = new Uint32Array(values.length);
  for (let row = 0; row < rows; row++) {
    order.forEach((from, to) => {
      turned[row * columns + to] = values[row * columns + from] as number;
    });
  }
  return { rows, columns, values: turned };
}
