import { normalTwoSided } from './distributions.ts';
import { upperGamma } from './special.ts';

/** P(Z ≥ z) of a standardised gamma distribution (Pearson type III) with this skewness ≥ 0. */
export function pearsonThreeUpper(z: number, skewness: number): number {
  if (skewness < 1e-3) return z >= 0 ? normalTwoSided(z) / 2 : 1 - normalTwoSided(z) / 2;
  const shape = 4 / skewness ** 2;
  return upperGamma(shape, shape + z * Math.sqrt(shape));
}
