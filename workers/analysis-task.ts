import { analyseContext } from '../analyzers/analyse.ts';
import { saveRun } from '../analyzers/compare/save-run.ts';
import { type AnalysisOptions, Context } from '../analyzers/context.ts';
import { wantsTensors } from '../analyzers/phases/needs.ts';
import { loadTensors } from '../analyzers/tensor/load.ts';
import type { TensorChoice } from '../analyzers/tensor/tensors.ts';
import { Problem } from '../model/problem.ts';
import type { Report } from '../model/report.ts';
import type { SavedRun } from '../model/saved-run.ts';
import type { Trace } from '../model/trace.ts';
import type { Answer } from './tasks.ts';

export type { TensorChoice };

export interface AnalysisTask {
  readonly trace: Trace;
  /** Version of vtune, for the report. */
  readonly version: string;
  readonly options?: AnalysisOptions;
  /** What to hand back besides, or instead of, the report. */
  readonly save?: 'also' | 'only';
}

export interface Analysis {
  readonly report?: Report;
  readonly saved?: SavedRun;
}

/** Worker entry: analyses a trace off the main thread, which stays free for progress and Ctrl-C. */
export default async function analysis({
  trace,
  version,
  options,
  save,
}: AnalysisTask): Promise<Answer<Analysis>> {
  const context = new Context(trace, options);
  try {
    if (wantsTensors(context)) context.tensors = await loadTensors(options?.tensors);
  } catch (error) {
    if (error instanceof Problem) return { problem: error.details };
    throw error;
  }
  const report = analyseContext(context, version);
  return {
    ...(save === 'only' ? {} : { report }),
    ...(save === undefined ? {} : { saved: saveRun(context, report) }),
  };
}
