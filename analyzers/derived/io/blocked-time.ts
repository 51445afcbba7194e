import { decodeString } from '../../../model/strings.ts';
import type { Context } from '../../context.ts';
import { timeline } from '../sched/timeline.ts';
import { dStates } from '../sched/wait-reason.ts';
import { firstSeen } from './request-table.ts';
import { requestModel } from './requests.ts';

/** Time threads of one name were in D, by whether a request of their own was in the block layer meanwhile. */
export interface BlockedTime {
  readonly comm: string;
  readonly reason: string;
  /** ns in D while a request of the thread was between queueing and completion … */
  readonly inside: number;
  /** … and while none was: whatever it waited for was not a request of its own. */
  readonly above: number;
  /** Waits. */
  readonly n: number;
  /** Requests threads of this name submitted in the trace. */
  readonly requests: number;
}

/** By name and reason, most time above the block layer first. Only waits during which block events were recorded count. */
export function blockedTime(context: Context): BlockedTime[] {
  const { strings, tables } = context.trace;
  const { tid, comm } = tables.threads.columns;
  const { intervals } = context.derive(timeline);
  const own = requestSpans(context);
  const [from, to] = recordedSpan(context);
  const groups = new Map<string, { -readonly [K in keyof BlockedTime]: BlockedTime[K] }>();
  for (const { interval, start, end, reason } of context.derive(dStates).counted) {
    const [first, last] = [Math.max(start, from), Math.min(end, to)];
    if (last <= first) continue;
    const thread = intervals.columns.thread[interval] as number;
    const name = decodeString(strings, comm[thread] as number);
    const spans = own.byTid.get(tid[thread] as number);
    const inside = spans === undefined ? 0 : overlap(spans, first, last);
    const key = `${name}\n${reason}`;
    const group = groups.get(key) ?? {
      comm: name,
      reason,
      inside: 0,
      above: 0,
      n: 0,
      requests: own.byComm.get(name) ?? 0,
    };
    group.inside += inside;
    group.above += last - first - inside;
    group.n++;
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.above - a.above || (a.comm < b.comm ? -1 : 1));
}

/** Disjoint spans, ascending: start and end in turn. */
type Spans = readonly number[];

function requestSpans(context: Context): { byTid: Map<number, Spans>; byComm: Map<string, number> } {
  const { strings, tables } = context.trace;
  const { tid, comm } = tables.threads.columns;
  const { requests } = context.derive(requestModel);
  const { columns } = requests;
  const rows = new Map<number, number[]>();
  const byComm = new Map<string, number>();
  for (let row = 1; row < requests.length; row++) {
    const thread = columns.submitter[row] as number;
    const list = rows.get(tid[thread] as number);
    if (list === undefined) rows.set(tid[thread] as number, [row]);
    else list.push(row);
    const name = decodeString(strings, comm[thread] as number);
    byComm.set(name, (byComm.get(name) ?? 0) + 1);
  }
  const byTid = new Map<number, Spans>();
  for (const [id, list] of rows) {
    list.sort((a, b) => firstSeen(columns, a) - firstSeen(columns, b));
    const spans: number[] = [];
    for (const row of list) {
      const start = firstSeen(columns, row);
      const complete = columns.complete[row] as number;
      // Of a request that was not seen to complete only the beginning is certain.
      const end = Number.isNaN(complete) ? start : complete;
      if (spans.length > 0 && start <= (spans.at(-1) as number))
        spans[spans.length - 1] = Math.max(end, spans.at(-1) as number);
      else spans.push(start, end);
    }
    byTid.set(id, spans);
  }
  return { byTid, byComm };
}

function overlap(spans: Spans, from: number, to: number): number {
  let low = 0;
  let high = spans.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle * 2 + 1] as number) <= from) low = middle + 1;
    else high = middle;
  }
  let time = 0;
  for (let at = low * 2; at < spans.length && (spans[at] as number) < to; at += 2)
    time += Math.min(to, spans[at + 1] as number) - Math.max(from, spans[at] as number);
  return time;
}

function recordedSpan(context: Context): readonly [number, number] {
  const { blockEvents } = context.trace.tables;
  const { time } = blockEvents.columns;
  return [time[0] ?? Number.NaN, time[blockEvents.length - 1] ?? Number.NaN];
}
