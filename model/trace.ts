import type { ClockAlignment } from './clock.ts';
import type { Strings } from './strings.ts';
import type { Tables } from './tables.ts';

/** What parsing one slice of one file counted. Counts add up over the slices of a file. */
export interface ImportCounts {
  /** Entries read into tables. */
  records: number;
  /** Lines or entries that could not be understood. */
  skipped: number;
  /** Byte offset of the first one skipped; NaN = none. */
  firstSkipped: number;
  /** Entries understood but of no use to any table (PERF_RECORD_MMAP lines, source lines). */
  ignored: number;
  /** Events the recorder says it dropped. */
  lost: number;
}

/** One file (or member of an archive) that was read. */
export interface ImportRow extends ImportCounts {
  readonly file: string;
  /** Id of the importer that read it. */
  readonly importer: string;
  /** Bytes of content, after decompression. */
  readonly bytes: number;
  /** gzip, zstd, xz, bzip2 … outermost first; empty for plain content. */
  readonly encodings: readonly string[];
  /** Samples whose time is before that of the sample above them in the file. */
  readonly outOfOrder: number;
  /** The clock its times are of and how they were brought to the clock of the run. */
  readonly clock: ClockAlignment;
  /** Why reading stopped early, if it did: the rest of the file is not in the tables. */
  readonly problem?: string;
}

/** One input that was looked at and not read. */
export interface SkippedInput {
  readonly file: string;
  readonly why: string;
}

/** The tables made from one slice of a file: ids are local to the chunk. */
export interface Chunk {
  readonly strings: Strings;
  readonly tables: Tables;
  readonly counts: ImportCounts;
  /** Name of the clock the times are of, when the file says; empty = it does not. */
  readonly clock: string;
}

/** All inputs of one run. Every id in every table refers to rows of this trace. */
export interface Trace {
  readonly strings: Strings;
  readonly tables: Tables;
  readonly imports: readonly ImportRow[];
  readonly skippedInputs: readonly SkippedInput[];
  /** `--label k=v`, and what the inputs say of themselves. */
  readonly labels: Readonly<Record<string, string>>;
}

export function noCounts(): ImportCounts {
  return { records: 0, skipped: 0, firstSkipped: Number.NaN, ignored: 0, lost: 0 };
}

export function addCounts(into: ImportCounts, from: ImportCounts): void {
  into.records += from.records;
  into.skipped += from.skipped;
  into.ignored += from.ignored;
  into.lost += from.lost;
  if (Number.isNaN(into.firstSkipped) || from.firstSkipped < into.firstSkipped) {
    into.firstSkipped = from.firstSkipped;
  }
}
