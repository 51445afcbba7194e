import { expect, it } from 'vitest';
import { kernelFilesImporter } from '../../workers/importers/kernel-files.ts';
import { importRun } from '../support/import.ts';

/** A reader that tries every place of a line against every other would not come back from these. */
it.each([
  ['empty lines', '\n'],
  ['blanks', ' '],
  ['numbers', '1 '],
])("the scheduler's debug file survives a megabyte of %s", (_, piece) => {
  const head =
    'Sched Debug Version: v0.11, 6.18.44 #1\n\ncpu#0, 2599.998 MHz\n  .nr_running : 2\n\nrunnable tasks:\n S            task   PID\n';
  const long = piece.repeat((1 << 20) / piece.length);
  const trace = importRun([
    kernelFilesImporter,
    Buffer.from(`${head} S x${long}\n${long}`),
    'sys@kernel@debug@sched@debug',
  ]);
  expect(trace.tables.counters.length).toBe(1);
});
