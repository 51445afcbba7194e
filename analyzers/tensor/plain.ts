import { type Factors, normalised, type Tensors, TINY } from './tensors.ts';

/**
 * The updates in plain TypeScript, 64 bits. The ratio of counts to their expectation is 0 wherever
 * the count is, so only cells with counts are visited: what a dense backend cannot do.
 */
export const plainTensors: Tensors = {
  backend: 'plain TypeScript',
  factorise({ rows, columns, values }, start, rounds) {
    const { rank } = start;
    const loadings = start.loadings.slice();
    // Components column by column, so that the inner loops run over neighbours.
    const components = transposed(start.components, rank, columns);
    const rowOf: number[] = [];
    const columnOf: number[] = [];
    const countOf: number[] = [];
    for (let row = 0, at = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++, at++) {
        if (values[at] === 0) continue;
        rowOf.push(row);
        columnOf.push(column);
        countOf.push(values[at] as number);
      }
    }
    const cells = {
      row: Uint32Array.from(rowOf),
      column: Uint32Array.from(columnOf),
      count: Float64Array.from(countOf),
    };
    for (let round = 0; round < rounds; round++) {
      update(cells.count, loadings, cells.row, components, cells.column, rank);
      update(cells.count, components, cells.column, loadings, cells.row, rank);
    }
    return normalised({
      rank,
      loadings,
      components: transposed(components, columns, rank),
    } satisfies Factors);
  },
};

/** own ← own · ((counts / expected) · otherᵀ) / Σ other, cell by cell. */
function update(
  counts: Float64Array,
  own: Float64Array,
  ownOf: Uint32Array,
  other: Float64Array,
  otherOf: Uint32Array,
  rank: number,
): void {
  const pull = new Float64Array(own.length);
  for (let cell = 0; cell < counts.length; cell++) {
    const a = (ownOf[cell] as number) * rank;
    const b = (otherOf[cell] as number) * rank;
    let expected = TINY;
    for (let k = 0; k < rank; k++) expected += (own[a + k] as number) * (other[b + k] as number);
    const ratio = (counts[cell] as number) / expected;
    for (let k = 0; k < rank; k++) pull[a + k] = (pull[a + k] as number) + ratio * (other[b + k] as number);
  }
  const sums = new Float64Array(rank);
  for (let at = 0; at < other.length; at++)
    sums[at % rank] = (sums[at % rank] as number) + (other[at] as number);
  for (let at = 0; at < own.length; at++)
    own[at] = ((own[at] as number) * (pull[at] as number)) / ((sums[at % rank] as number) + TINY);
}

function transposed(values: Float64Array, rows: number, columns: number): Float64Array {
  const turned = new Float64Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      turned[column * rows + row] = values[row * columns + column] as number;
  }
  return turned;
}
