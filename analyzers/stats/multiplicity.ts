/** p values adjusted for how many were looked at. Order is kept; NaN stays NaN and counts for nothing. */

/** Holm's step-down: the adjusted values control the chance of any false claim (Scand. J. Stat. 6 (1979) 65). */
export function holm(p: readonly number[]): number[] {
  const order = ranked(p);
  const adjusted = p.map(() => Number.NaN);
  let largest = 0;
  order.forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, (p[index] as number) * (order.length - rank)));
    adjusted[index] = largest;
  });
  return adjusted;
}

/** Benjamini and Hochberg's step-up: q values control the share of false claims (J. R. Stat. Soc. B 57 (1995) 289). */
export function benjaminiHochberg(p: readonly number[]): number[] {
  const order = ranked(p);
  const adjusted = p.map(() => Number.NaN);
  let smallest = 1;
  for (let rank = order.length - 1; rank >= 0; rank--) {
    const index = order[rank] as number;
    smallest = Math.min(smallest, ((p[index] as number) * order.length) / (rank + 1));
    adjusted[index] = smallest;
  }
  return adjusted;
}

function ranked(p: readonly number[]): number[] {
  return [...p.keys()]
    .filter((index) => !Number.isNaN(p[index]))
    .sort((a, b) => (p[a] as number) - (p[b] as number) || a - b);
}
