import { fUpper } from './distributions.ts';
import { digamma, trigamma, trigammaInverse } from './special.ts';

/** How much one function's cost varied between runs of one group, beyond the luck of sampling. */
export interface Spread {
  /** Pearson's χ² over its degrees of freedom: 1 = sampling alone. */
  readonly ratio: number;
  readonly df: number;
  /** Mean expected samples a run. */
  readonly mean: number;
}

/**
 * What is known of between-run spread before looking at one function: φ₀(μ) = base + slope·μ, worth
 * `df` degrees of freedom. A slope is what a machine makes that is a little faster in some runs.
 */
export interface DispersionPrior {
  readonly base: number;
  readonly slope: number;
  readonly df: number;
}

export interface Dispersion {
  readonly phi: number;
  readonly df: number;
}

/** Functions with fewer samples a run say little of spread. */
const ENOUGH = 3;
const FEW = 4;
/** Spread of a function that stands out this much (p) is its own: the others say nothing of it. */
const OUTLIER = 0.01;
export const noPrior: DispersionPrior = { base: 1, slope: 0, df: 0 };

/**
 * Fits the prior to all functions: the idea of limma (Smyth, Stat. Appl. Genet. Mol. Biol. 3
 * (2004)) and edgeR's quasi-likelihood (Lund et al., ibid. 11 (2012)), with a trend in the mean.
 * Without it the large functions, the ones that matter, would be judged by the spread of the small.
 */
export function fitDispersion(spreads: readonly Spread[]): DispersionPrior {
  const known = spreads.filter(({ df, mean, ratio }) => df > 0 && mean >= ENOUGH && Number.isFinite(ratio));
  if (known.length < FEW) return noPrior;
  const trend = fitTrend(known);
  return { ...trend, df: priorDf(known, trend) };
}

/** Dispersion of one function: its own and the prior's, weighted by their degrees of freedom; at least 1. */
export function shrink(own: Spread, prior: DispersionPrior): Dispersion {
  const expected = Math.max(1, prior.base + prior.slope * own.mean);
  if (own.df <= 0) return { phi: expected, df: prior.df };
  const stands = own.ratio > expected && fUpper(own.ratio / expected, own.df, prior.df || own.df) < OUTLIER;
  if (prior.df <= 0 || stands) return { phi: Math.max(1, own.ratio), df: own.df };
  if (!Number.isFinite(prior.df)) return { phi: expected, df: Number.POSITIVE_INFINITY };
  const phi = (own.ratio * own.df + expected * prior.df) / (own.df + prior.df);
  return { phi: Math.max(1, phi), df: own.df + prior.df };
}

/** Gamma regression with identity link, reweighted; functions that stand out are bent back to the trend. */
function fitTrend(known: readonly Spread[]): { base: number; slope: number } {
  let [base, slope] = [1, 0];
  for (let step = 0; step < 60; step++) {
    let [w0, w1, w2, y0, y1] = [0, 0, 0, 0, 0];
    for (const { ratio, df, mean } of known) {
      const fitted = Math.max(1, base + slope * mean);
      // χ²/df has mean 1 and variance 2/df; beyond three deviations it is somebody else's spread.
      const bent = Math.min(ratio, fitted * (1 + 3 * Math.sqrt(2 / df)));
      const weight = df / fitted ** 2;
      w0 += weight;
      w1 += weight * mean;
      w2 += weight * mean * mean;
      y0 += weight * bent;
      y1 += weight * bent * mean;
    }
    const determinant = w0 * w2 - w1 * w1;
    let [nextBase, nextSlope] = [y0 / w0, 0];
    if (determinant > 1e-9 * w0 * w2) {
      nextBase = (y0 * w2 - y1 * w1) / determinant;
      nextSlope = (y1 * w0 - y0 * w1) / determinant;
    }
    if (nextSlope < 0) [nextBase, nextSlope] = [y0 / w0, 0];
    else if (nextBase < 1) {
      nextBase = 1;
      nextSlope = Math.max(0, (y1 - w1) / (w2 || 1));
    }
    const moved = Math.abs(nextBase - base) + Math.abs(nextSlope - slope) * (w1 / w0);
    [base, slope] = [nextBase, nextSlope];
    if (moved < 1e-9) break;
  }
  return { base: Math.max(1, base), slope };
}

/** Degrees of freedom of the prior, by moments of log(χ²/df ÷ trend): limma's fitFDist with its tails bent in. */
function priorDf(known: readonly Spread[], { base, slope }: { base: number; slope: number }): number {
  const logs = known
    .filter(({ mean, ratio }) => mean >= ENOUGH && ratio > 0)
    .map(({ ratio, df, mean }) => ({
      value: Math.log(ratio / (base + slope * mean)) - digamma(df / 2) + Math.log(df / 2),
      noise: trigamma(df / 2),
    }));
  if (logs.length < FEW) return 0;
  const sorted = logs.map(({ value }) => value).sort((a, b) => a - b);
  // A twentieth of the largest is held to be of functions that stand out, and bent back.
  const top = sorted[Math.ceil(sorted.length * 0.95) - 1] as number;
  const values = sorted.map((value) => Math.min(value, top));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  const noise = logs.reduce((sum, each) => sum + each.noise, 0) / logs.length;
  const beyond = variance - noise;
  return beyond > 0 ? 2 * trigammaInverse(beyond) : Number.POSITIVE_INFINITY;
}
