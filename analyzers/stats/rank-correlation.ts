import { normalTwoSided } from './distributions.ts';
import { midranks } from './ranks.ts';

/** How closely two quantities go together, by their ranks. */
export interface RankCorrelation {
  /** −1..1; NaN where either never varies. */
  readonly rho: number;
  /** Two-sided p of no connection. */
  readonly p: number;
  /** Pairs it rests on. */
  readonly n: number;
}

/**
 * Spearman's correlation of pairs, ranked within their group: what differs between groups counts for nothing, so
 * that an effect of the groups on both quantities is no connection. p is that of permutations within groups, whose
 * variance is Σ SSx·SSy / (n−1) over groups, in its normal limit: with few pairs it is rough, for ten or more it
 * serves (test/stats compares it with permutations).
 */
export function rankCorrelationWithin(
  groups: readonly (readonly (readonly [number, number])[])[],
): RankCorrelation {
  let [together, xs, ys, variance, n] = [0, 0, 0, 0, 0];
  for (const pairs of groups) {
    if (pairs.length < 2) continue;
    const a = midranks(pairs.map(([x]) => x)).rank;
    const b = midranks(pairs.map(([, y]) => y)).rank;
    const middle = (pairs.length + 1) / 2;
    let [product, x2, y2] = [0, 0, 0];
    for (let i = 0; i < pairs.length; i++) {
      const [x, y] = [(a[i] as number) - middle, (b[i] as number) - middle];
      product += x * y;
      x2 += x * x;
      y2 += y * y;
    }
    together += product;
    xs += x2;
    ys += y2;
    variance += (x2 * y2) / (pairs.length - 1);
    n += pairs.length;
  }
  if (!(variance > 0)) return { rho: Number.NaN, p: Number.NaN, n };
  return {
    rho: together / Math.sqrt(xs * ys),
    p: normalTwoSided(Math.abs(together) / Math.sqrt(variance)),
    n,
  };
}
