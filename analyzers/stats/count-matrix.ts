/** Whole numbers of observations by row (a window of time, a run) and column (what was observed). */
export interface CountMatrix {
  readonly rows: number;
  readonly columns: number;
  /** Row by row. */
  readonly values: Uint32Array;
}

/** Sum of the rows [from, to), column by column. */
export function sumRows({ columns, values }: CountMatrix, from: number, to: number): Float64Array {
  const sum = new Float64Array(columns);
  for (let at = from * columns, column = 0; at < to * columns; at++) {
    sum[column] = (sum[column] as number) + (values[at] as number);
    if (++column === columns) column = 0;
  }
  return sum;
}

/** Sums of each row. */
export function rowTotals({ rows, columns, values }: CountMatrix): Float64Array {
  const totals = new Float64Array(rows);
  for (let row = 0, at = 0; row < rows; row++) {
    let total = 0;
    for (let column = 0; column < columns; column++, at++) total += values[at] as number;
    totals[row] = total;
  }
  return totals;
}

/** Columns `kept` in that order, and the sum of all others as a last column when there are others. */
export function poolColumns(matrix: CountMatrix, kept: readonly number[]): CountMatrix {
  const { rows, columns, values } = matrix;
  const pools = kept.length < columns;
  const width = kept.length + (pools ? 1 : 0);
  const target = new Int32Array(columns).fill(kept.length);
  kept.forEach((column, position) => {
    target[column] = position;
  });
  const pooled = new Uint32Array(rows * width);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) {
      const to = row * width + (target[column] as number);
      pooled[to] = (pooled[to] as number) + (values[at] as number);
    }
  }
  return { rows, columns: width, values: pooled };
}

/** The same counts with nothing in the rows [from, to) of each range. */
export function withoutRows(
  matrix: CountMatrix,
  ranges: readonly (readonly [number, number])[],
): CountMatrix {
  const values = matrix.values.slice();
  for (const [from, to] of ranges) values.fill(0, from * matrix.columns, to * matrix.columns);
  return { ...matrix, values };
}
