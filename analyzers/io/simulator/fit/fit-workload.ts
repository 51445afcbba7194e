import { deviceNumber, NO_IOPRIO } from '../../../../model/io-tables.ts';
import type { CapturedTask, Workload } from '../../../../model/simulation.ts';
import type { Context } from '../../../context.ts';
import { firstSeen, type RequestColumns } from '../../../derived/io/request-table.ts';
import { requestModel } from '../../../derived/io/requests.ts';
import { capturedTask } from './captured-task.ts';
import { type IssuedRequests, issuedOf } from './issued-requests.ts';
import { depthOfLoop, loopTask } from './loop-task.ts';
import { busyTime, type CaptureSpan, isMove, type Rows } from './request-rows.ts';
import { divideWriteBack, type Group, groupTasks } from './task-groups.ts';
import { WRITE_BACK, writeBackTask } from './write-back-task.ts';

export interface FittedWorkload {
  readonly workload: Workload;
  /** What each task was measured to do, in the order of the tasks. */
  readonly measured: readonly CapturedTask[];
  /** major << 20 | minor of the device with most requests. */
  readonly device: number;
  readonly issued: IssuedRequests;
  /** What was assumed and what was left out, with counts. */
  readonly notes: readonly string[];
}

/** Tasks of fewer requests say nothing of a pattern. */
const FEWEST = 10;
/** Unless they waited for them for this share of the run: then there are few because it was starved. */
const STARVED = 0.5;
/** More threads than are simulated one by one: those with most requests are. */
const MOST_TASKS = 255;
/** A task with several in flight that had any for less than this share of the run did not run in a loop. */
const IN_BURSTS = 0.2;

/**
 * The closed-loop workload behind a block trace: a task per submitting thread (and per operation, when it keeps
 * several in flight), and one buffered writer for all write-back. Undefined without completed reads or writes.
 */
export function fitWorkload(context: Context, name: string): FittedWorkload | undefined {
  const { requests, completed, lost } = context.derive(requestModel);
  const columns = requests.columns;
  const device = busiest(columns.device, completed);
  if (device === undefined) return undefined;
  const own = Array.from(completed).filter((row) => columns.device[row] === device);
  const moves = movesOf(columns, own);
  if (moves.length === 0) return undefined;
  const begin = firstSeen(columns, moves[0] as number);
  const end = moves.reduce((latest, row) => Math.max(latest, columns.complete[row] as number), 0);
  const { direct, behind, around } = divideWriteBack(columns, moves);
  const groups = groupTasks(context, direct);
  const { kept, bursts, few } = loopsOf(columns, groups, end - begin);
  const span: CaptureSpan = { columns, begin, duration: submissionTime(columns, kept, begin, end) };
  const tasks = kept.map((group) => loopTask(span, group));
  const measured = kept.map(({ label, rows, job, held }) =>
    capturedTask(span, {
      task: label,
      rows,
      writeBack: false,
      held,
      ...(job === undefined ? {} : { job: job.job }),
    }),
  );
  if (behind.length >= FEWEST) {
    tasks.push(writeBackTask(span, behind));
    measured.push(capturedTask(span, { task: WRITE_BACK, rows: behind, writeBack: true, held: 0 }));
  }
  if (tasks.length === 0) return undefined;
  const others = own.length - moves.length;
  const notes = [
    `${moves.length} requests of ${deviceNumber(device)} made ${tasks.length} tasks`,
    ...kept.flatMap(depthNote),
    ...(moves.every((row) => columns.ioprio[row] === NO_IOPRIO)
      ? [
          'no IO priorities in the capture (ftrace and perf have them, blktrace has not): all tasks are taken for best effort',
        ]
      : []),
    ...(behind.length > 0
      ? [
          `${behind.length} written back for buffered writers, who are modelled as one: how fast they would write on another device cannot be seen from below the page cache`,
        ]
      : []),
    ...(around > 0 ? [`${around} of these somebody waited for: they lie among the others`] : []),
    ...(bursts > 0
      ? [
          `${bursts} came many at once for less than ${IN_BURSTS * 100} % of the time: left out, as that is no loop`,
        ]
      : []),
    ...(few > 0
      ? [`${few} of threads with fewer than ${FEWEST}, or beyond the ${MOST_TASKS} busiest, left out`]
      : []),
    ...(others > 0 ? [`${others} discards, flushes and commands left out`] : []),
    ...(lost > 0 ? [`${lost} left out: their completion is not in the capture`] : []),
    ...(completed.length > own.length ? [`${completed.length - own.length} of other devices left out`] : []),
  ];
  return {
    workload: { name, tasks, duration: span.duration, ...pageCacheOf(measured) },
    measured,
    device,
    issued: issuedOf(columns, moves),
    notes,
  };
}

