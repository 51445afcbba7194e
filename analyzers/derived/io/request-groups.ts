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

/** Groups of completed requests by their labels, most time first. */
export function groupRequests(
  context: Context,
  labelsOf: (row: number) => readonly string[],
): RequestGroup[] {
  const { requests, completed } = context.derive(requestModel);
  const { latency } = context.derive(waitTimes);
  const groups = new Map<string, { labels: readonly string[]; at: number[]; bytes: number }>();
  completed.forEach((row, i) => {
    const labels = labelsOf(row);
    const key = labels.join('\n');
    let group = groups.get(key);
    if (group === undefined) {
      group = { labels, at: [], bytes: 0 };
      groups.set(key, group);
    }
    group.at.push(i);
    group.bytes += requests.columns.bytes[row] as number;
  });
  return [...groups.values()]
    .map(({ labels, at, bytes }) => ({
      labels,
      bytes,
      at: Uint32Array.from(at),
      latencies: Float64Array.from(at, (i) => latency[i] as number).sort(),
    }))
    .sort((a, b) => total(b) - total(a) || (a.labels.join() < b.labels.join() ? -1 : 1));
}

function total({ latencies }: RequestGroup): number {
  return latencies.reduce((sum, value) => sum + value, 0);
}

/** A figure with its 95 % interval; NaN where it is not known. */
export interface Figure {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

export function meanOf(times: Float64Array, at: Uint32Array): Figure {
  const values = Float64Array.from(at, (i) => times[i] as number).filter((value) => !Number.isNaN(value));
  const { mean, low, high } = batchMean(values);
  return { value: mean, low, high, n: values.length };
}

export function quantileOf({ latencies }: RequestGroup, q: number): Figure {
  return { value: quantile(latencies, q), ...orderInterval(latencies, q), n: latencies.length };
}

/** Part of the latency of these requests spent in one part; NaN where a request does not tell. */
export function shareOf(times: WaitTimes, part: WaitPart, at: Uint32Array): Figure {
  const values = Float64Array.from(at, (i) => times[part][i] as number);
  const { mean, low, high } = batchMean(
    values,
    Float64Array.from(at, (i) => times.latency[i] as number),
  );
  return { value: mean, low: Math.max(0, low), high: Math.min(1, high), n: at.length };
}

/** ns in each part, all these requests together; NaN where it was not recorded. */
export function totalsOf(times: WaitTimes, at: Uint32Array): Record<WaitPart, number> {
  const totals = { tag: 0, plug: 0, scheduler: 0, device: 0 };
  for (const part of waitParts) for (const i of at) totals[part] += times[part][i] as number;
  return totals;
}
