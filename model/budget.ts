import type { GateLevel } from './comparison.ts';

/** One line of a budget file: what a metric or function may do, and what happens when it does more. */
export interface BudgetRule {
  /** Over metric ids (`run.result{wall_s}`) and functions (`libcodec*!checksum*`). */
  readonly glob: string;
  readonly level: GateLevel;
  /** Largest increase accepted, relative: 0.03. For what is better when it is higher: largest decrease. */
  readonly maxIncrease?: number;
  /** Largest mean accepted, in the metric's unit. */
  readonly max?: number;
}

/** Rules in the order of the file; the last that matches counts. */
export type Budget = readonly BudgetRule[];
