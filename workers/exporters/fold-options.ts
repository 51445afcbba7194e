import type { FrameKind } from '../../model/tables.ts';
import type { PerfDialect } from '../importers/importer.ts';

/** What a folded line shows; the usual collapse scripts' switches. */
export interface FoldOptions {
  /** `verbatim`: names as they stand, for stacks that come from folded text. */
  readonly dialect: PerfDialect | 'verbatim';
  /** `comm-pid` instead of `comm`. */
  readonly pid: boolean;
  /** `comm-pid/tid` instead of `comm`. */
  readonly tid: boolean;
  /** Mark kernel frames `_[k]`. */
  readonly kernel: boolean;
  /** Mark frames of code compiled at run time `_[j]`. */
  readonly jit: boolean;
  /** Mark inlined frames `_[i]`. */
  readonly inline: boolean;
  /** Show the address of frames without a symbol; needs a trace read with address detail. */
  readonly addrs: boolean;
  /** Event to fold; absent: the first of the trace. */
  readonly event?: string;
}

/** A frame as the fold sees it: texts with one character per byte. */
export interface FoldFrame {
  readonly name: string;
  readonly module: string;
  readonly kind: FrameKind;
  /** Hexadecimal, as recorded; empty unless read with address detail. */
  readonly address: string;
}
