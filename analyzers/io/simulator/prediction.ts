import type { TaskModel, TaskPrediction } from '../../../model/simulation.ts';
import { type LatencyHistogram, latencyQuantile } from './latency-histogram.ts';

/** What a task achieved, as fio counts: operations by the time from its start to its last completion. */
export function predictTask(
  { name, bytes, start, recorded }: TaskModel,
  histogram: LatencyHistogram | undefined,
  lastCompletion: number,
): TaskPrediction {
  const n = histogram?.n ?? 0;
  const perOperation =
    recorded === undefined
      ? bytes
      : (recorded.sectors.reduce((all, each) => all + each, 0) * 512) / Math.max(1, recorded.sectors.length);
  const seconds = (lastCompletion - start) / 1e9;
  const rate = n === 0 ? 0 : n / seconds;
  const quantile = (share: number): number =>
    histogram === undefined ? Number.NaN : latencyQuantile(histogram, share);
  return {
    task: name,
    n,
    bytes: n * perOperation,
    rate,
    byteRate: rate * perOperation,
    mean: histogram === undefined || n === 0 ? Number.NaN : histogram.sum / n,
    p50: quantile(0.5),
    p99: quantile(0.99),
    max: n === 0 ? Number.NaN : (histogram?.max ?? Number.NaN),
  };
}