/** The kernel will have taken the device's writing to be about as fast as it was seen to be. */
function pageCacheOf(measured: readonly CapturedTask[]): Pick<Workload, 'pageCache'> {
  const writeBack = measured.find((task) => task.writeBack);
  if (writeBack === undefined) return {};
  const speed = Math.max(4096, Math.round(writeBack.byteRate));
  return { pageCache: { writeEstimates: { bandwidth: speed, limit: speed } } };
}

function busiest(device: Uint32Array, completed: Uint32Array): number | undefined {
  const counts = new Map<number, number>();
  for (const row of completed) {
    const of = device[row] as number;
    counts.set(of, (counts.get(of) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0];
}

/** Reads and writes of data, by the time they were first seen. */
function movesOf(columns: RequestColumns, rows: Rows): Rows {
  const moves = (row: number): boolean =>
    isMove(columns.op[row]) && (columns.sector[row] as number) >= 0 && (columns.bytes[row] as number) >= 512;
  return rows.filter(moves).sort((a, b) => firstSeen(columns, a) - firstSeen(columns, b) || a - b);
}

/** Which groups are loops worth simulating; how many requests are not, and why. */
function loopsOf(
  columns: RequestColumns,
  groups: readonly Group[],
  time: number,
): { readonly kept: readonly Group[]; readonly bursts: number; readonly few: number } {
  const count = (of: readonly Group[]): number => of.reduce((sum, { rows }) => sum + rows.length, 0);
  const isBurst = ({ rows, depth }: Group): boolean =>
    depth > 1 && rows.length >= FEWEST && busyTime(columns, rows) < IN_BURSTS * time;
  const isStarved = ({ rows, depth }: Group): boolean =>
    depth === 1 && rows.length > 1 && busyTime(columns, rows) >= STARVED * time;
  const kept = groups
    .filter((group) => (group.rows.length >= FEWEST && !isBurst(group)) || isStarved(group))
    .sort((a, b) => b.rows.length - a.rows.length)
    .slice(0, MOST_TASKS)
    .sort((a, b) => groups.indexOf(a) - groups.indexOf(b));
  const bursts = count(groups.filter(isBurst));
  return { kept, bursts, few: count(groups) - bursts - count(kept) };
}

/** ns until the last submission of a loop: what is still on its way then drains, in the capture as in the model. */
function submissionTime(columns: RequestColumns, kept: readonly Group[], begin: number, end: number): number {
  const last = kept.reduce((most, { rows }) => Math.max(most, firstSeen(columns, rows.at(-1) as number)), 0);
  return Math.min(3600e9, Math.max(1e6, Math.round((kept.length > 0 ? last : end) - begin)));
}

function depthNote(group: Group): readonly string[] {
  const { depth, known } = depthOfLoop(group);
  if (known === 'fio' && depth !== group.depth)
    return [`${group.label}: ${depth} in flight as its fio job says; ${group.depth} at most were seen`];
  if (known !== 'assumed') return [];
  return [
    `${group.label}: ${group.depth} in flight were seen, but for ${Math.round(group.held * 100)} % of its time it waited for a tag: how many it would have is not seen, ${depth} are assumed (another number: --save-workload, change depth, simulate that file)`,
  ];
}
