import { jiffy } from '../../scheduler.ts';
import { type BfqTunables, roundUpToTicks } from './state.ts';

/** As in sysfs, but for -1. */
export const bfqDefaults: Readonly<Record<string, number>> = {
  slice_idle: 8,
  /** -1: as `slice_idle` has it. */
  slice_idle_us: -1,
  /** -1: HZ/8, rounded down to timer ticks. */
  timeout_sync: -1,
  /** 0: what the device does in `timeout_sync` at its peak rate. */
  max_budget: 0,
  fifo_expire_sync: 125,
  fifo_expire_async: 250,
  back_seek_max: 16_384,
  back_seek_penalty: 2,
  low_latency: 1,
  strict_guarantees: 0,
};

/** Tunables in ns and sectors; what the kernel would not take is brought into its limits as there. */
export function tunablesOf(settings: Readonly<Record<string, number>>, hz: number): BfqTunables {
  const setting = (name: string): number => settings[name] ?? (bfqDefaults[name] as number);
  const microseconds = setting('slice_idle_us');
  const sliceIdle = microseconds >= 0 ? microseconds * 1000 : setting('slice_idle') * 1e6;
  const strictGuarantees = setting('strict_guarantees') !== 0;
  const defaultTimeout = Math.floor(hz / 8) * jiffy(hz);
  const timeout = setting('timeout_sync');
  return {
    sliceIdle: strictGuarantees ? Math.max(8e6, sliceIdle) : sliceIdle,
    timeout: timeout < 0 ? defaultTimeout : roundUpToTicks(Math.max(1, timeout), hz),
    defaultTimeout,
    timeoutIsSet: timeout >= 0,
    maxBudget: setting('max_budget'),
    fifoExpire: [setting('fifo_expire_async') * 1e6, setting('fifo_expire_sync') * 1e6],
    backMax: setting('back_seek_max') * 2,
    backPenalty: Math.max(1, setting('back_seek_penalty')),
    lowLatency: setting('low_latency') !== 0,
    strictGuarantees,
  };
}
