import { analyse } from '../analyzers/analyse.ts';
import type { AnalysisOptions } from '../analyzers/context.ts';
import type { Report } from '../model/report.ts';
import type { Trace } from '../model/trace.ts';

export interface AnalysisTask {
  readonly trace: Trace;
  /** Version of vtune, for the report. */
  readonly version: string;
  readonly options?: AnalysisOptions;
}

/** Worker entry: analyses a trace off the main thread, which stays free for progress and Ctrl-C. */
export default function analysis({ trace, version, options }: AnalysisTask): Report {
  return analyse(trace, version, options);
}
