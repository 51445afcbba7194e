import type { SchedulerName, ValidationError } from '../../../model/simulation.ts';
import { errorOf } from './error-row.ts';
import { errorTable } from './error-table.ts';
import { schedulers } from './schedulers/index.ts';

const against =
  '3 fio jobs of a starvation test (12 s) and 6 of a mixed one (20 s), Linux 6.18, HZ 250, a loop device in front of the modelled disk (hdd), 4 requests at once, whose writing the kernel knew as each run found it; model: mean of seeds 1 to 20';

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
 * |simulated / measured − 1|, not of sampling: one recording of each workload, none of those held out. A test of
 * conformance simulates them again where the recordings are; docs/simulator.md lists every job.
 */
export const knownErrors: Readonly<Partial<Record<SchedulerName, KnownErrors>>> = {
  noop: { modelled: 'block/noop-iosched.c, removed in Linux 5.0' },
  deadline: { modelled: 'block/deadline-iosched.c, removed in Linux 5.0' },
  anticipatory: { modelled: 'block/as-iosched.c of Linux 2.6.17, removed in 2.6.33' },
  cfq: { modelled: 'block/cfq-iosched.c of Linux 4.4, removed in 5.0' },
  none: {
    modelled: 'tags of blk-mq (block/blk-mq-tag.c, lib/sbitmap.c)',
    validation: validationOf('none', {}),
  },
  'mq-deadline': {
    modelled: 'block/mq-deadline.c of Linux 6.5 and later',
    validation: validationOf('mq-deadline', {}),
  },
  kyber: {
    modelled: 'block/kyber-iosched.c of Linux 6.1',
    validation: validationOf('kyber', {}),
  },
  bfq: {
    modelled: 'block/bfq-iosched.c and bfq-wf2q.c of Linux 6.5 and later; no cgroups, one actuator',
    validation: validationOf('bfq', {}),
    tuned: [{ settings: { low_latency: 0 }, validation: validationOf('bfq', { low_latency: 0 }) }],
  },
};

function validationOf(scheduler: SchedulerName, settings: Readonly<Record<string, number>>): ValidationError {
  const rows = errorTable.filter(
    (row) => row.scheduler === scheduler && !row.heldOut && sameSettings(row.settings, settings),
  );
  const sizes = (key: 'rate' | 'p99'): number[] => rows.map((row) => Math.abs(errorOf(row[key])));
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  return {
    rateMean: mean(sizes('rate')),
    rateMax: Math.max(...sizes('rate')),
    p99Mean: mean(sizes('p99')),
    p99Max: Math.max(...sizes('p99')),
    n: rows.length,
    against,
  };
}

/**
 * The errors measured with these tunables; with others those of the defaults, marked so: the least to expect.
 * Undefined when nobody has measured the scheduler.
 */
export function knownErrorsOf(
  scheduler: SchedulerName,
  settings: Readonly<Record<string, number>>,
): ValidationError | undefined {
  const { validation, tuned = [] } = knownErrors[scheduler] ?? {};
  const defaults: Readonly<Record<string, number>> = schedulers[scheduler]?.defaults ?? {};
  const changed = Object.fromEntries(
    Object.entries(settings).filter(([name, value]) => value !== defaults[name]),
  );
  if (Object.keys(changed).length === 0) return validation;
  const measured = tuned.find((each) => sameSettings(each.settings, changed))?.validation;
  return measured ?? (validation === undefined ? undefined : { ...validation, ofDefaults: true });
}

function sameSettings(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
