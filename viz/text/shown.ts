import type { ComparedFunction, ComparedPair } from '../../model/comparison.ts';

/** Functions with a verdict, and those whose cost moved: what a reader wants to see first. */
export function functionsWorthShowing({ functions }: ComparedPair): readonly ComparedFunction[] {
  const worth = functions.filter(
    ({ state, moved, level }) =>
      level !== 'off' && (state === 'regressed' || state === 'improved' || moved !== undefined),
  );
  const rank = (row: ComparedFunction): number =>
    row.state === 'regressed' ? 0 : row.state === 'improved' ? 1 : 2;
  return [...worth].sort((a, b) => rank(a) - rank(b) || Math.abs(b.points) - Math.abs(a.points));
}
