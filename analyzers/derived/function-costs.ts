import type { Context } from '../context.ts';
import { functions } from './functions.ts';
import { profile } from './profile.ts';

/** Cost of each function of `functions`, in the primary event's unit, over busy samples. */
export interface FunctionCosts {
  /** Weight of samples whose innermost frame is the function. */
  readonly self: Float64Array;
  /** Weight of samples with the function anywhere in the stack; recursion counts once. */
  readonly total: Float64Array;
  readonly selfSamples: Uint32Array;
  readonly totalSamples: Uint32Array;
}

export function functionCosts(context: Context): FunctionCosts {
  const { samples, stacks } = context.trace.tables;
  const { rows } = context.derive(profile);
  const { ofFrame, rows: all } = context.derive(functions);
  const stackWeight = new Float64Array(stacks.length);
  const stackSamples = new Uint32Array(stacks.length);
  for (const row of rows) {
    const stack = samples.columns.stack[row] as number;
    stackWeight[stack] = (stackWeight[stack] as number) + (samples.columns.weight[row] as number);
    stackSamples[stack] = (stackSamples[stack] as number) + 1;
  }
  const costs: FunctionCosts = {
    self: new Float64Array(all.length),
    total: new Float64Array(all.length),
    selfSamples: new Uint32Array(all.length),
    totalSamples: new Uint32Array(all.length),
  };
  const seenIn = new Uint32Array(all.length);
  const { parent, frame } = stacks.columns;
  for (let stack = 1; stack < stacks.length; stack++) {
    const n = stackSamples[stack] as number;
    if (n === 0) continue;
    const w = stackWeight[stack] as number;
    const leaf = ofFrame[frame[stack] as number] as number;
    costs.self[leaf] = (costs.self[leaf] as number) + w;
    costs.selfSamples[leaf] = (costs.selfSamples[leaf] as number) + n;
    for (let at = stack; at !== 0; at = parent[at] as number) {
      const id = ofFrame[frame[at] as number] as number;
      if (seenIn[id] === stack) continue;
      seenIn[id] = stack;
      costs.total[id] = (costs.total[id] as number) + w;
      costs.totalSamples[id] = (costs.totalSamples[id] as number) + n;
    }
  }
  return costs;
}
