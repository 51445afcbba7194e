import type { CsvMap } from '../../model/csv-map.ts';
import type { TraceBuilder } from '../../model/trace-builder.ts';

/** `no` and `yes` are final; `need-more` asks for a longer head (it ends at the end of the file). */
export type SniffAnswer = 'yes' | 'no' | 'need-more';

/** Whose reading of perf script text to follow; see docs/fold.md for what differs. */
export type PerfDialect = 'vtune' | 'flamegraph' | 'inferno';

/** What the user asked of the reading. Everything not named here is decided after the merge. */
export interface ImportOptions {
  readonly dialect: PerfDialect;
  /** Keep every frame's address and +0x offset (many more rows), instead of one frame per function. */
  readonly addresses: boolean;
  /** Sample weight: `period` (1 when there is none), `samples` (always 1), or a tracepoint field's value. */
  readonly weight: 'period' | 'samples' | { readonly field: string };
  /**
   * Keep a sample for every tracepoint, also where the event is in a table of its own (switches,
   * wakeups …) and has no stack: folding wants them, explaining a trace of millions does not.
   */
  readonly everyEvent: boolean;
  /** What columns of CSV files mean, where the user says: files with its time column are read by it. */
  readonly csvMap?: CsvMap;
}

export const defaultImportOptions: ImportOptions = {
  dialect: 'vtune',
  addresses: false,
  weight: 'period',
  everyEvent: false,
};

/** What every slice of one file knows of the whole file. */
export interface Source {
  /** Path as the user would write it; members of archives as `archive!member`. */
  readonly name: string;
  /** First bytes of the (decompressed) file, the same for every slice: header rows and column layouts live here. */
  readonly head: Uint8Array;
  readonly options: ImportOptions;
}

/** Reads whole records of bytes[0, length) that begin at byte `offset` of the file. */
export type ParseSlice = (bytes: Uint8Array, offset: number) => void;

/**
 * A format that can be read. Importers emit events only: whatever needs two records is derived
 * after the merge, so that a result never depends on how a file was cut.
 */
export interface Importer {
  readonly id: string;
  /** What `vtune formats` prints. */
  readonly title: string;
  /** A command that makes such a file. */
  readonly captureWith: string;
  /** Content decides; the name is a hint for formats without a signature. */
  sniff(head: Uint8Array, name: string): SniffAnswer;
  /**
   * Whether a record begins at `at`, which is 0 or follows a newline; the line at `at` is complete.
   * May look back, never beyond the line. Absent: the file cannot be cut and is read whole.
   */
  isRecordStart?(bytes: Uint8Array, at: number, source: Source): boolean;
  /**
   * Begins reading a file or a range of it. The returned function is called with consecutive
   * slices that begin and end at record starts. A bad record is counted (`out.skip`) and reading
   * goes on; a `Problem` is thrown only when nothing in the file is usable.
   */
  open(out: TraceBuilder, source: Source): ParseSlice;
}
