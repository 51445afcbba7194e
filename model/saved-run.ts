import type { Metric } from './metric.ts';
import type { Run } from './report.ts';
import type { CallTree } from './section.ts';
import type { Unit } from './units.ts';

/** Version of the saved-run format; docs/compare.md says what changed in each. */
export const SAVED_RUN_VERSION = 1;
export const SAVED_RUN_FORMAT = 'vtune-run';

/**
 * One run, small enough to keep as a baseline and whole enough to compare without its dumps:
 * what `vtune analyze --save` writes (as gzipped JSON) and `vtune compare` reads.
 */
export interface SavedRun {
  readonly format: typeof SAVED_RUN_FORMAT;
  readonly version: typeof SAVED_RUN_VERSION;
  readonly generator: { readonly name: 'vtune'; readonly version: string };
  readonly run: Run;
  /** Events recorders lost, of those they tried to write: 0..1. */
  readonly lost: number;
  readonly metrics: readonly Metric[];
  /** Primary event first. */
  readonly profiles: readonly SavedProfile[];
}

/** Samples of one event, as a call tree of busy samples. */
export interface SavedProfile {
  readonly event: string;
  readonly unit: Unit;
  /** It tells where time goes: a clock, cycles, or samples of either. */
  readonly isTime: boolean;
  readonly samples: number;
  readonly weight: number;
  /** Σw² of the samples: with the weight it tells how many equal samples would say as much. */
  readonly squares: number;
  /** Median ns between samples that follow each other on one CPU or thread; 0 when it is not known. */
  readonly interval: number;
  readonly tree: SavedTree;
  readonly blocks?: SavedBlocks;
}

/** A call tree without its totals, which are sums of self. */
export interface SavedTree {
  readonly functions: CallTree['functions'] & {
    /** `file:line` of each function where the capture tells, else empty; absent when it never does. */
    readonly source?: readonly string[];
  };
  readonly modules: readonly string[];
  readonly nodes: Pick<CallTree['nodes'], 'depth' | 'function' | 'self'>;
}

/** Weight per block of time, of all and of the largest functions: what one run alone says of its own spread. */
export interface SavedBlocks {
  readonly whole: readonly number[];
  readonly functions: readonly { readonly function: number; readonly self: readonly number[] }[];
}
