/** What went wrong, as a word a script can test. */
export type ProblemCode =
  | 'usage'
  | 'not-found'
  | 'no-permission'
  | 'empty'
  | 'unknown-format'
  | 'unsupported-format'
  | 'ambiguous-format'
  | 'broken'
  | 'too-large'
  | 'no-samples'
  | 'worker-died'
  | 'write-failed'
  | 'interrupted';

export interface ProblemDetails {
  readonly code: ProblemCode;
  /** What is wrong, in one sentence without a full stop. */
  readonly message: string;
  readonly file?: string;
  /** Byte offset in the (decompressed) file. */
  readonly offset?: number;
  /** What the user can do about it. */
  readonly hint?: string;
}

/** An error the user can understand and act on. Its text is one line: file, offset, what, what to do. */
export class Problem extends Error {
  readonly details: ProblemDetails;

  constructor(details: ProblemDetails, options?: ErrorOptions) {
    super(describe(details), options);
    this.name = 'Problem';
    this.details = details;
  }
}

function describe({ file, offset, message, hint }: ProblemDetails): string {
  const where = file === undefined ? '' : `${file}${offset === undefined ? '' : ` at byte ${offset}`}: `;
  return `${where}${message}${hint === undefined ? '' : `; ${hint}`}`;
}
