import { blockFlag, blockOpId } from '../../../../model/io-tables.ts';
import type { Context } from '../../../context.ts';
import type { FioJob } from '../../../derived/io/fio-jobs.ts';
import { fioThreads } from '../../../derived/io/fio-threads.ts';
import { requestLabels } from '../../../derived/io/request-labels.ts';
import { firstSeen, type RequestColumns } from '../../../derived/io/request-table.ts';
import { requestModel } from '../../../derived/io/requests.ts';
import type { Rows } from './request-rows.ts';

/** A task that had nothing else in flight at this share of its submissions works one at a time. */
const ONE_AT_A_TIME = 0.9;
/** Most operations a task is said to have in flight. */
const DEEPEST = 4096;

/** Requests of one loop: of a thread, or of one operation of a thread that keeps several in flight. */
export interface Group {
  readonly label: string;
  readonly rows: Rows;
  /** Most in flight at once; 1 when it nearly always waits for one before it submits the next. */
  readonly depth: number;
  /** Share of the time in which it submitted that it stood waiting for a request to fill in (queue → getrq). */
  readonly held: number;
  /** The job of fio it is, where fio's report lies beside the trace. */
  readonly job?: FioJob;
}

/** Write-back is what nobody waits for, and synchronous writes among it: an fsync, the last close of the device. */
export function divideWriteBack(
  columns: RequestColumns,
  moves: Rows,
): { readonly direct: Rows; readonly behind: Rows; readonly around: number } {
  const isWrite = (row: number): boolean => columns.op[row] === blockOpId.write;
  const isSync = (row: number): boolean => ((columns.flags[row] as number) & blockFlag.sync) !== 0;
  const unwaited = moves.filter((row) => isWrite(row) && !isSync(row));
  let [low, high] = [Number.POSITIVE_INFINITY, 0];
  for (const row of unwaited) {
    low = Math.min(low, columns.sector[row] as number);
    high = Math.max(high, columns.sector[row] as number);
  }
  const among = (row: number): boolean =>
    isWrite(row) && (columns.sector[row] as number) >= low && (columns.sector[row] as number) <= high;
  const behind = moves.filter(among);
  return { direct: moves.filter((row) => !among(row)), behind, around: behind.length - unwaited.length };
}

/** Requests by who submitted them, in the order of their first ones. */
export function groupTasks(context: Context, rows: Rows): Group[] {
  const { columns } = context.derive(requestModel).requests;
  const { tid } = context.trace.tables.threads.columns;
  const labels = context.derive(requestLabels);
  const jobs = new Map(
    context.derive(fioThreads).map(({ job, tid: of }) => [`${of} ${blockOpId[job.op as 'read']}`, job]),
  );
  const byThread = new Map<number, number[]>();
  for (const row of rows) {
    const thread = columns.submitter[row] as number;
    const of = byThread.get(thread);
    if (of === undefined) byThread.set(thread, [row]);
    else of.push(row);
  }
  return [...byThread].flatMap(([thread, own]): Group[] => {
    const label = labels.thread(own[0] as number);
    const group = (name: string, of: Rows, depth: number): Group => {
      const job = jobs.get(`${tid[thread]} ${usualOf(columns, of)}`);
      const held = depth === 1 ? 0 : heldShare(columns, of);
      return { label: name, rows: of, depth, held, ...(job === undefined ? {} : { job }) };
    };
    const whole = depthOf(columns, own);
    const parts = (['read', 'write'] as const).map((op) => ({
      op,
      part: own.filter((row) => columns.op[row] === blockOpId[op]),
    }));
    if (whole === 1 && !apart(columns, parts[0]?.part ?? [], parts[1]?.part ?? []))
      return [group(label, own, 1)];
    return parts.flatMap(({ op, part }) => {
      return part.length === 0 ? [] : [group(`${label} ${op}`, part, depthOf(columns, part))];
    });
  });
}

/** One operation was over before the other began: two things a thread did, as flushing a cache before it reads. */
function apart(columns: RequestColumns, reads: Rows, writes: Rows): boolean {
  const [firstRead, firstWrite] = [reads[0], writes[0]];
  if (firstRead === undefined || firstWrite === undefined) return false;
  const before = (rows: Rows, row: number): boolean =>
    firstSeen(columns, rows.at(-1) as number) < firstSeen(columns, row);
  return before(reads, firstWrite) || before(writes, firstRead);
}

/** The operation most of them are. */
function usualOf({ op }: RequestColumns, rows: Rows): number {
  const reads = rows.filter((row) => op[row] === blockOpId.read).length;
  return 2 * reads >= rows.length ? blockOpId.read : blockOpId.write;
}

function depthOf(columns: RequestColumns, rows: Rows): number {
  const ends = Float64Array.from(rows, (row) => columns.complete[row] as number).sort();
  let [done, alone, most] = [0, 0, 1];
  for (const [i, row] of rows.entries()) {
    const time = firstSeen(columns, row);
    while (done < ends.length && (ends[done] as number) <= time) done++;
    const inFlight = Math.max(0, i - done);
    if (inFlight === 0) alone++;
    most = Math.max(most, inFlight + 1);
  }
  return alone >= ONE_AT_A_TIME * rows.length ? 1 : Math.min(most, DEEPEST);
}

/** A thread that gets no request waits in its system call: what else it would submit then, nobody sees. */
function heldShare(columns: RequestColumns, rows: Rows): number {
  const first = firstSeen(columns, rows[0] as number);
  let [waited, until] = [0, first];
  for (const row of rows) {
    const got = columns.getrq[row] as number;
    const from = Math.max(until, firstSeen(columns, row));
    if (got > from) waited += got - from;
    until = Math.max(until, got > 0 ? got : firstSeen(columns, row));
  }
  return until > first ? waited / (until - first) : 0;
}
