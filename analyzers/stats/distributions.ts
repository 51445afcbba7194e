import { incompleteBeta, upperGamma } from './special.ts';

/** P(|T| ≥ |t|) for Student's t with `df` degrees of freedom (may be fractional; Infinity = normal). */
export function tTwoSided(t: number, df: number): number {
  if (Number.isNaN(t)) return Number.NaN;
  if (df > 1e7) return normalTwoSided(t);
  return incompleteBeta(df / (df + t * t), df / 2, 0.5);
}

/** P(|Z| ≥ |z|) for the standard normal distribution. */
export function normalTwoSided(z: number): number {
  return upperGamma(0.5, (z * z) / 2);
}

/** P(X ≥ x) for chi-squared with `df` degrees of freedom. */
export function chiSquaredUpper(x: number, df: number): number {
  return upperGamma(df / 2, x / 2);
}

/** P(F ≥ f) for Fisher's F with `df1` and `df2` degrees of freedom; df2 = Infinity is chi-squared over df1. */
export function fUpper(f: number, df1: number, df2: number): number {
  if (f <= 0) return 1;
  if (df2 > 1e7) return chiSquaredUpper(f * df1, df1);
  return incompleteBeta(df2 / (df2 + df1 * f), df2 / 2, df1 / 2);
}

/** The t > 0 with P(|T| ≥ t) = `tail`, 0 < tail < 1. */
export function tCritical(tail: number, df: number): number {
  return invertTail((t) => tTwoSided(t, df), tail);
}

/** The z > 0 with P(|Z| ≥ z) = `tail`. */
export function normalCritical(tail: number): number {
  return invertTail(normalTwoSided, tail);
}

/** Solves upper(x) = tail for a falling `upper` with upper(0) = 1: doubling, then halving. */
function invertTail(upper: (x: number) => number, tail: number): number {
  if (!(tail > 0)) return Number.POSITIVE_INFINITY;
  if (tail >= 1) return 0;
  let high = 1;
  while (upper(high) > tail && high < 1e12) high *= 2;
  let low = high === 1 ? 0 : high / 2;
  for (let step = 0; step < 200 && high - low > 1e-14 * high; step++) {
    const middle = (low + high) / 2;
    if (upper(middle) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
