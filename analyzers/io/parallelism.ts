import { BUSY, type DeviceSummary, wholeParts } from '../derived/io/device-summary.ts';
import { mannWhitney } from '../stats/mann-whitney.ts';
import { isParallelByName } from './device-name.ts';

/** Fewest busy intervals from which it is told whether a device serves several requests at a time. */
const FEWEST = 8;

export interface Parallelism {
  readonly kind: 'several at a time' | 'not known';
  /** Why, in a clause. */
  readonly why: string;
}

/**
 * Whether a device serves several requests at a time. One that is never idle and still completes
 * more when more are in flight does. The contrary cannot be shown: a device that was given no more
 * cannot complete more.
 */
export function parallelismOf(summary: DeviceSummary): Parallelism {
  const { device, intervals } = summary;
  if (isParallelByName(device)) return { kind: 'several at a time', why: 'NVMe devices do by design' };
  const { util, queue, rate, size } = busyRows(summary);
  if (util.length < FEWEST) {
    return {
      kind: 'not known',
      why: `${util.length} busy intervals of ${intervals.length} are too few to tell`,
    };
  }
  const order = [...util.keys()].sort((a, b) => (queue[a] as number) - (queue[b] as number));
  const half = order.length >> 1;
  const [few, many] = [order.slice(0, half), order.slice(-half)];
  const mean = (rows: readonly number[], of: readonly number[]): number =>
    rows.reduce((sum, row) => sum + (of[row] as number), 0) / rows.length;
  const inFlight = [mean(few, queue), mean(many, queue)] as const;
  const rates = [mean(few, rate), mean(many, rate)] as const;
  const { p } = mannWhitney(
    few.map((row) => rate[row] as number),
    many.map((row) => rate[row] as number),
  );
  const moreGiven = inFlight[1] > 1.5 * inFlight[0];
  const sameSize = !(mean(many, size) < 0.8 * mean(few, size));
  if (moreGiven && sameSize && rates[1] > 1.25 * rates[0] && p < 0.01) {
    return {
      kind: 'several at a time',
      why: `while busy it completed ${rates[0].toFixed(0)}/s with ${inFlight[0].toFixed(1)} in flight and ${rates[1].toFixed(0)}/s with ${inFlight[1].toFixed(1)} (p = ${p < 0.001 ? '< 0.001' : p.toFixed(3)})`,
    };
  }
  return {
    kind: 'not known',
    why: 'it did not complete more when more was in flight, or was never given more',
  };
}

/** Columns of the intervals in which the device was busy throughout. */
export function busyRows({ intervals }: DeviceSummary): {
  readonly util: number[];
  readonly queue: number[];
  readonly rate: number[];
  readonly size: number[];
} {
  const { columns, length } = intervals;
  const whole = wholeParts(intervals);
  const rows = Array.from({ length }, (_, row) => row).filter(
    (row) => (columns.get('util')?.[row] ?? 0) >= BUSY,
  );
  const of = (values: Float64Array | undefined): number[] => rows.map((row) => values?.[row] ?? Number.NaN);
  return {
    util: of(columns.get('util')),
    queue: of(columns.get('aqu-sz')),
    rate: of(whole.rate),
    size: of(whole.size),
  };
}
