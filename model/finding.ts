import type { Selection } from './selection.ts';

export const severities = ['critical', 'warning', 'note', 'ok'] as const;
export type Severity = (typeof severities)[number];

/** Where the reader can see for himself. */
export interface Evidence {
  readonly label: string;
  /** Id of the section that shows it. */
  readonly section: string;
  readonly selection: Selection;
  /** The arithmetic with the numbers put in: `1 204 of 5 310 samples = 22.7 %`. */
  readonly formula?: string;
}

/** Something the reader can do. Commands are complete: they can be pasted as they are. */
export interface Action {
  readonly text: string;
  readonly run?: string;
  readonly undo?: string;
  readonly verify?: string;
  readonly persist?: string;
  readonly risk: 'none' | 'low' | 'reboot' | 'data';
  /** The setting behind the command: what a tuning profile is written from. */
  readonly setting?: RecommendedSetting;
}

/** A value recommended for a file of /proc/sys or /sys. */
export interface RecommendedSetting {
  /** `/sys/kernel/mm/ksm/run`. */
  readonly path: string;
  readonly value: string;
  /** What the capture says it was. */
  readonly was?: string;
}

/** What is known of a knob's effect: the five answers there are. */
export const verdictStates = ['better', 'worse', 'no difference', 'inconclusive', 'not enough data'] as const;
export type VerdictState = (typeof verdictStates)[number];

/** The answer to "does this knob, as it is set, do any good?". */
export interface KnobVerdict {
  /** `ksm`, `thp`, `cpu.max`. */
  readonly knob: string;
  readonly state: VerdictState;
  /** Does the knob do what it is made for, whatever comes of it: `merged 81 600 pages`. */
  readonly mechanism?: string;
  /** Why it is no more than this: `not converged: 0 full scans`. */
  readonly why: string;
}

/** A claim with its confidence, evidence and actions. */
export interface Finding {
  /** Stable across runs, `analyzer/subject`: the key for comparison and suppression. */
  readonly id: string;
  readonly severity: Severity;
  /** One sentence with one number. */
  readonly claim: string;
  /** Share of what the user cares about, 0..1; orders the cards within a severity. */
  readonly share: number;
  /** 95 % interval of the share, observations, and what limits it. */
  readonly confidence: {
    readonly n: number;
    readonly low: number;
    readonly high: number;
    readonly why: string;
    /** The interval is not a 95 % one: the truth lies in it for certain. */
    readonly bounds?: true;
  };
  readonly evidence: readonly Evidence[];
  readonly actions: readonly Action[];
  readonly caveats: readonly string[];
  /** Of findings that judge a knob. */
  readonly verdict?: KnobVerdict;
}

/** Most severe first, then by share, then by id: the order of the cards. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
    b.share - a.share ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  );
}
