import { blockOpId } from '../../../model/io-tables.ts';
import type { Context } from '../../context.ts';
import { batchMean } from '../../stats/batch-means.ts';
import { blockFigure, blockQuantiles, type Estimated } from '../../stats/block-bootstrap.ts';
import { jain } from '../../stats/jain.ts';
import { ratioInterval } from '../../stats/ratio-interval.ts';
import { numberSetting } from '../settings.ts';
import { firstSeen } from './request-table.ts';
import { requestModel } from './requests.ts';
import type { ServiceGroup } from './service-groups.ts';

/** Step of the time series that intervals of rates come from, ns. */
const STEP = 1e9;

/** What one group of requests got. */
export interface Service {
  readonly n: number;
  /** ns, from the first event of a request to its completion. */
  readonly mean: Estimated;
  readonly p50: Estimated;
  readonly p99: Estimated;
  readonly max: number;
  /** Completed requests and bytes a second, by steps of a second. */
  readonly rate: Estimated;
  readonly throughput: Estimated;
  /** Longest time in which a request of the group waited and none completed, ns. */
  readonly gap: number;
}

export function serviceOf(context: Context, { device, rows }: ServiceGroup): Service {
  const { columns } = context.derive(requestModel).requests;
  const { complete, bytes } = columns;
  const latency = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    latency[i] = (complete[row] as number) - firstSeen(columns, row);
  }
  const { from, to } = deviceSpan(context, device);
  const steps = Math.max(1, Math.floor((to - from) / STEP));
  const [counts, moved] = [new Float64Array(steps), new Float64Array(steps)];
  for (const row of rows) {
    const step = Math.min(steps - 1, Math.floor(((complete[row] as number) - from) / STEP));
    counts[step] = (counts[step] as number) + 1;
    moved[step] = (moved[step] as number) + (bytes[row] as number);
  }
  const { mean, low, high } = batchMean(latency);
  const [p50, p99] = blockQuantiles(latency, [0.5, 0.99], context.seed) as [Estimated, Estimated];
  return {
    n: rows.length,
    mean: { value: mean, low, high },
    p50,
    p99,
    max: latency.reduce((a, b) => Math.max(a, b), 0),
    rate: perSecond(counts, to - from),
    throughput: perSecond(moved, to - from),
    gap: longestGap(context, rows),
  };
}

/** Σ amounts over the span, with the interval their series of steps gives; the last step is as long as what is left. */
function perSecond(amounts: Float64Array, span: number): Estimated {
  const seconds = Float64Array.from(amounts, (_, i) =>
    i === amounts.length - 1 ? (span - (amounts.length - 1) * STEP) / 1e9 : STEP / 1e9,
  );
  const { value, low, high } = ratioInterval(amounts, seconds);
  return { value, low: Math.max(0, low), high };
}

/** ns of the first event and the last completion of a device. */
export function deviceSpan(context: Context, device: number): { readonly from: number; readonly to: number } {
  const { requests, completed } = context.derive(requestModel);
  const { columns } = requests;
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const row of completed) {
    if (columns.device[row] !== device) continue;
    from = Math.min(from, firstSeen(columns, row));
    to = Math.max(to, columns.complete[row] as number);
  }
  return { from, to };
}

/** Rows complete one after the other; between two completions the group waits from when its oldest open request came. */
export function longestGap(context: Context, rows: Uint32Array): number {
  const { columns } = context.derive(requestModel).requests;
  const { complete } = columns;
  let longest = 0;
  let earliest = Number.POSITIVE_INFINITY;
  // From behind: the earliest of those that complete here or later is open at the completion before.
  for (let i = rows.length - 1; i >= 0; i--) {
    earliest = Math.min(earliest, firstSeen(columns, rows[i] as number));
    const before = i === 0 ? Number.NEGATIVE_INFINITY : (complete[rows[i - 1] as number] as number);
    longest = Math.max(longest, (complete[rows[i] as number] as number) - Math.max(before, earliest));
  }
  return longest;
}

/** Requests that waited to be issued beyond the expiry of the captured settings (mq-deadline's defaults where there are none). */
export interface Deadlines {
  readonly op: 'read' | 'write';
  readonly expire: number;
  readonly captured: boolean;
  readonly missed: number;
  readonly n: number;
}

export function deadlinesOf(context: Context, device: number): Deadlines[] {
  const { requests, completed } = context.derive(requestModel);
  const { columns } = requests;
  return (['read', 'write'] as const).flatMap((op) => {
    const { value, captured } = numberSetting(
      context,
      device,
      `iosched/${op}_expire`,
      op === 'read' ? 500 : 5000,
    );
    let [missed, n] = [0, 0];
    for (const row of completed) {
      if (columns.device[row] !== device || columns.op[row] !== blockOpId[op]) continue;
      const wait = (columns.issue[row] as number) - firstSeen(columns, row);
      if (Number.isNaN(wait)) continue;
      n++;
      if (wait > value * 1e6) missed++;
    }
    return n === 0 ? [] : [{ op, expire: value * 1e6, captured, missed, n }];
  });
}

/** Jain's index of bytes over whatever `keyOf` tells apart (undefined: left out), with an interval by blocks of a second; undefined with fewer than two. */
export function jainOf(
  context: Context,
  device: number,
  keyOf: (row: number) => string | undefined,
): { readonly index: Estimated; readonly n: number } | undefined {
  const { requests, completed } = context.derive(requestModel);
  const { columns } = requests;
  const { from, to } = deviceSpan(context, device);
  const steps = Math.max(1, Math.floor((to - from) / STEP));
  const shares = new Map<string, Float64Array>();
  for (const row of completed) {
    if (columns.device[row] !== device) continue;
    const key = keyOf(row);
    if (key === undefined) continue;
    const own = shares.get(key) ?? new Float64Array(steps);
    shares.set(key, own);
    const step = Math.min(steps - 1, Math.floor(((columns.complete[row] as number) - from) / STEP));
    own[step] = (own[step] as number) + (columns.bytes[row] as number);
  }
  if (shares.size < 2) return undefined;
  const all = [...shares.values()];
  const figure = (times: ArrayLike<number>): number =>
    jain(all.map((own) => own.reduce((sum, each, i) => sum + each * (times[i] as number), 0)));
  return { index: blockFigure(steps, figure, context.seed), n: shares.size };
}
