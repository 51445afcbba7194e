import type { SchedulerName, ValidationError } from '../../../model/simulation.ts';

const against =
  '3 fio jobs of a starvation test (12 s) and 6 of a mixed one (20 s), Linux 6.18, HZ 250, a loop device in front of the modelled disk (hdd), 4 requests at once; model: mean of seeds 1 to 5';

/**
 * How far the simulator was from fio's own figures, and whose source each scheduler follows. Errors are
 * |simulated / measured − 1|, not of sampling: one recording of each workload. Tests of conformance measure the
 * rates again where the recordings are; docs/simulator.md lists every job.
 */
export const knownErrors: Readonly<
  Partial<Record<SchedulerName, { readonly modelled: string; readonly validation?: ValidationError }>>
> = {
  noop: { modelled: 'block/noop-iosched.c, removed in Linux 5.0' },
  deadline: { modelled: 'block/deadline-iosched.c, removed in Linux 5.0' },
  anticipatory: { modelled: 'block/as-iosched.c of Linux 2.6.17, removed in 2.6.33' },
  cfq: { modelled: 'block/cfq-iosched.c of Linux 4.4, removed in 5.0' },
  none: {
    modelled: 'tags of blk-mq (block/blk-mq-tag.c, lib/sbitmap.c)',
    validation: { rateMean: 0.0284, rateMax: 0.0809, p99Mean: 0.0745, p99Max: 0.1862, n: 9, against },
  },
  'mq-deadline': {
    modelled: 'block/mq-deadline.c of Linux 6.5 and later',
    validation: { rateMean: 0.1218, rateMax: 0.8597, p99Mean: 0.245, p99Max: 0.7073, n: 9, against },
  },
  kyber: {
    modelled: 'block/kyber-iosched.c of Linux 6.1',
    validation: { rateMean: 0.0116, rateMax: 0.0293, p99Mean: 0.1338, p99Max: 0.5732, n: 9, against },
  },
};
