import type { Action, Severity } from '../../../model/finding.ts';
import type { Context } from '../../context.ts';

/** Two settings that work against each other. */
export interface Conflict {
  /** `ksm-thp`, with what it is of behind it where there may be several. */
  readonly id: string;
  readonly severity: Exclude<Severity, 'critical'>;
  readonly claim: string;
  /** Both settings with their values. */
  readonly formula: string;
  /** What the kernel does with the pair. */
  readonly why: string;
  readonly actions: readonly Action[];
  readonly caveats: readonly string[];
}

export interface ConflictRule {
  /** The pair, for the table: `KSM and transparent huge pages`. */
  readonly about: string;
  /** Were both settings captured? */
  readonly knows: (context: Context) => boolean;
  readonly find: (context: Context) => readonly Conflict[];
}
