import type { SchedulerName } from '../../../model/simulation.ts';

/** One job of a recorded run, simulated and measured. */
export interface ErrorRow {
  readonly scheduler: SchedulerName;
  /** Tunables that differ from the defaults. */
  readonly settings: Readonly<Record<string, number>>;
  readonly run: string;
  /** Recorded again, and no constant was fitted to it. */
  readonly heldOut: boolean;
  readonly job: string;
  /** Operations measured. */
  readonly n: number;
  /** Simulated (mean of the seeds) and measured: operations/s, ms. */
  readonly rate: readonly [number, number];
  readonly p99: readonly [number, number];
  /** 95 % interval of the measured p99 by order statistics, ms; null: so few operations bound it on that side not at all. */
  readonly p99Interval: readonly [number | null, number | null];
}

export function errorOf([simulated, measured]: readonly [number, number]): number {
  return simulated / measured - 1;
}

/** What is promised of predictions: largest errors of rates and of p99; NaN: nothing. */
export function promisedLimits({ scheduler }: ErrorRow): { readonly rate: number; readonly p99: number } {
  if (scheduler === 'bfq') return { rate: 0.2, p99: Number.NaN };
  return { rate: 0.1, p99: 0.15 };
}

/** Does the simulated p99 lie where the measured one may lie? Undefined: too few operations to say no. */
export function withinInterval({
  p99: [simulated],
  p99Interval: [low, high],
}: ErrorRow): boolean | undefined {
  if ((low !== null && simulated < low) || (high !== null && simulated > high)) return false;
  return low === null || high === null ? undefined : true;
}
