import { defaultCompareOptions } from '../analyzers/compare/options.ts';
import type { HistoryOptions } from '../analyzers/history/conclusions.ts';
import { findHistory } from '../analyzers/history/history.ts';
import type { History } from '../model/history.ts';
import type { SavedRun } from '../model/saved-run.ts';
import type { SkippedInput } from '../model/trace.ts';

export type { HistoryOptions };

export interface HistoryTask {
  readonly runs: readonly SavedRun[];
  /** What differs from the defaults. */
  readonly options: Partial<HistoryOptions>;
  readonly version: string;
  readonly skippedInputs: readonly SkippedInput[];
}

/** Worker entry: finds the change points of a history off the main thread. */
export default function history({ runs, options, version, skippedInputs }: HistoryTask): History {
  return findHistory(runs, { ...defaultCompareOptions, ...options }, version, skippedInputs);
}
