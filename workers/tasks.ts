import type { ProblemDetails } from '../model/problem.ts';
import type { Tables } from '../model/tables.ts';
import type { Chunk } from '../model/trace.ts';
import type { Source } from './importers/importer.ts';

/** Bytes of one file for one worker: a range it reads itself, or bytes handed over on shared memory. */
export type Slice =
  | { readonly kind: 'range'; readonly path: string; readonly start: number; readonly end: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly offset: number };

export interface IngestTask {
  readonly importer: string;
  readonly source: Source;
  readonly slice: Slice;
  /** Tables of an earlier chunk, merged by now: their memory is written anew. */
  readonly spare?: Tables;
}

/** What a task returns. Faults of its input cross threads as values: a cloned Error would lose its file, offset and hint. */
export type Answer<Result> = Result | { readonly problem: ProblemDetails };

export interface IngestResult {
  readonly chunk: Chunk;
}
