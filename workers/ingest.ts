import { TraceMerger } from '../model/merge.ts';
import { Problem } from '../model/problem.ts';
import type { Tables } from '../model/tables.ts';
import type { Chunk, SkippedInput, Trace } from '../model/trace.ts';
import { isInside } from './archive-path.ts';
import { type Content, contentsOf } from './content.ts';
import type { ImportOptions } from './importers/importer.ts';
import { type Input, resolveInputs } from './inputs.ts';
import { chooseImporter, type Plan, slicesOf } from './plan.ts';
import type { WorkerPool } from './pool.ts';
import type { IngestResult, IngestTask, Slice } from './tasks.ts';

export interface IngestOptions {
  readonly pool: WorkerPool;
  /** Worker threads; slices in flight are bounded by it, and with them memory. */
  readonly jobs: number;
  readonly imports: ImportOptions;
  readonly labels?: Readonly<Record<string, string>>;
  /** Which contents to read, by name: of an archive, the members of one run. All when absent. */
  readonly only?: (name: string) => boolean;
  /** Bytes read so far and bytes there are on disk (0 = unknown). */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Reads every input into one trace. Files are read by workers in slices and merged in file order,
 * so the trace is the same for every number of workers. An input nobody can read is noted and
 * left out; when nothing at all can be read, its Problem is thrown.
 */
export async function ingest(paths: readonly string[], options: IngestOptions): Promise<Trace> {
  const inputs = await resolveInputs(paths);
  const total = inputs.reduce((sum, { size }) => sum + size, 0);
  const merger = new TraceMerger();
  const skipped: SkippedInput[] = [];
  let firstProblem: Problem | undefined;
  let done = 0;
  let read = 0;
  const onRead = (bytes: number): void => {
    done += bytes;
    options.onProgress?.(done, total);
  };
  for (const input of inputs) {
    try {
      for await (const content of contentsOf(input.path, onRead)) {
        if (options.only?.(content.name) === false) continue;
        if (input.inside !== undefined && !isInside(content.name, input.path, input.inside)) continue;
        try {
          await readContent(content, merger, options, content.kind === 'file' ? onRead : undefined);
          read++;
        } catch (error) {
          firstProblem = note(error, content.name, skipped, firstProblem);
        }
      }
    } catch (error) {
      if (inputs.length === 1 && read === 0) throw error;
      firstProblem = note(error, input.path, skipped, firstProblem);
    }
  }
  if (read === 0 && skipped.length === 0) throw nothingInside(inputs);
  if (read === 0) throw nothingRead(skipped, firstProblem);
  return merger.finish(options.labels ?? {}, skipped);
}

async function readContent(
  content: Content,
  merger: TraceMerger,
  options: IngestOptions,
  onRead: ((bytes: number) => void) | undefined,
): Promise<void> {
  const plan = await chooseImporter(content, options.imports);
  const slices = slicesOf(content, plan, options.jobs);
  const pending: { chunk: Promise<Chunk>; bytes: number }[] = [];
  const spares: Tables[] = [];
  let bytes = 0;
  let merged = 0;
  merger.beginFile();
  const mergeOldest = async (): Promise<void> => {
    const oldest = pending.shift();
    if (oldest === undefined) return;
    merged += oldest.bytes;
    const rest = content.kind === 'file' ? (content.size - merged) / oldest.bytes : 0;
    const chunk = await oldest.chunk;
    merger.add(chunk, rest);
    spares.push(chunk.tables);
    onRead?.(oldest.bytes);
  };
  for await (const slice of slices) {
    const size = slice.kind === 'range' ? slice.end - slice.start : slice.bytes.length;
    const chunk = parseInWorker(slice, plan, options.pool, spares.pop());
    // Awaited in order below; without a handler of its own an early failure would end the process.
    chunk.catch(() => undefined);
    pending.push({ chunk, bytes: size });
    bytes += size;
    if (pending.length > options.jobs) await mergeOldest();
  }
  while (pending.length > 0) await mergeOldest();
  const failure = content.kind === 'stream' ? content.failure() : undefined;
  merger.endFile({
    file: content.name,
    importer: plan.importer.id,
    bytes,
    encodings: content.encodings,
    ...(failure === undefined ? {} : { problem: `ends early: ${failure} after ${bytes} bytes` }),
  });
}

async function parseInWorker(
  slice: Slice,
  { importer, source }: Plan,
  pool: WorkerPool,
  spare: Tables | undefined,
): Promise<Chunk> {
  const task: IngestTask = {
    importer: importer.id,
    source,
    slice,
    ...(spare === undefined ? {} : { spare }),
  };
  const { chunk } = await pool.run<IngestResult>('ingest-task', task, `reading ${source.name}`);
  return chunk;
}

/** Files the reason an input was left out. Only problems of inputs are; anything else is a defect and passes. */
function note(
  error: unknown,
  file: string,
  skipped: SkippedInput[],
  first: Problem | undefined,
): Problem | undefined {
  if (!(error instanceof Problem) || error.details.code === 'worker-died') throw error;
  const { message, hint } = error.details;
  skipped.push({ file, why: hint === undefined ? message : `${message}; ${hint}` });
  return first ?? error;
}

/** An archive was read through, and nothing in it was where the user said. */
function nothingInside(inputs: readonly Input[]): Problem {
  const [first] = inputs;
  return new Problem({
    code: 'not-found',
    message: `holds nothing at ${first?.inside ?? ''}`,
    file: first?.path ?? '',
    hint: 'list it with tar tf',
  });
}

function nothingRead(skipped: readonly SkippedInput[], first: Problem | undefined): Problem {
  if (skipped.length === 1 && first !== undefined) return first;
  const shown = skipped.slice(0, 3).map(({ file, why }) => `${file} ${why.split(';')[0]}`);
  const more = skipped.length > 3 ? ` and ${skipped.length - 3} more` : '';
  return new Problem({
    code: 'unknown-format',
    message: `none of ${skipped.length} files can be read: ${shown.join(', ')}${more}`,
    hint: 'vtune formats lists what can be read',
  });
}
