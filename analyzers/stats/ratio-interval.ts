import { tCritical } from './distributions.ts';

export interface Ratio {
  readonly value: number;
  /** 95 % interval; NaN with fewer than three observations. */
  readonly low: number;
  readonly high: number;
  /** Observations with weight. */
  readonly n: number;
}

/**
 * Σ amount / Σ weight over consecutive observations, such as the wait of requests (amount: rate ×
 * wait × seconds, weight: rate × seconds), with an interval that allows for neighbours resembling
 * each other: the linearised residuals' long-run variance with Bartlett weights up to lag
 * n^(1/3) (Newey & West, Econometrica 55 (1987) 703) and Student's t. Observations without weight
 * are left out; NaN anywhere leaves the observation out too.
 */
export function ratioInterval(amount: ArrayLike<number>, weight: ArrayLike<number>): Ratio {
  const [amounts, weights]: [number[], number[]] = [[], []];
  for (let i = 0; i < amount.length; i++) {
    const [a, w] = [amount[i] as number, weight[i] as number];
    if (!(w > 0) || Number.isNaN(a)) continue;
    amounts.push(a);
    weights.push(w);
  }
  const n = amounts.length;
  const total = sum(weights);
  if (n === 0) return { value: Number.NaN, low: Number.NaN, high: Number.NaN, n };
  const value = sum(amounts) / total;
  if (n < 3) return { value, low: Number.NaN, high: Number.NaN, n };
  const residuals = amounts.map((each, i) => each - value * (weights[i] as number));
  const variance = Math.max(longRunVariance(residuals), mean(residuals.map((each) => each * each)));
  const error = (Math.sqrt(variance * (n / (n - 1))) * Math.sqrt(n)) / total;
  const half = tCritical(0.05, n - 1) * error;
  return { value, low: value - half, high: value + half, n };
}

/** γ₀ + 2 Σ (1 − k/(L+1)) γₖ; residuals have mean 0. Negative sample values are luck: the caller keeps γ₀ at least. */
function longRunVariance(residuals: readonly number[]): number {
  const n = residuals.length;
  const lags = Math.min(n - 1, Math.floor(Math.cbrt(n)));
  let variance = mean(residuals.map((each) => each * each));
  for (let lag = 1; lag <= lags; lag++) {
    let products = 0;
    for (let i = lag; i < n; i++) products += (residuals[i] as number) * (residuals[i - lag] as number);
    variance += 2 * (1 - lag / (lags + 1)) * (products / n);
  }
  return variance;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
