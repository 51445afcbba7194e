import { frameKindId } from '../model/tables.ts';
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

/** Folded stacks tell kernel, run-time compiled and inlined code from the rest only by marks, `_[k]`, `_[j]`, `_[i]`. */
export const needsKinds: Need = {
  missing: 'marks in these folded stacks that tell kernel from user code',
  captureWith: 'vtune fold --all --inline perf.txt > stacks.folded   # or give perf.txt itself',
  met: ({ imports, tables }) =>
    imports.some(({ importer }) => importer !== 'folded') ||
    tables.frames.columns.kind.some((kind) => kind === frameKindId.kernel || kind === frameKindId.jit),
};
