/**
 * A value that χ² with `df` degrees of freedom exceeds with a probability of at most `tail`:
 * df + 2√(df·x) + 2x with x = −ln tail (Laurent & Massart, Ann. Statist. 28 (2000), lemma 1).
 * Holds for every df, also where quantiles are beyond floating point.
 */
export function chiSquaredBound(df: number, tail: number): number {
  const x = -Math.log(tail);
  return df + 2 * Math.sqrt(df * x) + 2 * x;
}
