import type { Finding } from './finding.ts';
import type { Metric } from './metric.ts';
import type { NotRun, Verdict } from './report.ts';
import type { Section } from './section.ts';
import type { SkippedInput } from './trace.ts';
import type { Unit } from './units.ts';

/** Version of the comparison format; docs/compare.md says what changed in each. */
export const COMPARISON_VERSION = 1;

/**
 * What a comparison of one quantity says. `changed` is of quantities of which neither more nor less
 * is better; `not enough data`: too few runs or samples to say anything at all.
 */
export const comparisonStates = [
  'regressed',
  'improved',
  'changed',
  'unchanged',
  'inconclusive',
  'not enough data',
] as const;
export type ComparisonState = (typeof comparisonStates)[number];

/** The same in the words of a choice between settings instead of a gate. */
export const verdictWords = {
  regressed: 'worse',
  improved: 'better',
  changed: 'changed',
  unchanged: 'no difference',
  inconclusive: 'inconclusive',
  'not enough data': 'not enough data',
} as const satisfies Record<ComparisonState, string>;

/** What a regression does to the gate. */
export const gateLevels = ['off', 'warn', 'error'] as const;
export type GateLevel = (typeof gateLevels)[number];

/** Change of a candidate against a baseline, relative to the baseline: 0.03 = 3 % more. */
export interface Change {
  readonly relative: number;
  /** 95 % interval. */
  readonly low: number;
  readonly high: number;
  /** Two-sided p of no change; NaN is written as null. */
  readonly p: number | null;
  /** p after allowing for everything else that was tested with it. */
  readonly adjusted: number | null;
  readonly state: ComparisonState;
  /** Changes smaller than this are of no interest, or drown in the noise floor: relative. */
  readonly margin: number;
  /** Smallest true change that these runs would have shown four times in five; null when unknown. */
  readonly detectable: number | null;
  /** More runs a side after which the interval would settle it; null when it is settled, or never. */
  readonly moreRuns: number | null;
  readonly level: GateLevel;
  /** Why it is what it is, where that is not plain: a guard that spoke, a budget that rules. */
  readonly why?: string;
}

export interface ComparedRun {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds. */
  readonly duration: number;
  readonly samples: number;
}

export interface ComparedGroup {
  readonly name: string;
  readonly runs: readonly ComparedRun[];
}

/** One headline metric in every group, the first of which is what the others are held against. */
export interface ComparedMetric {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly unit: Unit;
  readonly better: Metric['better'];
  /** An outcome is what somebody wants; a mechanism is how a setting may bring it about. */
  readonly role: 'outcome' | 'mechanism';
  readonly groups: readonly {
    readonly name: string;
    /** One value per run, in run order; null where the run has none. */
    readonly values: readonly (number | null)[];
    readonly mean: number | null;
    readonly low: number | null;
    readonly high: number | null;
  }[];
  /** Kruskal–Wallis p of no difference between any groups; null with two groups. */
  readonly anyDifference: number | null;
  /** Groups from best to worst; those in one rank cannot be told apart. */
  readonly ranking: readonly (readonly string[])[];
  readonly changes: readonly (Change & {
    readonly baseline: string;
    readonly candidate: string;
    /** Cliff's δ: −1..1, how completely the groups lie apart. */
    readonly cliffsDelta: number | null;
    /** Runs with a value, of baseline and candidate. */
    readonly n?: readonly [number, number];
    /** Candidate's median over the baseline's, with its 95 % interval; null where a median is not positive. */
    readonly medianRatio?: { readonly ratio: number; readonly low: number; readonly high: number } | null;
    /** Names of the covariates that explain the spread (where it is open) or may explain part of the difference. */
    readonly confounders?: readonly string[];
  })[];
  /** What else was going on in each repetition, and how far the outcome goes with it. Of outcomes only. */
  readonly covariates?: readonly ComparedCovariate[];
}

/** Rank correlation of an outcome with a state of the host, over repetitions within groups. */
export interface ComparedCovariate {
  readonly name: string;
  /** What it is a sign of. */
  readonly cause: 'contention' | 'steal';
  /** It is of the program itself: the setting may be what causes it, so it is named and confounds nothing. */
  readonly own: boolean;
  readonly rho: number;
  readonly p: number;
  /** After Holm over all covariates of all outcomes. */
  readonly adjusted: number;
  /** Repetitions. */
  readonly n: number;
  readonly explains: boolean;
}

