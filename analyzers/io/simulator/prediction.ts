import type { RecordedOperations, TaskModel, TaskPrediction } from '../../../model/simulation.ts';
import { type LatencyHistogram, latencyQuantile } from './latency-histogram.ts';

/** What a task achieved, as fio counts: operations by the time from its start to its last completion. */
export function predictTask(
  { name, bytes, start, recorded, sizes }: TaskModel,
  histogram: LatencyHistogram | undefined,
  lastCompletion: number,
): TaskPrediction {
  const n = histogram?.n ?? 0;
  const moved = recorded === undefined ? n * meanSize(bytes, sizes) : sectorsOf(recorded, n) * 512;
  const seconds = (lastCompletion - start) / 1e9;
  const rate = n === 0 ? 0 : n / seconds;
  const quantile = (share: number): number =>
    histogram === undefined ? Number.NaN : latencyQuantile(histogram, share);
  return {
    task: name,
    n,
    bytes: moved,
    rate,
    byteRate: n === 0 ? 0 : moved / seconds,
    mean: histogram === undefined || n === 0 ? Number.NaN : histogram.sum / n,
    p50: quantile(0.5),
    p99: quantile(0.99),
    max: n === 0 ? Number.NaN : (histogram?.max ?? Number.NaN),
  };
}

/** Sectors of the first `n` operations, begun anew after the last. */
function sectorsOf({ sectors }: RecordedOperations, n: number): number {
  const rest = n % sectors.length;
  let [all, begun] = [0, 0];
  for (let i = 0; i < sectors.length; i++) {
    all += sectors[i] ?? 0;
    if (i < rest) begun += sectors[i] ?? 0;
  }
  return Math.floor(n / sectors.length) * all + begun;
}

/** Bytes of one operation; of drawn sizes what they are on average, whatever was drawn. */
function meanSize(bytes: number, sizes: TaskModel['sizes']): number {
  if (sizes === undefined) return bytes;
  const weights = sizes.reduce((sum, { weight }) => sum + weight, 0);
  return sizes.reduce((sum, size) => sum + size.bytes * size.weight, 0) / weights;
}
