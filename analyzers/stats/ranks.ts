export interface Ranks {
  /** Rank of each value from 1, equal values sharing the mean of theirs. */
  readonly rank: Float64Array;
  /** Σ(t³ − t) over groups of t equal values. */
  readonly ties: number;
}

/** Midranks of all values. */
export function midranks(values: readonly number[]): Ranks {
  const order = [...values.keys()].sort((a, b) => (values[a] as number) - (values[b] as number));
  const rank = new Float64Array(values.length);
  let ties = 0;
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to] as number] === values[order[from] as number]) to++;
    for (let i = from; i < to; i++) rank[order[i] as number] = (from + 1 + to) / 2;
    const size = to - from;
    ties += size ** 3 - size;
    from = to;
  }
  return { rank, ties };
}
