import { blockFlag, blockOpId, NO_IOPRIO } from '../../../../model/io-tables.ts';
import type { RecordedOperations, TaskModel } from '../../../../model/simulation.ts';
import { firstSeen, type RequestColumns } from '../../../derived/io/request-table.ts';
import { quantile } from '../../../stats/quantiles.ts';
import { defaultHost } from '../host.ts';
import { type CaptureSpan, extent, followers, type Rows } from './request-rows.ts';
import type { Group } from './task-groups.ts';

const SEQUENTIAL = 0.8;
/** Longest list of operations kept as recorded. */
const MOST_RECORDED = 200_000;
/** A task whose last request came before this share of the run had ended. */
const ENDED = 0.85;
/** A task that waited for requests this share of its time would have had more in flight. */
export const HELD = 0.5;
/** What it is then taken to have in flight, at least: with tags to spare it would go on submitting. */
const ASSUMED_DEPTH = 64;

/** How many a task keeps in flight, and how that is known. */
export function depthOfLoop({ depth, held, job }: Group): {
  readonly depth: number;
  readonly known: 'seen' | 'fio' | 'assumed';
} {
  if (depth === 1) return { depth, known: 'seen' };
  const said = Number(job?.options.get('iodepth'));
  if (Number.isInteger(said) && said >= depth - 1 && said <= 4096)
    return { depth: Math.max(said, 1), known: 'fio' };
  if (held < HELD || depth >= ASSUMED_DEPTH) return { depth, known: 'seen' };
  return { depth: ASSUMED_DEPTH, known: 'assumed' };
}

/** A closed loop: what one thread did, request by request when it waits for each, else by its pattern. */
export function loopTask({ columns, begin, duration }: CaptureSpan, group: Group): TaskModel {
  const { label: name, rows, held } = group;
  const { depth } = depthOfLoop(group);
  const [low, high] = extent(columns, rows);
  const sizes = Float64Array.from(rows, (row) => columns.bytes[row] as number).sort();
  const bytes = Math.max(512, Math.floor(quantile(sizes, 0.5) / 512) * 512);
  const [first, last] = [rows[0] as number, rows.at(-1) as number];
  const start = Math.max(0, Math.round(firstSeen(columns, first) - begin));
  const ioprio = columns.ioprio[first] as number;
  const priorityClass = ioprio === NO_IOPRIO ? 0 : ioprio >>> 13;
  const known = priorityClass === 1 || priorityClass === 2 || priorityClass === 3;
  const recorded = depth === 1 && rows.length <= MOST_RECORDED ? recordedOf(columns, rows) : undefined;
  // Of a task that stood waiting its last submission does not tell that it ended.
  const ended = held < HELD && firstSeen(columns, last) - begin < ENDED * duration;
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
    thinkTime: depth === 1 || held >= HELD ? 0 : thinkTimeOf(columns, rows, group.depth),
    start,
    ...(ended ? { operations: rows.length } : {}),
    ...(recorded === undefined ? {} : { recorded }),
  };
}

/**
 * ns. Little's law of what is not in flight: of `depth` slots as many think as are missing on average, while it
 * submits; what they do together is its rate.
 */
function thinkTimeOf(columns: RequestColumns, rows: Rows, depth: number): number {
  const [first, last] = [rows[0] as number, rows.at(-1) as number];
  const [from, to] = [firstSeen(columns, first), firstSeen(columns, last)];
  let inFlight = 0;
  for (const row of rows) inFlight += Math.min(to, columns.complete[row] as number) - firstSeen(columns, row);
  const thinking = depth * (to - from) - inFlight;
  return Math.max(0, Math.round(thinking / rows.length - defaultHost.turnaround));
}

/** Operations as they were, begun anew after the last: a faster device or scheduler gets through more of them. */
function recordedOf(columns: RequestColumns, rows: Rows): RecordedOperations {
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
