import type { Selection } from './selection.ts';
import type { Unit } from './units.ts';

/**
 * What the report can draw: a closed union by `kind`. Renderers are `Record<SectionKind, …>`, so a
 * new kind does not compile until it has a static table and a drawing.
 */
export type Section =
  | FlameSection
  | TimelineSection
  | BarsSection
  | TableSection
  | DistributionSection
  | HistorySection
  | HeatmapSection
  | RibbonSection
  | SmallFlamesSection
  | MatrixSection;
export type SectionKind = Section['kind'];

interface SectionBase {
  /** Stable, `analyzer/name`; evidence and URL hashes point to it. */
  readonly id: string;
  /** One sentence that says what is shown: heading, aria-label and print caption. */
  readonly title: string;
  /** How it was measured or what was left out, in a sentence or two. */
  readonly note?: string;
}

/** Call tree of one event, siblings sorted left-heavy (largest total first). */
export interface FlameSection extends SectionBase {
  readonly kind: 'flame';
  readonly event: string;
  readonly unit: Unit;
  readonly tree: CallTree;
  /** Present when samples have times: what time order, range and thread filters are made from. */
  readonly samples?: SampleSeries;
  /** Present in a differential flame graph: the tree's own weights are then the candidate's. */
  readonly compare?: FlameComparison;
}

/** The other side of a differential flame graph, node by node. Weights are costs per unit of work. */
export interface FlameComparison {
  readonly baseline: string;
  readonly candidate: string;
  /** `per request`, `per run`, `of all samples`. */
  readonly per: string;
  /** Weight of the baseline whose innermost frame is the node. */
  readonly self: readonly number[];
  /** 1 = more and shown by the tests, −1 = less and shown, 0 = noise: drawn grey. */
  readonly shown: readonly number[];
}

/**
 * A call tree as parallel arrays. Nodes are in pre-order: a node's subtree is the run of following
 * nodes that are deeper than it. Node 0 is the root (depth 0, function 0 = `all`).
 */
export interface CallTree {
  /** Distinct functions: name, index into `modules`, index into frameKinds. */
  readonly functions: {
    readonly name: readonly string[];
    readonly module: readonly number[];
    readonly kind: readonly number[];
  };
  readonly modules: readonly string[];
  readonly nodes: {
    readonly depth: readonly number[];
    /** Index into `functions`. */
    readonly function: readonly number[];
    /** Weight of samples whose innermost frame is this node, in the section's unit. */
    readonly self: readonly number[];
    /** Weight of the node and everything it called. */
    readonly total: readonly number[];
  };
  /** Nodes too small to ship, folded into `(n small frames)` nodes of their parents. */
  readonly merged: number;
}

/** Samples in time order, each pointing to its node in the call tree. */
export interface SampleSeries {
  /** Seconds of trace clock at which the range of the report begins. */
  readonly start: number;
  /** Seconds from `start` to the end of the trace. */
  readonly duration: number;
  /** Microseconds from `start`, ascending. */
  readonly time: readonly number[];
  readonly node: readonly number[];
  /** Index into `threads`. */
  readonly thread: readonly number[];
  /** CPU number; 65535 = not recorded. */
  readonly cpu: readonly number[];
  /** One weight per sample, or a single one when all are equal. */
  readonly weight: readonly number[];
  /** `comm pid/tid`. */
  readonly threads: readonly string[];
  /** Every k-th sample was kept, with k times its weight; 1 = all. */
  readonly every: number;
}

/** Series over time, equal steps: stacked, or lines over each other. */
export interface TimelineSection extends SectionBase {
  readonly kind: 'timeline';
  readonly unit: Unit;
  /** Seconds from the start of the trace at which step 0 begins, and seconds per step. */
  readonly start: number;
  readonly step: number;
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[];
  /** What the legend says of a series: its sum (default), its mean, or its last value. */
  readonly stat?: 'sum' | 'mean' | 'last';
  /** Lines over each other instead of stacked areas. */
  readonly lines?: boolean;
}

/** Parts of a whole, largest first. */
export interface BarsSection extends SectionBase {
  readonly kind: 'bars';
  readonly unit: Unit;
  readonly rows: readonly {
    readonly label: string;
    readonly value: number;
    /** Share of the whole, with its 95 % interval where it can be given. */
    readonly share: number;
    readonly low?: number;
    readonly high?: number;
    readonly n: number;
    readonly selection?: Selection;
  }[];
}

export type CellUnit = Unit | 'text';

