import type { SchedulerName } from '../../../../model/simulation.ts';
import type { SchedulerDefinition } from '../scheduler.ts';
import { anticipatory } from './anticipatory.ts';
import { bfq } from './bfq/bfq.ts';
import { cfq } from './cfq/cfq.ts';
import { deadline } from './deadline.ts';
import { kyber } from './kyber.ts';
import { mqDeadline } from './mq-deadline.ts';
import { noop } from './noop.ts';

/** Every scheduler with its tunables; `none` is the absence of one and has none. */
export const schedulers: Readonly<Partial<Record<SchedulerName, SchedulerDefinition>>> = {
  noop,
  deadline,
  anticipatory,
  cfq,
  'mq-deadline': mqDeadline,
  kyber,
  bfq,
};
