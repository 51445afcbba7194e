import type { SchedulerName } from '../../../../model/simulation.ts';

/** When the kernel had a scheduler, and which of its tunables came later. */
export interface SchedulerHistory {
  readonly layer: 'legacy' | 'blk-mq';
  readonly since: string;
  /** First version without it. */
  readonly until?: string;
  /** Module it may be built as; absent: always built in. */
  readonly module?: string;
  /** First versions of tunables that it had not from the beginning. */
  readonly tunables?: Readonly<Record<string, string>>;
}

/**
 * Source: block/Kconfig.iosched, block/*-iosched.c and block/mq-deadline.c of the versions named. blk-mq itself came
 * with 3.13, its schedulers with 4.11; the older layer and its schedulers went with 5.0.
 */
export const schedulerHistory: Readonly<Record<SchedulerName, SchedulerHistory>> = {
  noop: { layer: 'legacy', since: '2.6.0', until: '5.0' },
  deadline: { layer: 'legacy', since: '2.6.0', until: '5.0', module: 'deadline-iosched' },
  anticipatory: { layer: 'legacy', since: '2.6.0', until: '2.6.33', module: 'as-iosched' },
  cfq: {
    layer: 'legacy',
    since: '2.6.6',
    until: '5.0',
    module: 'cfq-iosched',
    tunables: { low_latency: '2.6.32', group_idle: '2.6.36', target_latency: '3.5' },
  },
  none: { layer: 'blk-mq', since: '3.13' },
  'mq-deadline': {
    layer: 'blk-mq',
    since: '4.11',
    module: 'mq-deadline',
    tunables: { async_depth: '5.14', prio_aging_expire: '5.16' },
  },
  kyber: { layer: 'blk-mq', since: '4.12', module: 'kyber-iosched' },
  bfq: { layer: 'blk-mq', since: '4.12', module: 'bfq' },
};
