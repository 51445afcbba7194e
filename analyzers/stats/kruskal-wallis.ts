import { chiSquaredUpper } from './distributions.ts';
import { midranks } from './ranks.ts';

/** p of no difference between any of the groups (Kruskal & Wallis, J. Am. Stat. Assoc. 47 (1952) 583), corrected for ties; NaN below two groups. */
export function kruskalWallis(groups: readonly (readonly number[])[]): number {
  const filled = groups.filter(({ length }) => length > 0);
  if (filled.length < 2) return Number.NaN;
  const { rank, ties } = midranks(filled.flat());
  const n = rank.length;
  let at = 0;
  let sum = 0;
  for (const group of filled) {
    let ranks = 0;
    for (let i = 0; i < group.length; i++) ranks += rank[at++] as number;
    sum += ranks ** 2 / group.length;
  }
  const correction = 1 - ties / (n ** 3 - n);
  if (!(correction > 0)) return 1;
  const h = ((12 / (n * (n + 1))) * sum - 3 * (n + 1)) / correction;
  return chiSquaredUpper(Math.max(0, h), filled.length - 1);
}
