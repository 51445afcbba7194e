import type { FlameData } from './flame-data.ts';

export interface FunctionCost {
  readonly fn: number;
  readonly self: number;
  /** With everything it called; recursion counts once. */
  readonly total: number;
}

/** Functions by self weight, largest first. Processes (depth 1) and the root are not functions. */
export function functionCosts(data: FlameData, self: ArrayLike<number>, total: Float64Array): FunctionCost[] {
  const selfOf = new Float64Array(data.names.length);
  const totalOf = new Float64Array(data.names.length);
  const openUntil = new Uint32Array(data.names.length);
  for (let node = 1; node < total.length; node++) {
    if ((data.depth[node] as number) < 2) continue;
    const fn = data.fn[node] as number;
    selfOf[fn] = (selfOf[fn] as number) + (self[node] as number);
    // Inside a subtree of the same function already: its weight is counted there.
    if ((openUntil[fn] as number) > node) continue;
    openUntil[fn] = data.end[node] as number;
    totalOf[fn] = (totalOf[fn] as number) + (total[node] as number);
  }
  const costs: FunctionCost[] = [];
  for (let fn = 0; fn < totalOf.length; fn++) {
    if ((totalOf[fn] as number) > 0)
      costs.push({ fn, self: selfOf[fn] as number, total: totalOf[fn] as number });
  }
  return costs.sort((a, b) => b.self - a.self || b.total - a.total);
}

/** Functions of a differential flame graph, largest change of self first: `self` is the candidate's, `total` the baseline's self. */
export function changedFunctions({ names, fn, depth, self, compare }: FlameData): FunctionCost[] {
  const after = new Float64Array(names.length);
  const before = new Float64Array(names.length);
  for (let node = 1; node < fn.length; node++) {
    if ((depth[node] as number) < 2) continue;
    const id = fn[node] as number;
    after[id] = (after[id] as number) + (self[node] as number);
    before[id] = (before[id] as number) + (compare?.selfBefore[node] as number);
  }
  const costs: FunctionCost[] = [];
  for (let id = 0; id < names.length; id++) {
    const [a, b] = [after[id] as number, before[id] as number];
    if (a > 0 || b > 0) costs.push({ fn: id, self: a, total: b });
  }
  return costs.sort((a, b) => Math.abs(b.self - b.total) - Math.abs(a.self - a.total));
}
