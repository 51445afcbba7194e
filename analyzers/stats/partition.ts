/** Consecutive stretches that cover everything: starts of each, ascending, the first 0. */
export type Starts = readonly number[];

/**
 * Writes the cost of every segment that begins at `start` into `out`: `out[end]` for the segment
 * [start, end). Costs are of the form −2 log likelihood.
 */
export type SegmentCosts = (start: number, out: Float64Array) => void;

/**
 * Cuts `length` windows into segments so that the sum of their costs, plus `penalty` for each
 * segment, is least: optimal partitioning (Jackson et al., IEEE Signal Process. Lett. 12 (2005)),
 * exact, in O(length²) segment costs. No segment is shorter than `shortest`. Of equal partitions
 * the one with the longer last segment is taken.
 */
export function optimalPartition(
  length: number,
  costsFrom: SegmentCosts,
  penalty: number,
  shortest = 1,
): Starts {
  const best = new Float64Array(length + 1).fill(Number.POSITIVE_INFINITY);
  const from = new Int32Array(length + 1);
  const costs = new Float64Array(length + 1);
  best[0] = 0;
  for (let start = 0; start + shortest <= length; start++) {
    const before = best[start] as number;
    if (before === Number.POSITIVE_INFINITY) continue;
    costsFrom(start, costs);
    for (let end = start + shortest; end <= length; end++) {
      const cost = before + (costs[end] as number) + penalty;
      if (cost < (best[end] as number)) {
        best[end] = cost;
        from[end] = start;
      }
    }
  }
  if (best[length] === Number.POSITIVE_INFINITY) return length > 0 ? [0] : [];
  const starts: number[] = [];
  for (let end = length; end > 0; end = from[end] as number) starts.push(from[end] as number);
  return starts.reverse();
}
