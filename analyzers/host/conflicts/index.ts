import type { ConflictRule } from './conflict.ts';
import { dirtyLimits } from './dirty-limits.ts';
import { ksmAndThp } from './ksm-thp.ts';
import { memoryNodes } from './memory-nodes.ts';
import { memoryPolicy } from './memory-policy.ts';
import { pinnedInterrupts } from './pinned-interrupts.ts';
import { quotaAndCpuset } from './quota-cpuset.ts';

export type { Conflict } from './conflict.ts';

/** Every pair of settings looked at. To add one: a file beside this, and a line here. */
export const conflictRules: readonly ConflictRule[] = [
  ksmAndThp,
  quotaAndCpuset,
  memoryNodes,
  memoryPolicy,
  dirtyLimits,
  pinnedInterrupts,
];
