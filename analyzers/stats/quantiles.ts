/** Value below which a share `q` of ascending values lies: linear between the two nearest ranks (type 7). */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const [a, b] = [sorted[low] as number, sorted[Math.min(low + 1, sorted.length - 1)] as number];
  return a + (b - a) * (at - low);
}

/** 95 % interval of a quantile from the binomial order statistics around it; needs no distribution. */
export function quantileInterval(sorted: ArrayLike<number>, q: number): { low: number; high: number } {
  const n = sorted.length;
  if (n === 0) return { low: Number.NaN, high: Number.NaN };
  const half = 1.96 * Math.sqrt(n * q * (1 - q));
  const low = Math.max(0, Math.floor(n * q - half) - 1);
  const high = Math.min(n - 1, Math.ceil(n * q + half));
  return { low: sorted[low] as number, high: sorted[high] as number };
}
