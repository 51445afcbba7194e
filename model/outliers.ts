import type { Finding } from './finding.ts';
import type { Metric } from './metric.ts';
import type { NotRun, Verdict } from './report.ts';
import type { Section } from './section.ts';
import type { SkippedInput } from './trace.ts';

/** Version of the format; docs/phases.md says what changed in each. */
export const OUTLIERS_VERSION = 1;

/** A function whose share in one run is unlike its share in the others. */
export interface OddShare {
  readonly name: string;
  readonly module: string;
  /** Share in this run, and the median share of the runs it belongs with. */
  readonly here: number;
  readonly usual: number;
  /** 95 % interval of the difference, with the spread that runs have. */
  readonly low: number;
  readonly high: number;
  /** Part of the run's distance that is this function's. */
  readonly part: number;
}

export interface OutlierRun {
  /** Without the folder all runs are in. */
  readonly name: string;
  /** The file or folder it was read from. */
  readonly source: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: number;
  /** Index into `clusters`. */
  readonly cluster: number;
  /** Part of its samples that would have to be in other functions for it to be as the runs of its cluster usually are: ½Σ|share − usual|. */
  readonly moved: number;
  /** Chance that any run of this many is as far off when all are alike. */
  readonly chance: number;
  readonly odd: boolean;
  /** What makes it differ, most first. */
  readonly functions: readonly OddShare[];
}

export interface RunCluster {
  /** What its runs do more than the others: `more parse`. */
  readonly title: string;
  readonly runs: number;
}

/** What `vtune outliers --json` writes. */
export interface Outliers {
  readonly kind: 'outliers';
  readonly version: typeof OUTLIERS_VERSION;
  readonly generator: { readonly name: 'vtune'; readonly version: string };
  readonly event: string;
  /** Oddest first. */
  readonly runs: readonly OutlierRun[];
  /** Largest first. */
  readonly clusters: readonly RunCluster[];
  readonly metrics: readonly Metric[];
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  readonly notRun: readonly NotRun[];
  readonly skippedInputs: readonly SkippedInput[];
  readonly sections: readonly Section[];
}
