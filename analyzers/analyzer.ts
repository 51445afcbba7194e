import type { Finding } from '../model/finding.ts';
import type { Metric } from '../model/metric.ts';
import type { Section } from '../model/section.ts';
import type { Trace } from '../model/trace.ts';
import type { Unit } from '../model/units.ts';
import type { Context } from './context.ts';

/** Something an analyzer cannot do without. Unmet, the analyzer is listed as not run. */
export interface Need {
  /** What is missing, as a noun phrase, `samples with call stacks`; with figures of the trace where they say why. */
  readonly missing: string | ((context: Context) => string);
  /** The command that captures it. */
  readonly captureWith: string;
  readonly met: (trace: Trace, context: Context) => boolean;
}

/** A metric an analyzer promises: docs/metrics.md is generated from these. */
export interface MetricDefinition {
  readonly id: string;
  readonly unit: Unit | "event's unit";
  /** Label names: `['function', 'module']`. */
  readonly labels: readonly string[];
  readonly about: string;
}

export interface Answer {
  readonly metrics: readonly Metric[];
  readonly findings: readonly Finding[];
  readonly sections: readonly Section[];
}

/**
 * Answers one question from the tables of a trace. Pure: no I/O, no clock, no randomness but
 * from the context's seed. What several analyzers need is derived once, through the context.
 */
export interface Analyzer {
  readonly id: string;
  readonly question: string;
  readonly needs: readonly Need[];
  readonly metrics: readonly MetricDefinition[];
  run(context: Context): Answer;
}

export function defineAnalyzer(analyzer: Analyzer): Analyzer {
  return analyzer;
}
