import { frameKindId } from '../model/tables.ts';
import type { Need } from './analyzer.ts';
import { profileEvents } from './derived/event-summary.ts';
import { coverage } from './derived/sched/coverage.ts';

const record = 'perf record -F 499 -a -g -- sleep 30 && perf script --header > perf.txt';

export const needsSamples: Need = {
  missing: 'samples of a profile',
  captureWith: record,
  met: (_, context) => context.derive(profileEvents).length > 0,
};

export const needsStacks: Need = {
  missing: 'samples with call stacks (the capture was recorded without -g)',
  captureWith: record,
  met: ({ tables }, context) => {
    const [primary] = context.derive(profileEvents);
    const { event, stack } = tables.samples.columns;
    return stack.some((id, row) => id !== 0 && event[row] === primary?.id);
  },
};

export const needsTimes: Need = {
  missing: 'samples with times (folded stacks and perf script without the time field have none)',
  captureWith: record,
  met: ({ tables }) => tables.samples.columns.time.some((time) => !Number.isNaN(time)),
};

const recordSwitches =
  'perf record -k CLOCK_MONOTONIC -e sched:sched_switch,sched:sched_wakeup,sched:sched_wakeup_new -a -g -- sleep 30 && perf script --ns --header > sched.txt';

export const needsSwitches: Need = {
  missing: 'context switches (sched_switch, sched_wakeup and sched_wakeup_new events)',
  captureWith: recordSwitches,
  met: (_, context) => context.derive(coverage).used.length > 0,
};

/** Integer clocks (x86-tsc, counter, uptime) order events and tell no durations. */
export const needsSeconds: Need = {
  missing:
    'context switches stamped in seconds: the trace clock counts something else (x86-tsc, counter, uptime)',
  captureWith: 'echo mono > /sys/kernel/tracing/trace_clock   # before recording; trace-cmd record -C mono',
  unusable: true,
  met: ({ tables }, context) => tables.switches.length === 0 || context.derive(coverage).used.length > 0,
};

export const needsWakeups: Need = {
  missing: 'wake-ups (sched_wakeup or sched_waking events)',
  captureWith: recordSwitches,
  met: (_, context) => context.derive(coverage).wakeups !== 'none',
};

/** Folded stacks tell kernel, run-time compiled and inlined code from the rest only by marks, `_[k]`, `_[j]`, `_[i]`. */
export const needsKinds: Need = {
  missing: 'marks in these folded stacks that tell kernel from user code',
  captureWith: 'vtune fold --all --inline perf.txt > stacks.folded   # or give perf.txt itself',
  met: ({ imports, tables }) =>
    imports.some(({ importer }) => importer !== 'folded') ||
    tables.frames.columns.kind.some((kind) => kind === frameKindId.kernel || kind === frameKindId.jit),
};
