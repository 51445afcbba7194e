/** Inclusive cost of each node from its self cost; nodes in pre-order, the root at depth 0. */
export function nodeTotals(depth: readonly number[], self: readonly number[]): number[] {
  const total = [...self];
  const open: number[] = [];
  const callers = depth.map((level, node) => {
    open[level] = node;
    return level === 0 ? -1 : (open[level - 1] as number);
  });
  for (let node = total.length - 1; node > 0; node--) {
    const up = callers[node] as number;
    total[up] = (total[up] as number) + (total[node] as number);
  }
  return total;
}
