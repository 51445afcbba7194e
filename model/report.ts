import type { ClockAlignment } from './clock.ts';
import type { Finding, Severity } from './finding.ts';
import type { Metric } from './metric.ts';
import type { Section } from './section.ts';
import type { ImportRow, SkippedInput } from './trace.ts';
import type { Unit } from './units.ts';

/** Version of the report format; see docs/report-format.md for what changed in each. */
export const REPORT_VERSION = 1;

export interface RunEvent {
  readonly name: string;
  readonly unit: Unit;
  readonly samples: number;
  readonly weight: number;
}

/** One run: what was recorded, on what, for how long. */
export interface Run {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** hostname, kernel, arch, cpus, cpuModel, memory, tool, command, captured: those the inputs tell. */
  readonly host: Readonly<Record<string, string>>;
  /** Seconds between the first and the last sample; 0 when samples have no times. */
  readonly duration: number;
  readonly samples: number;
  /** Largest first; the first is the primary event, the one verdicts are about. */
  readonly events: readonly RunEvent[];
}

/** An analyzer that could not answer, and how to capture what it lacked. */
export interface NotRun {
  readonly analyzer: string;
  readonly question: string;
  readonly missing: string;
  readonly captureWith: string;
}

/** A question of a report that was not answered, whole or in part: the analyzer is that of the whole. */
export interface Unanswered extends NotRun {
  /** Id of the area it belongs to. */
  readonly area: string;
  /** One source is missing, or in the capture and of no use; the rest of the question is answered. */
  readonly near: boolean;
}

/** A subject of which questions are open, and the one command that answers most of them. */
export interface QuestionArea {
  readonly id: string;
  readonly title: string;
  /** Questions answered. */
  readonly answered: number;
  /** Whether the capture holds anything of this subject. */
  readonly held: boolean;
  readonly open: number;
  readonly captureWith: string;
  /** How many of the open questions that command answers. */
  readonly captures: number;
}

/** The whole answer in a few lines: what the terminal prints and the report opens with. */
export interface Verdict {
  readonly severity: Severity;
  readonly headline: string;
  readonly lines: readonly string[];
}

/** A file that was read; null where a number is not known. */
export interface ReportedImport extends Omit<ImportRow, 'firstSkipped' | 'clock'> {
  readonly firstSkipped: number | null;
  readonly clock: Omit<ClockAlignment, 'spread'> & { readonly spread: number | null };
}

/** What `vtune analyze --json` writes; the HTML report and the terminal summary are readers of it. */
export interface Report {
  readonly version: typeof REPORT_VERSION;
  readonly generator: { readonly name: 'vtune'; readonly version: string };
  readonly runs: readonly Run[];
  readonly imports: readonly ReportedImport[];
  readonly skippedInputs: readonly SkippedInput[];
  readonly verdict: Verdict;
  readonly metrics: readonly Metric[];
  readonly findings: readonly Finding[];
  readonly notRun: readonly Unanswered[];
  /** Areas of `notRun`: those the capture holds something of first. */
  readonly areas: readonly QuestionArea[];
  readonly sections: readonly Section[];
}
