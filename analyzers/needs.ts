import type { Need } from './analyzer.ts';

const record = 'perf record -F 499 -a -g -- sleep 30 && perf script --header > perf.txt';

export const needsSamples: Need = {
  missing: 'samples',
  captureWith: record,
  met: ({ tables }) => tables.samples.length > 0,
};

export const needsStacks: Need = {
  missing: 'samples with call stacks (the capture was recorded without -g)',
  captureWith: record,
  met: ({ tables }) => tables.samples.columns.stack.some((stack) => stack !== 0),
};

export const needsTimes: Need = {
  missing: 'samples with times (folded stacks and perf script without the time field have none)',
  captureWith: record,
  met: ({ tables }) => tables.samples.columns.time.some((time) => !Number.isNaN(time)),
};
