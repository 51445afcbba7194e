import { taskStateId } from '../../../model/sched-tables.ts';
import { decodeString } from '../../../model/strings.ts';
import type { Context } from '../../context.ts';
import { NO_REASON, reasonOf } from '../../load/wait-reasons.ts';
import { INFERRED, NAME_CHANGED, SLEEPING, UNTERMINATED } from './intervals.ts';
import { timeline } from './timeline.ts';

/** Why a thread was in D during one interval, and how that is known. */
export interface DState {
  /** Row of the intervals. */
  readonly interval: number;
  readonly reason: string;
  readonly from: 'stack' | 'sched_blocked_reason' | 'wchan' | 'woken together' | 'nothing';
  /** cgroup path of samples of the thread; empty = not known. */
  readonly cgroup: string;
  /** ns that count. Unterminated intervals count as far as samples saw them. */
  readonly start: number;
  readonly end: number;
}

export interface DStates {
  /** In order of their intervals. */
  readonly counted: readonly DState[];
  /** Nobody saw them end, or they are not one wait: listed, not counted. */
  readonly left: readonly (DState & { readonly why: string })[];
}

/** Longest time between two wake-ups of one waker that are one act, ns. */
const TOGETHER = 100_000;

/** Every time in D that counts, and those that do not. */
export function dStates(context: Context): DStates {
  const { intervals } = context.derive(timeline);
  const { activity, state, flags, start, end, stack, thread } = intervals.columns;
  const stacks = new StackReasons(context);
  const seen = new TaskSamples(context);
  const blocked = blockedReasons(context);
  const counted: DState[] = [];
  const left: (DState & { why: string })[] = [];
  const changed: DState[] = [];
  for (let interval = 0; interval < intervals.length; interval++) {
    if (activity[interval] !== SLEEPING || state[interval] !== taskStateId.D) continue;
    const flag = flags[interval] as number;
    const tid = context.trace.tables.threads.columns.tid[thread[interval] as number] as number;
    const looks = seen.between(tid, start[interval] as number, end[interval] as number);
    const renamed = (flag & NAME_CHANGED) !== 0;
    const byStack = renamed ? NO_REASON : stacks.reason(stack[interval] as number);
    let reason = byStack;
    let from: DState['from'] = 'stack';
    const told = blocked.get(`${tid} ${intervals.columns.wakeup[interval]}`);
    if (looks !== undefined && (reason === NO_REASON || renamed) && looks.reason !== NO_REASON) {
      reason = looks.reason;
      from = 'wchan';
    } else if (reason === NO_REASON && told !== undefined) {
      reason = told;
      from = 'sched_blocked_reason';
    } else if (reason === NO_REASON) from = 'nothing';
    const row: DState = {
      interval,
      reason,
      from,
      cgroup: looks?.cgroup ?? seen.cgroupOf(tid),
      start: start[interval] as number,
      end: end[interval] as number,
    };
    if ((flag & UNTERMINATED) !== 0) {
      if (looks === undefined) left.push({ ...row, why: 'nobody saw it end' });
      else {
        counted.push({ ...row, end: looks.last });
        if (looks.last < row.end) left.push({ ...row, start: looks.last, why: 'nobody saw it end' });
      }
    } else if (renamed && looks === undefined) changed.push(row);
    else counted.push(row);
  }
  inferFromCompany(context, changed, counted, left);
  counted.sort((a, b) => a.interval - b.interval);
  return { counted, left };
}

/**
 * A thread that fell asleep under one name and woke under another ran unseen in between, so the
 * stack it fell asleep with is not why it slept last. When its waker woke others in the same act
 * whose reasons are known and the same, it waited for the same thing; its time counts, as inferred.
 */
function inferFromCompany(
  context: Context,
  changed: readonly DState[],
  counted: DState[],
  left: (DState & { why: string })[],
): void {
  const { intervals } = context.derive(timeline);
  const { wakeup, flags } = intervals.columns;
  const { wakeups } = context.trace.tables;
  const byWaker = new Map<number, { time: number; reason: string }[]>();
  if (changed.length > 0) {
    for (const { interval, reason } of counted) {
      const row = (wakeup[interval] as number) - 1;
      if (row < 0 || reason === NO_REASON) continue;
      const waker = wakeups.columns.waker[row] as number;
      const acts = byWaker.get(waker);
      const act = { time: wakeups.columns.time[row] as number, reason };
      if (acts === undefined) byWaker.set(waker, [act]);
      else acts.push(act);
    }
  }
  for (const row of changed) {
    const wake = (wakeup[row.interval] as number) - 1;
    const time = wake < 0 ? Number.NaN : (wakeups.columns.time[wake] as number);
    const company = (byWaker.get(wakeups.columns.waker[wake] ?? 0) ?? []).filter(
      (act) => Math.abs(act.time - time) <= TOGETHER,
    );
    const reasons = new Set(company.map(({ reason }) => reason));
    const [reason] = reasons;
    if (reasons.size === 1 && reason !== undefined && company.length >= 2) {
      flags[row.interval] = (flags[row.interval] as number) | INFERRED;
      counted.push({ ...row, reason, from: 'woken together' });
    } else left.push({ ...row, why: 'it woke under another name: it ran unseen in between' });
  }
}

/** Reasons of stacks, each worked out once. */
class StackReasons {
  readonly #context: Context;
  readonly #known: (string | undefined)[] = [];

  constructor(context: Context) {
    this.#context = context;
  }

