import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { Problem, type ProblemDetails } from '../model/problem.ts';

/** Names of the worker entries beside this file. */
export type WorkerTask =
  | 'ingest-task'
  | 'analysis-task'
  | 'tree-task'
  | 'compare-task'
  | 'history-task'
  | 'outliers-task'
  | 'simulate-task';

/**
 * Worker threads that run compiled entries. Node 20 cannot load TypeScript in a worker, so when
 * this file itself runs as TypeScript (under the test runner) the entries come from `dist`.
 */
export class WorkerPool {
  readonly #piscina: Piscina;
  readonly #directory: URL;

  constructor(threads: number, directory: URL = compiledDirectory()) {
    this.#directory = directory;
    this.#piscina = new Piscina({
      minThreads: 1,
      maxThreads: Math.max(1, threads),
      // A thread without work for a moment is kept: starting another, and warming it up, is dear.
      idleTimeout: 60_000,
      // A shared column crosses threads by reference; nothing is worth transferring.
      atomics: 'disabled',
    });
  }

  /**
   * Runs one task; `doing` names it in the error when its worker dies. A task that returns
   * `{problem}` found the fault in its input: a Problem does not cross threads, so it is thrown here.
   */
  async run<Result>(task: WorkerTask, input: unknown, doing: string): Promise<Result> {
    const result = await this.#run(task, input, doing);
    if (typeof result === 'object' && result !== null && 'problem' in result) {
      throw new Problem(result.problem as ProblemDetails);
    }
    return result as Result;
  }

  async #run(task: WorkerTask, input: unknown, doing: string): Promise<unknown> {
    try {
      return await this.#piscina.run(input, { filename: new URL(`${task}.js`, this.#directory).href });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Problem(
        {
          code: 'worker-died',
          message: `a worker thread stopped while ${doing} (${reason})`,
          hint: 'try again with --jobs 1, and report it if that fails too',
        },
        { cause: error },
      );
    }
  }

  async close(): Promise<void> {
    await this.#piscina.destroy();
  }
}

function compiledDirectory(): URL {
  const here = import.meta.url;
  if (fileURLToPath(here).endsWith('.ts')) return new URL('../dist/workers/', here);
  return new URL('./', here);
}
