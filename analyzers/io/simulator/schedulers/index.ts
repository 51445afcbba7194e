import type { SchedulerName } from '../../../../model/simulation.ts';
import type { SchedulerDefinition } from '../scheduler.ts';
import { deadline } from './deadline.ts';
import { mqDeadline } from './mq-deadline.ts';
import { noop } from './noop.ts';

/** Every scheduler with its tunables; `none` is the absence of one and has none. */
export const schedulers: Readonly<Partial<Record<SchedulerName, SchedulerDefinition>>> = {
  noop,
  deadline,
  'mq-deadline': mqDeadline,
};
