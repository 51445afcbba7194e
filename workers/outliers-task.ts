import { findOutliers } from '../analyzers/outliers/outliers.ts';
import type { Outliers } from '../model/outliers.ts';
import type { SavedRun } from '../model/saved-run.ts';
import type { SkippedInput } from '../model/trace.ts';

export interface OutliersTask {
  readonly runs: readonly SavedRun[];
  readonly event?: string;
  readonly version: string;
  readonly skippedInputs: readonly SkippedInput[];
}

/** Worker entry: ranks runs by how unlike the others they are, off the main thread. */
export default function outliers({ runs, event, version, skippedInputs }: OutliersTask): Outliers {
  return findOutliers(runs, version, skippedInputs, event);
}
