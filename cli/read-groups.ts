import { availableParallelism } from 'node:os';
import { Problem } from '../model/problem.ts';
import type { SavedRun } from '../model/saved-run.ts';
import type { SkippedInput } from '../model/trace.ts';
import type { Analysis, AnalysisTask } from '../workers/analysis-task.ts';
import type { RunGroup } from '../workers/compare-task.ts';
import { defaultImportOptions } from '../workers/importers/importer.ts';
import { ingest } from '../workers/ingest.ts';
import { WorkerPool } from '../workers/pool.ts';
import { findRuns, type RunSource } from '../workers/runs.ts';
import { readSavedRun } from '../workers/saved-runs.ts';
import { startCounting } from './progress.ts';
import type { ReadOptions } from './read-trace.ts';
import { version } from './version.ts';

export interface GroupPaths {
  readonly name: string;
  readonly paths: readonly string[];
}

export interface ReadGroups {
  readonly groups: readonly RunGroup[];
  readonly skippedInputs: readonly SkippedInput[];
}

/** Finds and reads the runs of every group, several at a time, and hands them on with the pool. */
export async function readGroups<Result>(
  paths: readonly GroupPaths[],
  options: ReadOptions,
  use: (read: ReadGroups, pool: WorkerPool) => Promise<Result>,
): Promise<Result> {
  const jobs = options.jobs ?? availableParallelism();
  const pool = new WorkerPool(jobs);
  const progress = startCounting(options.quiet ?? false, 'runs');
  const skippedInputs: SkippedInput[] = [];
  try {
    const found = await Promise.all(
      paths.map(async ({ name, paths: own }) => ({
        name,
        sources: (await Promise.all(own.map(findRuns))).flat(),
      })),
    );
    for (const { name, sources } of found) refuseTwice(name, sources);
    const all = found.flatMap(({ sources }) => sources);
    const runs = new Map<RunSource, SavedRun>();
    let [next, done] = [0, 0];
    const reader = async (): Promise<void> => {
      for (;;) {
        const source = all[next++];
        if (source === undefined) return;
        const run = await readRun(source, pool, skippedInputs);
        runs.set(source, run);
        progress.update(++done, all.length);
      }
    };
    await Promise.all(Array.from({ length: Math.min(jobs, all.length) }, reader));
    progress.stop();
    const groups = found.map(({ name, sources }) => ({
      name,
      runs: sources.map((source) => runs.get(source) as SavedRun),
    }));
    return await use({ groups, skippedInputs }, pool);
  } finally {
    progress.stop();
    await pool.close();
  }
}

/** One file given twice would be two runs that agree suspiciously well. */
function refuseTwice(group: string, sources: readonly RunSource[]): void {
  const seen = new Set<string>();
  for (const { name } of sources) {
    if (seen.has(name)) {
      throw new Problem({
        code: 'usage',
        message: `is given twice in ${group}`,
        file: name,
        hint: 'every run counts once',
      });
    }
    seen.add(name);
  }
}

async function readRun(source: RunSource, pool: WorkerPool, skipped: SkippedInput[]): Promise<SavedRun> {
  const only =
    source.members === undefined ? undefined : (name: string): boolean => source.members?.has(name) ?? false;
  if (source.kind === 'saved') {
    const saved = await readSavedRun(source.paths[0] ?? '', only);
    return { ...saved, run: { ...saved.run, name: source.name } };
  }
  const trace = await ingest(source.paths, {
    pool,
    jobs: 1,
    imports: defaultImportOptions,
    labels: source.labels,
    ...(only === undefined ? {} : { only }),
  });
  skipped.push(...trace.skippedInputs);
  // Phases are of one run; what is compared between runs does not hang on them.
  const task: AnalysisTask = { trace, version, options: { phases: false }, save: 'only' };
  const { saved } = await pool.run<Analysis>('analysis-task', task, `analysing ${source.name}`);
  if (saved === undefined) throw new Error('the analysis saved nothing');
  return { ...saved, run: { ...saved.run, name: source.name } };
}
