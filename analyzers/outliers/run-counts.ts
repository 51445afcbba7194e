import type { SavedRun } from '../../model/saved-run.ts';
import { type MeasuredRun, measure } from '../compare/exposure.ts';
import { uniteTrees } from '../compare/union-tree.ts';
import { type CountMatrix, poolColumns } from '../stats/count-matrix.ts';

/** Samples of each run by function, under the names all runs have in common. */
export interface RunCounts {
  readonly event: string;
  readonly runs: readonly MeasuredRun[];
  readonly functions: readonly { readonly name: string; readonly module: string }[];
  /** Runs × functions; the last column holds functions too rare to be looked at alone, where there are any. */
  readonly counts: CountMatrix;
  readonly left: readonly { readonly run: string; readonly why: string }[];
}

/** Functions with a smaller share in every run are counted together. */
const SMALLEST_SHARE = 0.005;
export const OTHERS = '(others)';

/** Counts of effective samples, or the reason why runs cannot be counted alike. */
export function runCounts(saved: readonly SavedRun[], event?: string): RunCounts | { readonly why: string } {
  const measured = measure([saved], 'total', event);
  if ('why' in measured) return measured;
  const [runs = []] = measured.groups;
  const tree = uniteTrees([runs]);
  const width = tree.functions.length;
  const values = new Uint32Array(runs.length * width);
  runs.forEach(({ perSample }, row) => {
    const costs = new Float64Array(width);
    tree.self[0]?.[row]?.forEach((weight, node) => {
      const fn = tree.function[node] as number;
      costs[fn] = (costs[fn] as number) + weight;
    });
    costs.forEach((cost, fn) => {
      values[row * width + fn] = Math.round(cost / perSample);
    });
  });
  const whole = { rows: runs.length, columns: width, values };
  const kept = tree.functions.flatMap(({ process, small }, fn) =>
    !process && !small && isLarge(whole, fn) ? [fn] : [],
  );
  const counts = poolColumns(whole, kept);
  return {
    event: measured.event,
    runs,
    functions: [
      ...kept.map((fn) => ({
        name: tree.functions[fn]?.name ?? '',
        module: tree.functions[fn]?.module ?? '',
      })),
      ...(counts.columns > kept.length ? [{ name: OTHERS, module: '' }] : []),
    ],
    counts,
    left: measured.left,
  };
}

function isLarge({ rows, columns, values }: CountMatrix, column: number): boolean {
  for (let row = 0; row < rows; row++) {
    const all = values.subarray(row * columns, (row + 1) * columns).reduce((a, b) => a + b, 0);
    if (all > 0 && (values[row * columns + column] as number) / all >= SMALLEST_SHARE) return true;
  }
  return false;
}