export interface ComparedFunction extends Change {
  readonly function: string;
  readonly module: string;
  readonly kind: string;
  /** Self cost per unit of work. */
  readonly before: number;
  readonly after: number;
  /** Change as a part of the baseline's total cost: 0.01 = one point. */
  readonly points: number;
  /** Between-run variance over that of sampling alone, shrunken. */
  readonly dispersion: number;
  readonly presence: 'both' | 'new' | 'vanished';
  /** Callers of the path that changed most, outermost first. */
  readonly path: readonly string[];
  readonly source?: string;
  /** Where its cost went or came from, when it only moved. */
  readonly moved?: {
    readonly kind: 'inlined' | 'renamed' | 'moved';
    readonly with: readonly string[];
    readonly within: string;
  };
}

/** The deepest frame that explains most of a change. */
export interface Attribution {
  readonly function: string;
  readonly module: string;
  readonly callers: readonly string[];
  /** Inclusive cost per unit of work. */
  readonly before: number;
  readonly after: number;
  /** Part of the change above it that it explains. */
  readonly explains: number;
}

/** One candidate against the baseline, function by function. */
export interface ComparedPair {
  readonly baseline: string;
  readonly candidate: string;
  readonly event: string;
  readonly unit: Unit;
  /** Total cost per unit of work. */
  readonly total: Change & { readonly before: number; readonly after: number };
  /** Tested functions by size of their change. */
  readonly functions: readonly ComparedFunction[];
  readonly tested: number;
  /** Functions too small to be tested. */
  readonly untested: number;
  readonly attribution: readonly Attribution[];
  /** φ = base + slope · samples a run, worth df degrees of freedom; df null = without end. */
  readonly dispersion: { readonly base: number; readonly slope: number; readonly df: number | null };
}

/** What somebody may want of a block device, and which of the groups gives it. */
export const goalNames = ['latency', 'throughput', 'fairness', 'real time'] as const;
export type GoalName = (typeof goalNames)[number];

export interface ComparedGoal {
  readonly goal: GoalName;
  /** The quantity it is judged by: `p99 latency of reads on 7,0`. */
  readonly about: string;
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly unit: Unit;
  readonly better: 'lower' | 'higher';
  readonly groups: readonly {
    readonly name: string;
    /** One value per run; null where the run has none. */
    readonly values: readonly (number | null)[];
    readonly value: number | null;
    /** 95 %: between runs with two or more, else what the run's own series gives. */
    readonly low: number | null;
    readonly high: number | null;
    /** Requests behind it, all runs together. */
    readonly n: number;
  }[];
  /** `ranked`: the winners stand clear of all others. */
  readonly state: 'ranked' | 'inconclusive' | 'not comparable' | 'not enough data';
  readonly why: string;
  /** A group has one run: what differs between runs is not known. */
  readonly indicative: boolean;
  /** Best to worst; groups whose intervals overlap share a rank. */
  readonly ranking: readonly (readonly string[])[];
  readonly winners: readonly string[];
  /** How many times better the best group is than each that is ranked below it; bounds are null where the data give none. */
  readonly ratios: readonly {
    readonly name: string;
    readonly ratio: number;
    readonly low: number | null;
    readonly high: number | null;
  }[];
}

/** Something other than the program that differs between the groups, or shakes within them. */
export interface NoiseGuard {
  readonly id: string;
  readonly severity: 'warning' | 'note';
  readonly text: string;
  readonly advice: string;
}

export interface GateResult {
  readonly outcome: 'pass' | 'fail' | 'inconclusive';
  /** One run a side: nothing is known of the spread between runs, and nothing fails. */
  readonly indicative: boolean;
  readonly failures: readonly string[];
  readonly warnings: readonly string[];
  readonly inconclusive: readonly string[];
}

/** What `vtune compare --json` writes; every other output of a comparison is a reader of it. */
export interface Comparison {
  readonly kind: 'comparison';
  readonly version: typeof COMPARISON_VERSION;
  readonly generator: { readonly name: 'vtune'; readonly version: string };
  /** `gate`: a candidate against a baseline. `groups`: settings side by side. */
  readonly mode: 'gate' | 'groups';
  readonly groups: readonly ComparedGroup[];
  readonly work: { readonly per: string; readonly text: string; readonly why: string };
  readonly metrics: readonly ComparedMetric[];
  readonly pairs: readonly ComparedPair[];
  /** Present where all groups hold requests of one block device. */
  readonly goals?: readonly ComparedGoal[];
  /** What one group gives and takes, in words. */
  readonly tradeOffs?: readonly string[];
  readonly guards: readonly NoiseGuard[];
  readonly gate: GateResult;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  readonly notRun: readonly NotRun[];
  readonly skippedInputs: readonly SkippedInput[];
  readonly sections: readonly Section[];
}
