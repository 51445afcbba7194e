import type {
  Capture,
  ReplayError,
  SchedulerPrediction,
  ValidationError,
} from '../../../../model/simulation.ts';

/** Operations below which a 99th percentile is one of the two slowest. */
const ENOUGH_FOR_P99 = 100;

/** How far the captured scheduler, simulated, is from what the capture measured, task by task. */
export function replayErrors({ tasks }: Capture, { tasks: predicted }: SchedulerPrediction): ReplayError[] {
  return tasks.map(({ task, writeBack, n, byteRate, p99 }, i) => {
    const of = predicted[i];
    return {
      task,
      rate: (of?.byteRate.mean ?? Number.NaN) / byteRate - 1,
      p99: writeBack || n < ENOUGH_FOR_P99 ? Number.NaN : (of?.p99.mean ?? Number.NaN) / p99 - 1,
    };
  });
}

/** The same as one figure, to stand beside predictions of the other schedulers. */
export function replayValidation(scheduler: string, errors: readonly ReplayError[]): ValidationError {
  const rates = sizes(errors.map(({ rate }) => rate));
  const tails = sizes(errors.map(({ p99 }) => p99));
  return {
    rateMean: mean(rates),
    rateMax: rates.length === 0 ? Number.NaN : Math.max(...rates),
    p99Mean: mean(tails),
    p99Max: tails.length === 0 ? Number.NaN : Math.max(...tails),
    n: rates.length,
    against: `this capture: ${scheduler} simulated and measured. What is wrong under every scheduler alike shows there, what is wrong with another scheduler does not: the least error to expect of a change`,
  };
}

function sizes(values: readonly number[]): number[] {
  return values.filter(Number.isFinite).map(Math.abs);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : values.reduce((sum, each) => sum + each, 0) / values.length;
}
