import { compareRuns } from '../analyzers/compare/compare.ts';
import type { RunGroup } from '../analyzers/compare/conclusions.ts';
import { type CompareOptions, defaultCompareOptions } from '../analyzers/compare/options.ts';
import type { Comparison } from '../model/comparison.ts';
import { Problem } from '../model/problem.ts';
import type { SkippedInput } from '../model/trace.ts';
import type { Answer } from './tasks.ts';

export type { CompareOptions, RunGroup };

export interface CompareTask {
  readonly groups: readonly RunGroup[];
  /** What differs from the defaults. */
  readonly options: Partial<CompareOptions>;
  readonly version: string;
  readonly skippedInputs: readonly SkippedInput[];
}

/** Worker entry: compares groups of saved runs off the main thread. */
export default function compare({
  groups,
  options,
  version,
  skippedInputs,
}: CompareTask): Answer<Comparison> {
  try {
    return compareRuns(groups, { ...defaultCompareOptions, ...options }, version, skippedInputs);
  } catch (error) {
    if (error instanceof Problem) return { problem: error.details };
    throw error;
  }
}
