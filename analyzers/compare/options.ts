import type { Budget } from '../../model/budget.ts';
import type { DispersionPrior } from '../stats/dispersion.ts';
import type { Per } from './exposure.ts';

/** What the user asked of a comparison. */
export interface CompareOptions {
  readonly mode: 'gate' | 'groups';
  /** Of settings: the first is what the user has, the second what he would take, and worse fails. */
  readonly gated?: boolean;
  readonly per?: Per;
  readonly event?: string;
  /** Globs over metric ids that make the headline instead of the default ones. */
  readonly metrics?: readonly string[];
  /** Smallest change of a headline metric that matters, relative. */
  readonly minEffect: number;
  /** Smallest change of a function that matters: relative, and as a part of the baseline's total. */
  readonly minFunctionEffect: number;
  readonly minFunctionPoints: number;
  /** Share of false claims accepted among functions (q), and chance of any among headline metrics. */
  readonly level: number;
  readonly budget?: Budget;
  /** Spread between runs known from an earlier comparison of equal runs, for one run a side. */
  readonly knownDispersion?: DispersionPrior;
  readonly seed: number;
}

export const defaultCompareOptions: CompareOptions = {
  mode: 'gate',
  minEffect: 0.02,
  minFunctionEffect: 0.1,
  minFunctionPoints: 0.005,
  level: 0.05,
  seed: 1,
};
