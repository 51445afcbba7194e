import type { Context } from '../../context.ts';
import { batchMean } from '../../stats/batch-means.ts';
import { orderInterval } from '../../stats/order-statistics.ts';
import { quantile } from '../../stats/quantiles.ts';
import { requestModel } from './requests.ts';
import { type WaitPart, type WaitTimes, waitParts, waitTimes } from './wait-parts.ts';

/** Completed requests that have a label in common. */
export interface RequestGroup {
  readonly labels: readonly string[];
  /** Indices into `completed`, in the order of completion. */
  readonly at: Uint32Array;
  readonly bytes: number;
  /** ns, ascending. */
  readonly latencies: Float64Array;
}

/** Groups under a label, or under the last of several the index of a group. */
type Level = Map<string, Level | number>;

/** Groups of completed requests by their labels, most time first. */
export function groupRequests(
  context: Context,
  labelsOf: (row: number) => readonly string[],
): RequestGroup[] {
  const { requests, completed } = context.derive(requestModel);
  const { latency } = context.derive(waitTimes);
  const groups: { labels: readonly string[]; at: number[]; bytes: number }[] = [];
  // A level for each label: joining them for every request would cost more than all else here.
  const tree: Level = new Map();
  completed.forEach((row, i) => {
    const labels = labelsOf(row);
    let level = tree;
    for (let depth = 0; depth < labels.length - 1; depth++) {
      const label = labels[depth] as string;
      let next = level.get(label);
      if (typeof next !== 'object') {
        next = new Map();
        level.set(label, next);
      }
      level = next;
    }
    const last = labels.at(-1) as string;
    let index = level.get(last);
    if (typeof index !== 'number') {
      index = groups.push({ labels, at: [], bytes: 0 }) - 1;
      level.set(last, index);
    }
    const group = groups[index] as (typeof groups)[number];
    group.at.push(i);
    group.bytes += requests.columns.bytes[row] as number;
  });
  return groups
    .map(({ labels, at, bytes }) => ({
      labels,
      bytes,
      at: Uint32Array.from(at),
      latencies: pick(latency, at).sort(),
    }))
    .sort((a, b) => total(b) - total(a) || (a.labels.join() < b.labels.join() ? -1 : 1));
}

function total({ latencies }: RequestGroup): number {
  let sum = 0;
  for (let i = 0; i < latencies.length; i++) sum += latencies[i] as number;
  return sum;
}

/** A figure with its 95 % interval; NaN where it is not known. */
export interface Figure {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

export function meanOf(times: Float64Array, at: Uint32Array): Figure {
  const values = new Float64Array(at.length);
  let n = 0;
  for (let i = 0; i < at.length; i++) {
    const value = times[at[i] as number] as number;
    if (!Number.isNaN(value)) values[n++] = value;
  }
  const { mean, low, high } = batchMean(values.subarray(0, n));
  return { value: mean, low, high, n };
}

function pick(values: Float64Array, at: ArrayLike<number>): Float64Array {
  const picked = new Float64Array(at.length);
  for (let i = 0; i < at.length; i++) picked[i] = values[at[i] as number] as number;
  return picked;
}

export function quantileOf({ latencies }: RequestGroup, q: number): Figure {
  return { value: quantile(latencies, q), ...orderInterval(latencies, q), n: latencies.length };
}

/** Part of the latency of these requests spent in one part; NaN where a request does not tell. */
export function shareOf(times: WaitTimes, part: WaitPart, at: Uint32Array): Figure {
  const { mean, low, high } = batchMean(pick(times[part], at), pick(times.latency, at));
  return { value: mean, low: Math.max(0, low), high: Math.min(1, high), n: at.length };
}

/** ns in each part, all these requests together; NaN where it was not recorded. */
export function totalsOf(times: WaitTimes, at: Uint32Array): Record<WaitPart, number> {
  const totals = { tag: 0, plug: 0, scheduler: 0, device: 0 };
  for (const part of waitParts) for (const i of at) totals[part] += times[part][i] as number;
  return totals;
}
