/**
 * Squared Hellinger distance between the shares of two rows of counts, without its factor ½:
 * Σ(√p − √q)², 0 … 2. √p̂ has variance ≈ 1/(4n) whatever p is, so distances of large and of small
 * shares can be held against one yardstick.
 */
export function hellingerSquared(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [one, two] = [total(a), total(b)];
  if (one === 0 || two === 0) return 0;
  let sum = 0;
  for (let i = 0; i < a.length; i++)
    sum += (Math.sqrt((a[i] as number) / one) - Math.sqrt((b[i] as number) / two)) ** 2;
  return sum;
}

/** The same without what sampling alone makes of it: about 0 for two draws from one distribution, and then often below. */
export function hellingerBeyondChance(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  df: number,
  dispersion: number,
): number {
  const [one, two] = [total(a), total(b)];
  if (one === 0 || two === 0) return 0;
  return hellingerSquared(a, b) - ((df * dispersion) / 4) * (1 / one + 1 / two);
}

function total(counts: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += counts[i] as number;
  return sum;
}
