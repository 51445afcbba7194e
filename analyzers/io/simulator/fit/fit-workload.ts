import { blockFlag, blockOpId, deviceNumber, NO_IOPRIO } from '../../../../model/io-tables.ts';
import type { CapturedTask, RecordedOperations, TaskModel, Workload } from '../../../../model/simulation.ts';
import type { Context } from '../../../context.ts';
import { requestLabels } from '../../../derived/io/request-labels.ts';
import { firstSeen, type Requests } from '../../../derived/io/request-table.ts';
import { requestModel } from '../../../derived/io/requests.ts';
import { quantile } from '../../../stats/quantiles.ts';
import { defaultHost } from '../host.ts';
import type { IssuedRequests } from './device-replay.ts';

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
/** More threads than are simulated one by one: those with most requests are. */
const MOST_TASKS = 255;
/** A task that had nothing else in flight at this share of its submissions works one at a time. */
const ONE_AT_A_TIME = 0.9;
const SEQUENTIAL = 0.8;
/** A task with several in flight that had any for less than this share of the run did not run in a loop. */
const IN_BURSTS = 0.2;
/** Longest list of operations kept as recorded. */
const MOST_RECORDED = 200_000;
/** A task whose last request came before this share of the run had ended. */
const ENDED = 0.85;
const PAGE = 4096;
const WRITE_BACK_BYTES = 256 * 1024;

