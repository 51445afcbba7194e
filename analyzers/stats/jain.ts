/** Jain's fairness index (Σx)² / (n Σx²) of non-negative shares: 1 = equal, 1/n = one has all. Jain, Chiu, Hawe, DEC-TR-301 (1984). NaN when nobody has anything. */
export function jain(shares: readonly number[]): number {
  const sum = shares.reduce((all, share) => all + share, 0);
  const squares = shares.reduce((all, share) => all + share * share, 0);
  return (sum * sum) / (shares.length * squares);
}
