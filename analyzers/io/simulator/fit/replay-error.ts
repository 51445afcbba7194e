import type {
  Capture,
  DeviceModel,
  ReplayError,
  SchedulerName,
  SchedulerPrediction,
  ValidationError,
} from '../../../../model/simulation.ts';
import { acrossErrors, acrossOf } from './across-errors.ts';
import { HELD } from './loop-task.ts';

/** Operations below which a 99th percentile is one of the two slowest. */
export const ENOUGH_FOR_P99 = 100;

/** How far the captured scheduler, simulated, is from what the capture measured, task by task. */
export function replayErrors(
  { tasks }: Capture,
  { tasks: predicted, writeBackRate }: SchedulerPrediction,
): ReplayError[] {
  return tasks.map(({ task, writeBack, held, n, byteRate, p99 }, i) => {
    const of = predicted[i];
    return {
      task,
      rate: ((writeBack ? writeBackRate : of?.byteRate)?.mean ?? Number.NaN) / byteRate - 1,
      p99:
        writeBack || held >= HELD || n < ENOUGH_FOR_P99 ? Number.NaN : (of?.p99.mean ?? Number.NaN) / p99 - 1,
    };
  });
}

/** The same as one figure, for predictions of the captured scheduler. */
export function replayValidation(scheduler: string, errors: readonly ReplayError[]): ValidationError {
  const rates = sizesOf(errors.map(({ rate }) => rate));
  const tails = sizesOf(errors.map(({ p99 }) => p99));
  return {
    rateMean: rates.mean,
    rateMax: rates.max,
    p99Mean: tails.mean,
    p99Max: tails.max,
    n: rates.n,
    against: `this capture: ${scheduler} simulated and measured`,
  };
}

/**
 * The error to expect of a prediction for `target` from a capture under `captured`. What is wrong under every
 * scheduler alike shows when the captured one is simulated again; what is wrong with another does not. So where
 * predictions across schedulers were further off on the disk they were compared on, those errors stand instead.
 */
export function changeValidation(
  captured: string,
  target: SchedulerName,
  { kind }: DeviceModel,
  replay: ValidationError,
): ValidationError {
  if (captured === target) return replay;
  const across = acrossErrors[target];
  if (across === undefined || kind !== 'disk') {
    const what = kind === 'disk' ? target : 'flash';
    return {
      ...replay,
      against: `${replay.against}: the least error to expect of a change, for predictions of ${what} have not been compared across schedulers`,
    };
  }
  const larger = (a: number, b: number): number => (b > a || Number.isNaN(a) ? b : a);
  return {
    rateMean: larger(replay.rateMean, across.rateMean),
    rateMax: larger(replay.rateMax, across.rateMax),
    p99Mean: larger(replay.p99Mean, across.p99Mean),
    p99Max: larger(replay.p99Max, across.p99Max),
    n: across.rateMax > replay.rateMax ? across.n : replay.n,
    against: `${replay.against}; or ${acrossOf}, where that is more`,
    replay: { rateMean: replay.rateMean, rateMax: replay.rateMax, n: replay.n },
    across,
  };
}

/** Sizes of the errors there are: mean and largest, NaN without any. */
export function sizesOf(errors: readonly number[]): {
  readonly mean: number;
  readonly max: number;
  readonly n: number;
} {
  const sizes = errors.filter(Number.isFinite).map(Math.abs);
  const n = sizes.length;
  if (n === 0) return { mean: Number.NaN, max: Number.NaN, n };
  return { mean: sizes.reduce((sum, each) => sum + each, 0) / n, max: Math.max(...sizes), n };
}
