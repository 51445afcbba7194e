import type { Dispersion, Spread } from './dispersion.ts';
import { tCritical, tTwoSided } from './distributions.ts';

/** Counts of one group's runs and what they were counted over: samples, and exposure in any unit. */
export interface Counts {
  readonly counts: ArrayLike<number>;
  readonly exposure: ArrayLike<number>;
}

/**
 * `poisson`: a rate per exposure (work, seconds) that may grow without any other falling.
 * `binomial`: a share of `exposure` samples.
 */
export type RateKind = 'poisson' | 'binomial';

export interface RateChange {
  /** Count per exposure of each group. */
  readonly before: number;
  readonly after: number;
  /** Two-sided p of no change. */
  readonly p: number;
  /** 95 % interval of after − before. */
  readonly low: number;
  readonly high: number;
  /** 95 % interval of after / before − 1; −1 and ∞ where a side has nothing. */
  readonly relativeLow: number;
  readonly relativeHigh: number;
  /** Standard error of ln(after / before); NaN where a side has nothing. */
  readonly logError: number;
  readonly phi: number;
  readonly df: number;
}

/** Pearson's χ² of runs about their own group's rate: spread that no change between groups explains. */
export function spreadOf(kind: RateKind, groups: readonly Counts[]): Spread {
  let [chi, df, total, runs] = [0, 0, 0, 0];
  for (const group of groups) {
    const { sum, exposure, rate } = rateOf(group);
    total += sum;
    runs += group.counts.length;
    // A group without a single count has nothing that could vary.
    if (!(sum > 0) || !(exposure > 0)) continue;
    df += group.counts.length - 1;
    const spare = kind === 'binomial' ? Math.max(1e-12, 1 - rate) : 1;
    for (let run = 0; run < group.counts.length; run++) {
      const expected = rate * (group.exposure[run] as number);
      if (expected > 0) chi += ((group.counts[run] as number) - expected) ** 2 / (expected * spare);
    }
  }
  return { ratio: df > 0 ? chi / df : Number.NaN, df, mean: runs > 0 ? total / runs : 0 };
}

/**
 * Quasi-likelihood test of two groups: Var = φ·λ(1/E_a + 1/E_b), for shares φ·p(1−p)(1/N_a + 1/N_b),
 * against t with the dispersion's degrees of freedom (McCullagh & Nelder, Generalized Linear Models,
 * ch. 9). The p value pools both rates, as under no change; the intervals do not.
 */
export function rateChange(
  kind: RateKind,
  a: Counts,
  b: Counts,
  { phi, df }: Dispersion,
  tail = 0.05,
): RateChange {
  const [before, after] = [rateOf(a), rateOf(b)];
  const pooled = (before.sum + after.sum) / (before.exposure + after.exposure);
  const spare = (rate: number): number => (kind === 'binomial' ? Math.max(0, 1 - rate) : 1);
  const difference = after.rate - before.rate;
  const error = Math.sqrt(phi * pooled * spare(pooled) * (1 / before.exposure + 1 / after.exposure));
  const p = error > 0 && df > 0 ? tTwoSided(difference / error, df) : difference === 0 ? 1 : Number.NaN;
  const critical = df > 0 ? tCritical(tail, df) : Number.NaN;
  const half =
    critical *
    Math.sqrt(
      phi *
        (((before.rate || pooled) * spare(before.rate)) / before.exposure +
          ((after.rate || pooled) * spare(after.rate)) / after.exposure),
    );
  const both = before.sum > 0 && after.sum > 0;
  const logError = both
    ? Math.sqrt(phi * (spare(before.rate) / before.sum + spare(after.rate) / after.sum))
    : Number.NaN;
  const logRatio = Math.log(after.rate / before.rate);
  return {
    before: before.rate,
    after: after.rate,
    p,
    low: difference - half,
    high: difference + half,
    relativeLow: both
      ? Math.expm1(logRatio - critical * logError)
      : difference - half > 0
        ? Number.POSITIVE_INFINITY
        : -1,
    relativeHigh: both
      ? Math.expm1(logRatio + critical * logError)
      : after.sum > 0
        ? Number.POSITIVE_INFINITY
        : Math.max(-1, (difference + half) / before.rate),
    logError,
    phi,
    df,
  };
}

function rateOf({ counts, exposure }: Counts): { sum: number; exposure: number; rate: number } {
  let [sum, total] = [0, 0];
  for (let run = 0; run < counts.length; run++) {
    sum += counts[run] as number;
    total += exposure[run] as number;
  }
  return { sum, exposure: total, rate: total > 0 ? sum / total : 0 };
}
