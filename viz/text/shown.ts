import type { ComparedFunction, ComparedPair } from '../../model/comparison.ts';

/** A change that is there (q), though it is not shown to be larger than its margin. */
const LIKELY = 0.05;

/** Functions with a verdict, those whose cost moved, and those that a few more runs may well decide: what a reader wants to see first. */
export function functionsWorthShowing({ functions }: ComparedPair): readonly ComparedFunction[] {
  return functions
    .filter(({ level }) => level !== 'off')
    .map((row) => ({ row, rank: rankOf(row) }))
    .filter(({ rank }) => rank >= 0)
    .sort((a, b) => a.rank - b.rank || Math.abs(b.row.points) - Math.abs(a.row.points))
    .map(({ row }) => row);
}

function rankOf({ state, moved, adjusted }: ComparedFunction): number {
  if (state === 'regressed') return 0;
  if (state === 'improved') return 1;
  if (moved !== undefined) return 2;
  return state === 'inconclusive' && adjusted !== null && adjusted <= LIKELY ? 3 : -1;
}