/** Rows of text and numbers; numbers are formatted by their column's unit. */
export interface TableSection extends SectionBase {
  readonly kind: 'table';
  readonly columns: readonly { readonly name: string; readonly unit: CellUnit }[];
  readonly rows: readonly {
    readonly cells: readonly (string | number)[];
    readonly selection?: Selection;
  }[];
  /** Rows there were before the table was cut to its largest. */
  readonly of: number;
}

/** Values of one metric, run by run, group under group, with the mean of each group and its 95 % interval. */
export interface DistributionSection extends SectionBase {
  readonly kind: 'distribution';
  readonly unit: Unit;
  readonly groups: readonly {
    readonly name: string;
    readonly values: readonly number[];
    readonly mean: number;
    readonly low: number | null;
    readonly high: number | null;
    /** What was concluded of the group, in a few words. */
    readonly verdict: string;
  }[];
}

/** One quantity run by run, in the order of the runs: levels as steps, changes of level as lines. */
export interface HistorySection extends SectionBase {
  readonly kind: 'history';
  readonly unit: Unit;
  /** Names of the runs, oldest first. */
  readonly runs: readonly string[];
  /** One value per run; null where the run has none. */
  readonly values: readonly (number | null)[];
  /** Runs from `first` to `last` share a level; the interval is the 95 % one of its mean. */
  readonly levels: readonly {
    readonly first: number;
    readonly last: number;
    readonly mean: number;
    readonly low: number | null;
    readonly high: number | null;
  }[];
  readonly changes: readonly {
    /** Index of the first run of the new level. */
    readonly run: number;
    readonly text: string;
    readonly tone: 'worse' | 'better' | 'neither';
    /** A later change took it back, or it takes one back. */
    readonly passing: boolean;
  }[];
  /** Indices of single runs far from their level. */
  readonly odd: readonly number[];
}

/** How many observations fell into each step of time and each bin of a quantity. */
export interface HeatmapSection extends SectionBase {
  readonly kind: 'heatmap';
  /** Unit of the bins' bounds. */
  readonly unit: Unit;
  /** What is counted: `requests`. */
  readonly what: string;
  /** Seconds from the start of the trace at which step 0 begins, and seconds per step. */
  readonly start: number;
  readonly step: number;
  /** Lower bounds of the bins, ascending, and the upper bound of the last. */
  readonly bounds: readonly number[];
  /** By bin, lowest first, then by step. */
  readonly counts: readonly (readonly number[])[];
}

/** Which phase the run was in, when: coloured stretches on the time axis. */
export interface RibbonSection extends SectionBase {
  readonly kind: 'ribbon';
  /** Seconds from the start of the trace. */
  readonly start: number;
  readonly end: number;
  /** In order of time, without gaps. */
  readonly stretches: readonly { readonly phase: string; readonly from: number; readonly to: number }[];
  /** By name, in the order of their first appearance. */
  readonly phases: readonly {
    readonly phase: string;
    /** What it is known by: `mostly gc_mark`. */
    readonly title: string;
    /** Seconds in all its stretches, and their share of the time. */
    readonly seconds: number;
    readonly share: number;
    readonly stretches: number;
  }[];
  /** Windows unlike the others. */
  readonly odd: readonly { readonly from: number; readonly to: number; readonly text: string }[];
}

/** Small flame graphs side by side, each with what is to be said of it. */
export interface SmallFlamesSection extends SectionBase {
  readonly kind: 'small-flames';
  readonly unit: Unit;
  readonly items: readonly {
    readonly label: string;
    /** Facts, a line each. */
    readonly facts: readonly string[];
    /** What sets it apart, most first. */
    readonly changes: readonly {
      readonly name: string;
      /** 1 = there is more of it here, −1 = less. */
      readonly sign: 1 | -1;
      /** Share here, share elsewhere, and the 95 % interval of the difference. */
      readonly here: number;
      readonly elsewhere: number;
      readonly low: number;
      readonly high: number;
    }[];
    readonly tree?: CallTree;
    readonly selection?: Selection;
  }[];
}

/** Rows of things by windows of time: how large the share of each was when. */
export interface MatrixSection extends SectionBase {
  readonly kind: 'matrix';
  /** Seconds from the start of the trace at which step 0 begins, and seconds per step. */
  readonly start: number;
  readonly step: number;
  readonly rows: readonly {
    readonly name: string;
    /** Share of each step's observations, 0 … 1. */
    readonly shares: readonly number[];
    readonly selection?: Selection;
  }[];
  /** Seconds from the start of the trace at which something changed. */
  readonly marks: readonly number[];
}
