import { availableParallelism } from 'node:os';
import { InvalidArgumentError, Option } from 'commander';
import { Problem } from '../model/problem.ts';
import type { Trace } from '../model/trace.ts';
import { visibleText } from '../model/visible-text.ts';
import type { ImportOptions } from '../workers/importers/importer.ts';
import { ingest } from '../workers/ingest.ts';
import { WorkerPool } from '../workers/pool.ts';
import { startProgress } from './progress.ts';

/** Lines about files that were not read. */
const MOST_SKIPPED = 8;

/** Options every command that reads captures has. */
export interface ReadOptions {
  readonly jobs?: number;
  readonly quiet?: boolean;
}

export function jobsOption(): Option {
  return new Option('--jobs <n>', 'worker threads').argParser((text) => {
    const jobs = Number(text);
    if (!Number.isInteger(jobs) || jobs < 1 || jobs > 256) {
      throw new InvalidArgumentError('expected a whole number from 1 to 256.');
    }
    return jobs;
  });
}

/** Reads captures into one trace with a progress bar, and hands the pool on to what follows. */
export async function withTrace<Result>(
  paths: readonly string[],
  imports: ImportOptions,
  options: ReadOptions & { readonly labels?: Readonly<Record<string, string>> },
  use: (trace: Trace, pool: WorkerPool) => Promise<Result>,
): Promise<Result> {
  const jobs = options.jobs ?? availableParallelism();
  const pool = new WorkerPool(jobs);
  const progress = startProgress(options.quiet ?? false);
  try {
    const trace = await ingest(paths, {
      pool,
      jobs,
      imports,
      labels: options.labels ?? {},
      onProgress: progress.update,
    }).finally(progress.stop);
    if (!options.quiet) warnOfLosses(trace);
    return await use(trace, pool);
  } finally {
    await pool.close();
  }
}

/** What to read when no PATH was given: stdin, unless that is a keyboard. */
export function inputsOf(paths: readonly string[]): readonly string[] {
  if (paths.length > 0) return paths;
  if (!process.stdin.isTTY) return ['-'];
  throw new Problem({ code: 'usage', message: 'nothing to read', hint: 'give a PATH, or pipe a capture in' });
}

/** A report about nothing would look like good news. */
export function requireSamples({ tables, imports }: Trace): void {
  if (tables.samples.length > 0) return;
  const [first] = imports;
  throw new Problem({
    code: 'no-samples',
    message: imports.length === 1 ? 'holds no samples' : `none of ${imports.length} files holds a sample`,
    ...(imports.length === 1 && first !== undefined ? { file: first.file } : {}),
    hint: 'was anything running? record again: perf record -F 499 -a -g -- sleep 30 && perf script --header > perf.txt',
  });
}

/** Throws when a trace holds nothing an analyzer could judge. */
export function requireRecords(trace: Trace): void {
  const { switches, wakeups, migrations, lifecycle, calls, blockEvents } = trace.tables;
  const { taskSamples, counters, marks, dirtyPauses, vmTransitions } = trace.tables;
  const events = [switches, wakeups, migrations, lifecycle, calls, blockEvents, dirtyPauses, vmTransitions];
  const logs = [...events, taskSamples, counters, marks];
  // Settings alone can be judged: they conflict, or lack what would tell their effect.
  const hasSettings = trace.imports.some(
    ({ importer, records }) => records > 0 && (importer === 'settings' || importer === 'kernel-files'),
  );
  if (!hasSettings && logs.every(({ length }) => length === 0)) requireSamples(trace);
}

/** One line on stderr for every input that was not read whole. */
function warnOfLosses(trace: Trace): void {
  // A copied tree of /proc holds hundreds of files nobody asks about: the report lists them all.
  for (const { file, why } of trace.skippedInputs.slice(0, MOST_SKIPPED))
    process.stderr.write(`vtune: skipped ${visibleText(`${file}: ${why}`)}\n`);
  const more = trace.skippedInputs.length - MOST_SKIPPED;
  if (more > 0) process.stderr.write(`vtune: skipped ${more} more files, which the report lists\n`);
  for (const { file, problem, skipped, firstSkipped } of trace.imports) {
    if (problem !== undefined) process.stderr.write(`vtune: ${visibleText(`${file} ${problem}`)}\n`);
    if (skipped > 0) {
      const what = skipped === 1 ? '1 line was' : `${skipped} lines were`;
      process.stderr.write(
        `vtune: ${visibleText(`${file} at byte ${firstSkipped}: ${what} not understood and skipped`)}\n`,
      );
    }
  }
}
