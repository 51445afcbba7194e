import type { CountMatrix } from './count-matrix.ts';
import type { SegmentCosts } from './partition.ts';

/** Counts up to this have x·log x looked up. */
const LARGEST_TABLE = 1 << 20;

/** x·log x of whole numbers, 0 at 0; a table as long as the numbers need it. */
export function logProducts(largest: number): (count: number) => number {
  const table = new Float64Array(Math.min(largest + 1, LARGEST_TABLE));
  for (let count = 2; count < table.length; count++) table[count] = count * Math.log(count);
  return (count) => (count < table.length ? (table[count] as number) : count * Math.log(count));
}

/** −2 log likelihood of counts under their own shares, without the multinomial coefficient. */
export function multinomialCost(counts: ArrayLike<number>): number {
  let [total, sum] = [0, 0];
  for (let column = 0; column < counts.length; column++) {
    const count = counts[column] as number;
    if (count <= 0) continue;
    total += count;
    sum += count * Math.log(count);
  }
  return total > 0 ? 2 * (total * Math.log(total) - sum) : 0;
}

/**
 * Costs of segments whose rows share one multinomial distribution: −2 log likelihood at its
 * maximum, over `dispersion`. A segment is grown row by row, and only what a row holds is touched.
 */
export function multinomialCosts(matrix: CountMatrix, dispersion: number): SegmentCosts {
  const { rows, columns, values } = matrix;
  const starts = new Uint32Array(rows + 1);
  const column: number[] = [];
  const count: number[] = [];
  let all = 0;
  for (let row = 0, at = 0; row < rows; row++) {
    for (let c = 0; c < columns; c++, at++) {
      const value = values[at] as number;
      if (value === 0) continue;
      column.push(c);
      count.push(value);
      all += value;
    }
    starts[row + 1] = column.length;
  }
  const columnOf = Uint32Array.from(column);
  const countOf = Uint32Array.from(count);
  const logProduct = logProducts(all);
  const sums = new Float64Array(columns);
  return (start, out) => {
    sums.fill(0);
    let [total, sum] = [0, 0];
    for (let row = start; row < rows; row++) {
      for (let at = starts[row] as number; at < (starts[row + 1] as number); at++) {
        const c = columnOf[at] as number;
        const before = sums[c] as number;
        const after = before + (countOf[at] as number);
        sums[c] = after;
        sum += logProduct(after) - logProduct(before);
        total += countOf[at] as number;
      }
      out[row + 1] = (2 * (logProduct(total) - sum)) / dispersion;
    }
  };
}
