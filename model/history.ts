import type { Finding } from './finding.ts';
import type { Metric } from './metric.ts';
import type { NotRun, Verdict } from './report.ts';
import type { Section } from './section.ts';
import type { SkippedInput } from './trace.ts';
import type { Unit } from './units.ts';

/** Version of the history format; docs/compare.md says what changed in each. */
export const HISTORY_VERSION = 1;

export interface HistoryRun {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** When it was recorded, as its host said; null when it does not. */
  readonly captured: string | null;
  readonly samples: number;
}

/** Runs between two change points. */
export interface HistoryLevel {
  /** Index of its first and of its last run. */
  readonly first: number;
  readonly last: number;
  /** Runs that have a value. */
  readonly n: number;
  readonly mean: number;
  /** 95 % interval of the mean; null of one run. */
  readonly low: number | null;
  readonly high: number | null;
}

export interface HistoryChange {
  /** Index of the first run of the new level. */
  readonly run: number;
  readonly name: string;
  /** New level against the one before: 0.03 = 3 % more; null when there was nothing before. */
  readonly relative: number | null;
  /** 95 % interval; null where none can be given. */
  readonly low: number | null;
  readonly high: number | null;
  /** Permutation p of no change in this stretch of runs. */
  readonly p: number;
  readonly state: 'regressed' | 'improved' | 'changed';
  /** `passing`: a later change took it back. */
  readonly lasting: 'persistent' | 'passing';
  /** Index of the run that took it back; null of a persistent one. */
  readonly until: number | null;
  /** Runs at the new level. */
  readonly runs: number;
}

/** One quantity over all runs. */
export interface HistorySeries {
  readonly kind: 'metric' | 'function';
  /** Metric id with its labels, or function and module. */
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  /** As people say it. */
  readonly title: string;
  readonly unit: Unit;
  readonly better: Metric['better'];
  /** Mechanisms and single functions explain; outcomes decide. */
  readonly role: 'outcome' | 'mechanism';
  /** One value per run; null where the run has none. */
  readonly values: readonly (number | null)[];
  readonly levels: readonly HistoryLevel[];
  readonly changes: readonly HistoryChange[];
  /** Indices of single runs far from their level: no change, but no ordinary run either. */
  readonly odd: readonly number[];
  /** Standard deviation of runs around their level, relative to it. */
  readonly spread: number | null;
  /** Lasting step, relative, that would be found four times in five had it come in the middle of these runs. */
  readonly detectable: number | null;
}

/** What `vtune compare --history --json` writes. */
export interface History {
  readonly kind: 'history';
  readonly version: typeof HISTORY_VERSION;
  readonly generator: { readonly name: 'vtune'; readonly version: string };
  readonly runs: readonly HistoryRun[];
  readonly order: { readonly by: 'time' | 'name'; readonly why: string };
  readonly work: { readonly per: string; readonly text: string; readonly why: string };
  readonly series: readonly HistorySeries[];
  /** Something got worse and stayed so. */
  readonly regressed: boolean;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  readonly notRun: readonly NotRun[];
  readonly skippedInputs: readonly SkippedInput[];
  readonly sections: readonly Section[];
}
