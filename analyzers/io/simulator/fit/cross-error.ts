import type {
  AcrossErrors,
  CapturedTask,
  SchedulerPrediction,
  TaskForecast,
} from '../../../../model/simulation.ts';
import { ENOUGH_FOR_P99, sizesOf } from './replay-error.ts';

/** What a job of fio measured itself in a run under the predicted scheduler. */
export interface RecordedJob {
  readonly job: string;
  readonly n: number;
  readonly byteRate: number;
  /** ns, of completion latencies. */
  readonly p99: number;
  readonly buffered: boolean;
}

/** Relative errors, predicted / recorded − 1, of one job; NaN: its thread is no task, or too few operations for a p99. */
export interface CrossError {
  readonly job: string;
  readonly n: number;
  readonly rate: number;
  readonly p99: number;
}

/**
 * A prediction made from a capture under one scheduler, against what fio recorded under another: job by job. The
 * tasks of a capture know their jobs when fio's report lay beside it; all buffered jobs are the one buffered writer.
 */
export function crossErrors(
  captured: readonly CapturedTask[],
  { tasks }: SchedulerPrediction,
  recorded: readonly RecordedJob[],
  seeds: number,
): CrossError[] {
  return recorded.map(({ job, n, byteRate, p99, buffered }) => {
    const at = captured.findIndex((task) => (buffered ? task.writeBack : task.job === job));
    const of: TaskForecast | undefined = tasks[at];
    const enough = n >= ENOUGH_FOR_P99 && (of?.n ?? 0) >= ENOUGH_FOR_P99 * seeds;
    return {
      job,
      n,
      rate: (of?.byteRate.mean ?? Number.NaN) / byteRate - 1,
      p99: enough ? (of?.p99.mean ?? Number.NaN) / p99 - 1 : Number.NaN,
    };
  });
}

/** The same of many as one figure; n is of the rates compared. */
export function summariseErrors(errors: readonly Pick<CrossError, 'rate' | 'p99'>[]): AcrossErrors {
  const rates = sizesOf(errors.map(({ rate }) => rate));
  const tails = sizesOf(errors.map(({ p99 }) => p99));
  return { rateMean: rates.mean, rateMax: rates.max, p99Mean: tails.mean, p99Max: tails.max, n: rates.n };
}
