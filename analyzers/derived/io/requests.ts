import { blockPhaseId } from '../../../model/io-tables.ts';
import type { Context } from '../../context.ts';
import { Lane, type LaneEvent, type RequestBuilder, requestBuilder } from './lane.ts';
import { namedThreads } from './named-threads.ts';
import { blockRecordings } from './recordings.ts';
import { firstSeen, LOST, MERGED, OPEN, type Requests } from './request-table.ts';

export interface RequestModel {
  /** Row 0 is no request. */
  readonly requests: Requests;
  /** Rows that completed, in the order of their completion times. */
  readonly completed: Uint32Array;
  /** Issued, not completed although others issued later were: their completion was not recorded. */
  readonly lost: number;
  /** On their way when the trace ended. */
  readonly open: number;
  /** Completions of requests issued before the trace, or whose issue was lost. */
  readonly strays: number;
  /** Bios of which nothing but the queueing was seen. */
  readonly waiting: number;
  /** Bits of the phases any used recording has. */
  readonly phases: number;
}

/** Requests from block events, in time order; see docs/storage-traces.md for the model. */
export function requestModel(context: Context): RequestModel {
  const { blockEvents } = context.trace.tables;
  const { used } = context.derive(blockRecordings);
  const names = context.derive(namedThreads);
  const wanted = new Set(used.flatMap(({ device, sources }) => sources.map((file) => device * 65536 + file)));
  const rows = requestBuilder();
  const lanes = new Map<number, Lane>();
  const { time, phase, device, op, sector, bytes, otherSector, flags, ioprio, thread, error, source } =
    blockEvents.columns;
  const event: LaneEvent = {
    time: 0,
    sector: 0,
    bytes: 0,
    otherSector: 0,
    flags: 0,
    ioprio: 0,
    thread: 0,
    error: 0,
  };
  for (const row of eventOrder(context)) {
    if (!wanted.has((device[row] as number) * 65536 + (source[row] as number))) continue;
    const key = (device[row] as number) * 16 + (op[row] as number);
    let lane = lanes.get(key);
    if (lane === undefined) {
      lane = new Lane(rows, device[row] as number, op[row] as number);
      lanes.set(key, lane);
    }
    event.time = time[row] as number;
    event.sector = sector[row] as number;
    event.bytes = bytes[row] as number;
    event.otherSector = otherSector[row] as number;
    event.flags = flags[row] as number;
    event.ioprio = ioprio[row] as number;
    event.thread = names[thread[row] as number] as number;
    event.error = error[row] as number;
    step(lane, phase[row] as number, event);
  }
  return finish(context, rows, [...lanes.values()]);
}

function step(lane: Lane, phase: number, event: LaneEvent): void {
  switch (phase) {
    case blockPhaseId.queue:
      lane.queue(event);
      break;
    case blockPhaseId.getrq:
      lane.getrq(event);
      break;
    case blockPhaseId.insert:
      lane.insert(event);
      break;
    case blockPhaseId.issue:
      lane.issue(event);
      break;
    case blockPhaseId.complete:
      lane.complete(event);
      break;
    case blockPhaseId.merge:
      lane.merge(event, false);
      break;
    case blockPhaseId['front merge']:
      lane.merge(event, true);
      break;
    case blockPhaseId['request merge']:
      lane.mergeRequest(event);
      break;
    case blockPhaseId.requeue:
      lane.requeue(event);
      break;
    case blockPhaseId.split:
      lane.split(event);
      break;
  }
}

/** Rows in time order; among equal times those the recorder numbered, by its numbers, as blkparse has them. */
function eventOrder(context: Context): Iterable<number> {
  const { blockEvents } = context.trace.tables;
  const { time, sequence } = blockEvents.columns;
  const order = new Uint32Array(blockEvents.length);
  for (let row = 0; row < order.length; row++) order[row] = row;
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && time[to] === time[from]) to++;
    if (to - from > 1 && sequence[from] !== 0)
      order.subarray(from, to).sort((a, b) => (sequence[a] as number) - (sequence[b] as number) || a - b);
    from = to;
  }
  return order;
}

function finish(context: Context, rows: RequestBuilder, lanes: readonly Lane[]): RequestModel {
  const { used } = context.derive(blockRecordings);
  const { columns, length } = rows;
  const { complete, device, state } = columns;
  const slowest = new Map<number, number>();
  for (let row = 1; row < length; row++) {
    const time = (complete[row] as number) - firstSeen(columns, row);
    if (time > (slowest.get(device[row] as number) ?? 0)) slowest.set(device[row] as number, time);
  }
  const ends = new Map<number, number>();
  for (const each of used) ends.set(each.device, Math.max(each.end, ends.get(each.device) ?? 0));
  const done: number[] = [];
  let lost = 0;
  let open = 0;
  for (let row = 1; row < length; row++) {
    const bits = state[row] as number;
    if ((bits & MERGED) !== 0) continue;
    if (!Number.isNaN(complete[row] as number)) done.push(row);
    else {
      const age = (ends.get(device[row] as number) ?? 0) - firstSeen(columns, row);
      // Longer ago than any request took: it is not late, its completion is missing.
      const isLost =
        (bits & LOST) !== 0 || age > (slowest.get(device[row] as number) ?? Number.POSITIVE_INFINITY);
      state[row] = bits | (isLost ? LOST : OPEN);
      if (isLost) lost++;
      else open++;
    }
  }
  const completed = Uint32Array.from(done).sort(
    (a, b) => (complete[a] as number) - (complete[b] as number) || a - b,
  );
  return {
    requests: rows.finish(),
    completed,
    lost,
    open,
    strays: lanes.reduce((sum, lane) => sum + lane.strays, 0),
    waiting: lanes.reduce((sum, lane) => sum + lane.waiting, 0),
    phases: used.reduce((bits, { phases }) => bits | phases, 0),
  };
}
