import { blockOpId } from '../../../model/io-tables.ts';
import type { Context } from '../../context.ts';
import { type FioJob, fioBytes, fioJobs } from './fio-jobs.ts';
import { requestModel } from './requests.ts';

/** A job and the thread whose requests are its own. */
export interface MatchedJob {
  readonly job: FioJob;
  /** Rows of the request table in the order of completion; empty where no thread fits. */
  readonly rows: readonly number[];
  readonly tid: number;
  readonly how: string;
}

/** Part of a thread's requests that must lie where the job reads or writes: a partition table is read by anybody. */
const MOST = 0.95;

interface Candidate {
  readonly tid: number;
  readonly op: number;
  readonly rows: number[];
}

/**
 * Which thread is which job of fio. fio's report tells no thread ids, and all its threads are called
 * fio: a thread can be a job's when operation, size, offsets and IO class of its requests fit the job's
 * options. Among those that can, jobs go to threads in order (fio forks them one after the other, ids
 * ascend) such that the numbers of IOs differ least.
 */
export function fioThreads(context: Context): MatchedJob[] {
  const jobs = context.derive(fioJobs);
  const threads = candidates(context);
  const chosen = align(jobs, threads, (job, thread) =>
    fits(context, job, thread)
      ? Math.abs(job.ios - thread.rows.length) / Math.max(job.ios, thread.rows.length)
      : 2,
  );
  return jobs.map((job, i) => {
    const at = chosen[i] as number;
    const thread = at < 0 ? undefined : threads[at];
    if (thread === undefined) return { job, rows: [], tid: -1, how: '' };
    const rivals = threads.filter((each) => fits(context, job, each)).length;
    const how =
      rivals === 1
        ? 'the only thread with such requests'
        : `of ${rivals} threads with such requests, in the order of their ids, the one with ${thread.rows.length === job.ios ? 'as many' : 'about as many'}`;
    return { job, rows: thread.rows, tid: thread.tid, how };
  });
}

function candidates(context: Context): Candidate[] {
  const { requests, completed } = context.derive(requestModel);
  const { submitter, op } = requests.columns;
  const { tid } = context.trace.tables.threads.columns;
  const found = new Map<string, Candidate>();
  for (const row of completed) {
    if (op[row] !== blockOpId.read && op[row] !== blockOpId.write) continue;
    const id = tid[submitter[row] as number] as number;
    const key = `${id} ${op[row]}`;
    const own = found.get(key);
    if (own === undefined) found.set(key, { tid: id, op: op[row] as number, rows: [row] });
    else own.rows.push(row);
  }
  return [...found.values()].sort((a, b) => a.tid - b.tid || a.op - b.op);
}

const classes: Readonly<Record<string, number>> = { '1': 1, '2': 2, '3': 3, rt: 1, be: 2, idle: 3 };

function fits(context: Context, { op, options }: FioJob, thread: Candidate): boolean {
  if (!isDirect(options) || thread.op !== blockOpId[op as 'read' | 'write']) return false;
  const { sector, bytes, ioprio } = context.derive(requestModel).requests.columns;
  const size = fioBytes(options.get('bs') ?? options.get('blocksize') ?? '4k');
  const from = fioBytes(options.get('offset') ?? '0');
  const to = from + fioBytes(options.get('size'));
  const ioClass = classes[options.get('prioclass') ?? ''];
  const good = thread.rows.filter((row) => {
    const at = (sector[row] as number) * 512;
    return (
      (Number.isNaN(size) || bytes[row] === size) &&
      (Number.isNaN(from) || at >= from) &&
      (Number.isNaN(to) || at < to) &&
      (ioClass === undefined || (ioprio[row] as number) >>> 13 === ioClass || ioprio[row] === 0xffff)
    );
  });
  return good.length >= thread.rows.length * MOST;
}

export function isDirect(options: ReadonlyMap<string, string>): boolean {
  return options.get('direct') === '1';
}

/**
 * Pairs rows with columns in order, such that the sum of costs is least; a row without a partner costs
 * 1, so that what costs more is left alone. Index of the column per row, −1 = none.
 */
export function align<Row, Column>(
  rows: readonly Row[],
  columns: readonly Column[],
  costOf: (row: Row, column: Column) => number,
): number[] {
  const width = columns.length + 1;
  const best = new Float64Array((rows.length + 1) * width);
  const took = new Uint8Array(best.length);
  for (let i = 1; i <= rows.length; i++) {
    best[i * width] = i;
    for (let j = 1; j < width; j++) {
      const pair =
        (best[(i - 1) * width + j - 1] as number) + costOf(rows[i - 1] as Row, columns[j - 1] as Column);
      const skipRow = (best[(i - 1) * width + j] as number) + 1;
      const skipColumn = best[i * width + j - 1] as number;
      const least = Math.min(pair, skipRow, skipColumn);
      best[i * width + j] = least;
      took[i * width + j] = least === pair ? 1 : least === skipColumn ? 2 : 0;
    }
  }
  const found = rows.map(() => -1);
  for (let i = rows.length, j = columns.length; i > 0 && j > 0; ) {
    const step = took[i * width + j];
    if (step === 1) found[--i] = --j;
    else if (step === 2) j--;
    else i--;
  }
  return found;
}