type Rows = readonly number[];

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
  const moves = own
    .filter(
      (row) =>
        isMove(columns.op[row]) &&
        (columns.sector[row] as number) >= 0 &&
        (columns.bytes[row] as number) >= 512,
    )
    .sort((a, b) => firstSeen(columns, a) - firstSeen(columns, b) || a - b);
  if (moves.length === 0) return undefined;
  const begin = firstSeen(columns, moves[0] as number);
  const end = moves.reduce((latest, row) => Math.max(latest, columns.complete[row] as number), 0);
  const duration = Math.min(3600e9, Math.max(1e6, Math.round(end - begin)));
  const { direct, behind, around } = division(columns, moves);
  const groups = groupTasks(context, direct);
  const isBurst = ({ rows, depth }: Group): boolean =>
    depth > 1 && rows.length >= FEWEST && busyTime(columns, rows) < IN_BURSTS * (end - begin);
  const bursts = groups.filter(isBurst).reduce((sum, { rows }) => sum + rows.length, 0);
  const kept = groups
    .filter((group) => group.rows.length >= FEWEST && !isBurst(group))
    .sort((a, b) => b.rows.length - a.rows.length)
    .slice(0, MOST_TASKS)
    .sort((a, b) => groups.indexOf(a) - groups.indexOf(b));
  const few = direct.length - bursts - kept.reduce((sum, { rows }) => sum + rows.length, 0);
  const facts: TaskFacts = { columns, begin, end };
  const tasks = kept.map(({ label, rows, depth }) => taskOf(facts, label, rows, depth));
  const measured = kept.map(({ label, rows }) => measure(facts, label, rows, false));
  if (behind.length >= FEWEST) {
    tasks.push(writerOf(facts, behind));
    measured.push(measure(facts, WRITE_BACK, behind, true));
  }
  if (tasks.length === 0) return undefined;
  const others = own.length - moves.length;
  const notes = [
    `${moves.length} requests of ${deviceNumber(device)} made ${tasks.length} tasks`,
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
    workload: { name, tasks, duration, ...pageCacheOf(measured) },
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

const WRITE_BACK = 'buffered writers (write-back)';

interface TaskFacts {
  readonly columns: Requests['columns'];
  /** ns, of the capture. */
  readonly begin: number;
  readonly end: number;
}

function isMove(op: number | undefined): boolean {
  return op === blockOpId.read || op === blockOpId.write;
}

function busiest(device: Uint32Array, completed: Uint32Array): number | undefined {
  const counts = new Map<number, number>();
  for (const row of completed) {
    const of = device[row] as number;
    counts.set(of, (counts.get(of) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0];
}

/** Write-back is what nobody waits for, and synchronous writes among it: an fsync, the last close of the device. */
function division(columns: Requests['columns'], moves: Rows): { direct: Rows; behind: Rows; around: number } {
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

interface Group {
  readonly label: string;
  readonly rows: Rows;
  readonly depth: number;
}

function groupTasks(context: Context, rows: Rows): Group[] {
  const { columns } = context.derive(requestModel).requests;
  const labels = context.derive(requestLabels);
  const byThread = new Map<number, number[]>();
  for (const row of rows) {
    const thread = columns.submitter[row] as number;
    const of = byThread.get(thread);
    if (of === undefined) byThread.set(thread, [row]);
    else of.push(row);
  }
  return [...byThread.values()].flatMap((own): Group[] => {
    const label = labels.thread(own[0] as number);
    const whole = depthOf(columns, own);
    if (whole === 1) return [{ label, rows: own, depth: 1 }];
    const parts = (['read', 'write'] as const).map((op) => ({
      op,
      rows: own.filter((row) => columns.op[row] === blockOpId[op]),
    }));
    return parts
      .filter((part) => part.rows.length > 0)
      .map((part) => ({ label: `${label} ${part.op}`, rows: part.rows, depth: depthOf(columns, part.rows) }));
  });
}

/** Most in flight, 1 when it nearly always waits for one before it submits the next. */
function depthOf(columns: Requests['columns'], rows: Rows): number {
  const ends = Float64Array.from(rows, (row) => columns.complete[row] as number).sort();
  let [done, alone, most] = [0, 0, 1];
  for (const [i, row] of rows.entries()) {
    const time = firstSeen(columns, row);
    while (done < ends.length && (ends[done] as number) <= time) done++;
    const inFlight = Math.max(0, i - done);
    if (inFlight === 0) alone++;
    most = Math.max(most, inFlight + 1);
  }
  return alone >= ONE_AT_A_TIME * rows.length ? 1 : Math.min(most, PAGE);
}

function taskOf({ columns, begin, end }: TaskFacts, name: string, rows: Rows, depth: number): TaskModel {
  const [low, high] = extent(columns, rows);
  const sizes = Float64Array.from(rows, (row) => columns.bytes[row] as number).sort();
  const bytes = Math.max(512, Math.floor(quantile(sizes, 0.5) / 512) * 512);
  const first = rows[0] as number;
  const latest = rows.reduce((most, row) => Math.max(most, columns.complete[row] as number), 0);
  const start = Math.max(0, Math.round(firstSeen(columns, first) - begin));
  const ioprio = columns.ioprio[first] as number;
  const priorityClass = ioprio === NO_IOPRIO ? 0 : ioprio >>> 13;
  const known = priorityClass === 1 || priorityClass === 2 || priorityClass === 3;
  const latencies = rows.map((row) => (columns.complete[row] as number) - firstSeen(columns, row));
  const meanLatency = latencies.reduce((sum, each) => sum + each, 0) / rows.length;
  // Little's law over the closed loop: depth = rate × (latency + think time).
  const cycle = (depth * (latest - begin - start)) / rows.length;
  const thinkTime = Math.max(0, Math.round(cycle - meanLatency - defaultHost.turnaround));
  const recorded = depth === 1 && rows.length <= MOST_RECORDED ? recordedOf(columns, rows) : undefined;
  return {
    name,
    pattern: followers(columns, rows) >= SEQUENTIAL ? 'sequential' : 'random',
    write: columns.op[first] === blockOpId.write,
    bytes: recorded === undefined ? bytes : Math.min(bytes, (high - low) * 512),
    offset: low * 512,
    range: Math.max(bytes, (high - low) * 512),
    depth,
    sync: ((columns.flags[first] as number) & blockFlag.sync) !== 0 || columns.op[first] === blockOpId.read,
    buffered: false,
    priorityClass: known ? priorityClass : 2,
    priorityLevel: known ? ioprio & 7 : 4,
    thinkTime: depth === 1 ? 0 : thinkTime,
    start,
    ...(latest - begin < ENDED * (end - begin) ? { operations: rows.length } : {}),
    ...(recorded === undefined ? {} : { recorded }),
  };
}

/** Operations as they were, begun anew after the last: a faster device or scheduler gets through more of them. */
function recordedOf(columns: Requests['columns'], rows: Rows): RecordedOperations {
  return {
    sector: rows.map((row) => columns.sector[row] as number),
    sectors: rows.map((row) =>
      Math.min(2 ** 16, Math.max(1, Math.round((columns.bytes[row] as number) / 512))),
    ),
    write: rows.map((row) => (columns.op[row] === blockOpId.write ? 1 : 0)),
    sync: rows.map((row) =>
      columns.op[row] === blockOpId.read || ((columns.flags[row] as number) & blockFlag.sync) !== 0 ? 1 : 0,
    ),
    thinkTime: rows.map((row, i) => {
      if (i === 0) return 0;
      const gap = firstSeen(columns, row) - (columns.complete[rows[i - 1] as number] as number);
      return Math.max(0, Math.round(gap - defaultHost.turnaround));
    }),
    repeats: true,
  };
}

/** A writer that is held back as soon as the device is busy with it half of the time; else at the pace it was seen to have. */
function writerOf({ columns, begin, end }: TaskFacts, rows: Rows): TaskModel {
  const [low, high] = extent(columns, rows);
  const bytes = rows.reduce((sum, row) => sum + (columns.bytes[row] as number), 0);
  const start = firstSeen(columns, rows[0] as number);
  const from = Math.floor((low * 512) / PAGE) * PAGE;
  const saturated = busyTime(columns, rows) >= 0.5 * (end - start);
  return {
    name: WRITE_BACK,
    pattern: followers(columns, rows) >= 0.5 ? 'sequential' : 'random',
    write: true,
    bytes: WRITE_BACK_BYTES,
    offset: from,
    range: Math.max(WRITE_BACK_BYTES, Math.ceil((high * 512 - from) / PAGE) * PAGE),
    depth: 1,
    sync: true,
    buffered: true,
    priorityClass: 2,
    priorityLevel: 4,
    thinkTime: saturated ? 0 : Math.round(((end - start) * WRITE_BACK_BYTES) / bytes),
    start: Math.max(0, Math.round(start - begin)),
  };
}

function extent(columns: Requests['columns'], rows: Rows): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, 0];
  for (const row of rows) {
    const sector = columns.sector[row] as number;
    low = Math.min(low, sector);
    high = Math.max(high, sector + Math.ceil((columns.bytes[row] as number) / 512));
  }
  return [low, high];
}

/** Share of requests that begin where the one before ended. */
function followers(columns: Requests['columns'], rows: Rows): number {
  let count = 0;
  for (let i = 1; i < rows.length; i++) {
    const [row, before] = [rows[i] as number, rows[i - 1] as number];
    if (columns.sector[row] === (columns.sector[before] as number) + (columns.bytes[before] as number) / 512)
      count++;
  }
  return rows.length < 2 ? 0 : count / (rows.length - 1);
}

/** ns in which at least one was on its way. */
function busyTime(columns: Requests['columns'], rows: Rows): number {
  let [busy, until] = [0, 0];
  for (const row of rows) {
    const from = Math.max(until, firstSeen(columns, row));
    const to = columns.complete[row] as number;
    if (to > from) busy += to - from;
    until = Math.max(until, to);
  }
  return busy;
}

function measure({ columns, begin }: TaskFacts, task: string, rows: Rows, writeBack: boolean): CapturedTask {
  const latencies = Float64Array.from(
    rows,
    (row) => (columns.complete[row] as number) - firstSeen(columns, row),
  ).sort();
  const latest = rows.reduce((most, row) => Math.max(most, columns.complete[row] as number), 0);
  const seconds = (latest - Math.max(begin, firstSeen(columns, rows[0] as number))) / 1e9;
  const bytes = rows.reduce((sum, row) => sum + (columns.bytes[row] as number), 0);
  return {
    task,
    writeBack,
    n: rows.length,
    rate: rows.length / seconds,
    byteRate: bytes / seconds,
    mean: latencies.reduce((sum, each) => sum + each, 0) / rows.length,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    max: latencies.at(-1) ?? Number.NaN,
  };
}

function issuedOf(columns: Requests['columns'], moves: Rows): IssuedRequests {
  const rows = moves
    .filter((row) => !Number.isNaN(columns.issue[row]))
    .sort((a, b) => (columns.issue[a] as number) - (columns.issue[b] as number) || a - b);
  const start = columns.issue[rows[0] as number] ?? 0;
  return {
    issue: Float64Array.from(rows, (row) => (columns.issue[row] as number) - start),
    latency: Float64Array.from(
      rows,
      (row) => (columns.complete[row] as number) - (columns.issue[row] as number),
    ),
    sector: Float64Array.from(rows, (row) => columns.sector[row] as number),
    sectors: Int32Array.from(rows, (row) => Math.ceil((columns.bytes[row] as number) / 512)),
    write: Uint8Array.from(rows, (row) => (columns.op[row] === blockOpId.write ? 1 : 0)),
  };
}
