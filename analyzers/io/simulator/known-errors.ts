import type { SchedulerName, ValidationError } from '../../../model/simulation.ts';

const against =
  '3 fio jobs of a starvation test (12 s) and 6 of a mixed one (20 s), Linux 6.18, HZ 250, a loop device in front of the modelled disk (hdd), 4 requests at once; model: mean of seeds 1 to 5';

export interface KnownErrors {
  readonly modelled: string;
  /** With default tunables. */
  readonly validation?: ValidationError;
  /** With others. */
  readonly tuned?: readonly {
    readonly settings: Readonly<Record<string, number>>;
    readonly validation: ValidationError;
  }[];
}

/**
 * How far the simulator was from fio's own figures, and whose source each scheduler follows. Errors are
 * |simulated / measured − 1|, not of sampling: one recording of each workload. Tests of conformance measure the
 * rates again where the recordings are; docs/simulator.md lists every job.
 */
export const knownErrors: Readonly<Partial<Record<SchedulerName, KnownErrors>>> = {
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
  bfq: {
    modelled: 'block/bfq-iosched.c and bfq-wf2q.c of Linux 6.5 and later; no cgroups, one actuator',
    validation: { rateMean: 0.1336, rateMax: 0.4399, p99Mean: 0.8008, p99Max: 4.1202, n: 9, against },
    tuned: [
      {
        settings: { low_latency: 0 },
        validation: { rateMean: 0.3411, rateMax: 2.0284, p99Mean: 0.5884, p99Max: 3.076, n: 9, against },
      },
    ],
  },
};

/** The errors measured with these tunables; undefined when nobody has measured with them. */
export function knownErrorsOf(
  scheduler: SchedulerName,
  settings: Readonly<Record<string, number>>,
): ValidationError | undefined {
  const { validation, tuned = [] } = knownErrors[scheduler] ?? {};
  const names = Object.keys(settings);
  if (names.length === 0) return validation;
  const same = ({ settings: of }: { readonly settings: Readonly<Record<string, number>> }): boolean =>
    names.length === Object.keys(of).length && names.every((name) => settings[name] === of[name]);
  return tuned.find(same)?.validation;
}
