import type { CapturedTask } from '../../../../model/simulation.ts';
import { firstSeen } from '../../../derived/io/request-table.ts';
import { quantile } from '../../../stats/quantiles.ts';
import type { CaptureSpan, Rows } from './request-rows.ts';

/**
 * What a task was measured to do. Rates are until its last completion; those of write-back until tasks submit no
 * more, because how much the flusher does afterwards is a matter of when the trace ends.
 */
export function capturedTask(
  { columns, begin, duration }: CaptureSpan,
  { rows, ...whose }: Pick<CapturedTask, 'task' | 'job' | 'writeBack' | 'held'> & { readonly rows: Rows },
): CapturedTask {
  const latencies = Float64Array.from(
    rows,
    (row) => (columns.complete[row] as number) - firstSeen(columns, row),
  ).sort();
  const complete = (row: number): number => columns.complete[row] as number;
  const counted = whose.writeBack ? rows.filter((row) => complete(row) <= begin + duration) : rows;
  const latest = rows.reduce((most, row) => Math.max(most, complete(row)), 0);
  const until = whose.writeBack ? begin + duration : latest;
  const seconds = (until - firstSeen(columns, rows[0] as number)) / 1e9;
  const bytes = counted.reduce((sum, row) => sum + (columns.bytes[row] as number), 0);
  return {
    ...whose,
    n: rows.length,
    rate: counted.length / seconds,
    byteRate: bytes / seconds,
    mean: latencies.reduce((sum, each) => sum + each, 0) / rows.length,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    max: latencies.at(-1) ?? Number.NaN,
  };
}
