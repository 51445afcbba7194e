import type { ComparedGoal, ComparedMetric, NoiseGuard } from '../../model/comparison.ts';
import type { NotRun } from '../../model/report.ts';
import type { SavedRun } from '../../model/saved-run.ts';
import type { Measured, WorkUnit } from './exposure.ts';
import type { CompareOptions } from './options.ts';
import type { PairResult } from './pair.ts';

/** Runs to be held against each other; of the groups the first is the baseline. */
export interface RunGroup {
  readonly name: string;
  readonly runs: readonly SavedRun[];
}

/** Everything that is concluded, before it is put into words. */
export interface Conclusions {
  readonly options: CompareOptions;
  readonly groups: readonly RunGroup[];
  readonly work: WorkUnit;
  readonly measured: Measured | undefined;
  readonly metrics: readonly ComparedMetric[];
  readonly pairs: readonly PairResult[];
  /** Empty where the runs hold no requests of one block device. */
  readonly goals: readonly ComparedGoal[];
  readonly tradeOffs: readonly string[];
  readonly guards: readonly NoiseGuard[];
  readonly notRun: readonly NotRun[];
}