  reason(stack: number): string {
    this.#known[stack] ??= reasonOf(stackFunctions(this.#context, stack));
    return this.#known[stack] as string;
  }
}

/** Function names by stack, decoded once. */
function knownStacks(): (readonly string[])[] {
  return [];
}

/** Function names of a stack, innermost first. */
export function stackFunctions(context: Context, stack: number): readonly string[] {
  const known = context.derive(knownStacks);
  let names = known[stack];
  if (names === undefined) {
    const { strings, tables } = context.trace;
    const { stacks, frames } = tables;
    const found: string[] = [];
    for (let at = stack; at !== 0; at = stacks.columns.parent[at] as number) {
      found.push(decodeString(strings, frames.columns.name[stacks.columns.frame[at] as number] as number));
    }
    names = found;
    known[stack] = names;
  }
  return names;
}

/** Caller of sched_blocked_reason events, by thread and the wake-up they belong to: the last before or at them. */
function blockedReasons(context: Context): Map<string, string> {
  const { blockedReasons: rows, threads, frames } = context.trace.tables;
  const reasons = new Map<string, string>();
  if (rows.length === 0) return reasons;
  const { intervals } = context.derive(timeline);
  const { end, wakeup, activity, thread } = intervals.columns;
  const byTid = new Map<number, number[]>();
  for (let interval = 0; interval < intervals.length; interval++) {
    if (activity[interval] !== SLEEPING) continue;
    const tid = threads.columns.tid[thread[interval] as number] as number;
    const list = byTid.get(tid);
    if (list === undefined) byTid.set(tid, [interval]);
    else list.push(interval);
  }
  for (let row = 0; row < rows.length; row++) {
    const tid = threads.columns.tid[rows.columns.thread[row] as number] as number;
    const time = rows.columns.time[row] as number;
    // It is written while the thread is being woken, a little before or after its wake-up.
    const own = byTid.get(tid) ?? [];
    const at = firstFrom(own, (interval) => end[interval] as number, time - NEAR);
    const near = Math.abs((end[own[at] as number] as number) - time) < NEAR ? own[at] : undefined;
    const name = frames.columns.name[rows.columns.caller[row] as number] as number;
    const caller = decodeString(context.trace.strings, name);
    if (near !== undefined && caller !== '') reasons.set(`${tid} ${wakeup[near]}`, reasonOf([caller]));
  }
  return reasons;
}

interface Looks {
  /** ns of the last look that saw it in D. */
  readonly last: number;
  readonly reason: string;
  readonly cgroup: string;
}

/** Farthest a sched_blocked_reason is written from the wake-up it belongs to, ns. */
const NEAR = 1e6;

/** Index of the first of these rows, ascending by `value`, whose value is not below `limit`. */
function firstFrom(rows: readonly number[], value: (row: number) => number, limit: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value(rows[middle] as number) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What samplers of /proc saw, by thread id. */
class TaskSamples {
  readonly #context: Context;
  readonly #rows = new Map<number, number[]>();
  readonly #stacks: StackReasons;

  constructor(context: Context) {
    this.#context = context;
    this.#stacks = new StackReasons(context);
    const { taskSamples, threads } = context.trace.tables;
    const { thread, source } = taskSamples.columns;
    for (let row = 0; row < taskSamples.length; row++) {
      if (context.trace.imports[source[row] as number]?.clock.how === 'cannot align') continue;
      const tid = threads.columns.tid[thread[row] as number] as number;
      const rows = this.#rows.get(tid);
      if (rows === undefined) this.#rows.set(tid, [row]);
      else rows.push(row);
    }
  }

  /** What was seen of a thread in D between two times; undefined when it was not, or in another state too. */
  between(tid: number, start: number, end: number): Looks | undefined {
    const { time, state, wchan, stack, cgroup } = this.#context.trace.tables.taskSamples.columns;
    const votes = new Map<string, number>();
    let last = Number.NaN;
    let group = '';
    const rows = this.#rows.get(tid) ?? [];
    for (let i = firstFrom(rows, (row) => time[row] as number, start); i < rows.length; i++) {
      const row = rows[i] as number;
      const at = time[row] as number;
      if (at > end) break;
      if (state[row] !== taskStateId.D) continue;
      last = at;
      group = cgroupPath(decodeString(this.#context.trace.strings, cgroup[row] as number)) || group;
      const name = decodeString(this.#context.trace.strings, wchan[row] as number);
      const reason =
        stack[row] !== 0 ? this.#stacks.reason(stack[row] as number) : reasonOf(name === '' ? [] : [name]);
      votes.set(reason, (votes.get(reason) ?? 0) + 1);
    }
    if (Number.isNaN(last)) return undefined;
    const [best] = [...votes].sort((a, b) => b[1] - a[1]);
    return { last, reason: best?.[0] ?? NO_REASON, cgroup: group };
  }

  cgroupOf(tid: number): string {
    const { cgroup } = this.#context.trace.tables.taskSamples.columns;
    const row = this.#rows.get(tid)?.at(-1);
    return row === undefined
      ? ''
      : cgroupPath(decodeString(this.#context.trace.strings, cgroup[row] as number));
  }
}

/** `7:blkio:/psched` → `blkio:/psched`; `0::/user.slice` → `/user.slice`; the root of either → nothing. */
export function cgroupPath(line: string): string {
  const found = /^\d+:([^:]*):(.*)$/.exec(line);
  const path = found?.[2] ?? line;
  if (path === '' || path === '/') return '';
  return found?.[1] ? `${found[1]}:${path}` : path;
}
