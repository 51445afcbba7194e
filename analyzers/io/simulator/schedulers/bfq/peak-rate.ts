import { endSector } from '../../requests.ts';
import { isSeek } from './queue.ts';
import type { BfqState } from './state.ts';

/** Rates are sectors per µs in fixed point: BFQ_RATE_SHIFT. */
const ONE = 2 ** 16;
/** Reference rates and how long an interactive task is raised at them, ns, without and with rotation. */
const REFERENCE = [
  { rate: 33_000, raised: 2.5e9 },
  { rate: 14_000, raised: 7e9 },
] as const;
const LEAST_SAMPLES = 32;
const LEAST_INTERVAL = 300e6;
const INTERVAL = 1e9;
const LONG_PAUSE = 100e6;
/** Completions further apart than this may tell of a slow device, ns. */
const SLOW_COMPLETION = 2e6;
const DEFAULT_BUDGET = 16_384;

/** How fast the device can be, from what was dispatched to it; and what follows from that. */
export interface PeakRate {
  /** Sectors a queue may be served in one turn: `max_budget`, or what the device does in the timeout. */
  budget(): number;
  /** ns an interactive queue is raised: the slower the device, the longer. */
  raisedFor(): number;
  dispatched(row: number): void;
  /** Before `lastCompletion` becomes now. */
  completed(): void;
}

/** Source: bfq-iosched.c, bfq_update_peak_rate(), bfq_update_rate_reset(), bfq_wr_duration(). */
export function createPeakRate(state: BfqState): PeakRate {
  const { requests, tunables } = state;
  const reference = REFERENCE[state.rotational ? 1 : 0];
  let rate = Math.floor((reference.rate * 2) / 3);
  let samples = 0;
  let sequential = 0;
  let sectors = 0;
  let largest = 0;
  let first = 0;
  let last = 0;
  let interval = 0;
  const inTimeout = (): number => Math.floor((rate * 1000 * (tunables.timeout / 1e6)) / ONE);
  // Who sets the timeout has the budget computed at once.
  let budget = tunables.maxBudget || (tunables.timeoutIsSet ? inTimeout() : DEFAULT_BUDGET);

  const begin = (row: number): void => {
    samples = 1;
    sequential = 0;
    sectors = requests.sectors[row] as number;
    largest = sectors;
    first = state.now();
  };
  const learn = (): void => {
    if (samples < LEAST_SAMPLES || interval < LEAST_INTERVAL) return;
    interval = Math.max(interval, state.lastCompletion - first);
    const measured = Math.floor((sectors * ONE) / Math.floor(interval / 1000));
    // Seeks say little of the peak, unless they were faster than it.
    if (sequential < Math.floor((3 * samples) / 4) && measured <= rate) return;
    if (measured > 20 * ONE) return;
    const share = Math.floor((9 * sequential) / samples);
    const divisor = 10 - Math.min(8, Math.floor((share * interval) / INTERVAL));
    rate = Math.max(1, Math.floor((rate * (divisor - 1)) / divisor) + Math.floor(measured / divisor));
    if (tunables.maxBudget === 0) budget = inTimeout();
  };
  const sample = (row: number): void => {
    const now = state.now();
    if (samples === 0) {
      begin(row);
      return;
    }
    if (now - last > LONG_PAUSE && state.inDriver === 0) {
      learn();
      begin(row);
      return;
    }
    samples++;
    const served = state.inDriver > 0 || now - state.lastCompletion < SLOW_COMPLETION;
    if (served && !isSeek(requests, row, state.lastPosition, state.rotational)) sequential++;
    const size = requests.sectors[row] as number;
    sectors += size;
    largest = samples % 32 === 0 ? size : Math.max(size, largest);
    interval = now - first;
    if (interval < INTERVAL) return;
    learn();
    begin(row);
  };
  return {
    budget: () => budget,
    raisedFor: () => {
      const duration = (reference.rate * reference.raised) / rate;
      return Math.min(state.ticks(25_000), Math.max(state.ticks(3000), duration));
    },
    dispatched: (row) => {
      sample(row);
      last = state.now();
      state.lastPosition = endSector(requests, row);
    },
    completed: () => {
      const microseconds = Math.floor((state.now() - state.lastCompletion) / 1000);
      if (microseconds <= SLOW_COMPLETION / 1000) return;
      if (Math.floor((largest * ONE) / microseconds) >= 2 ** 6) return;
      learn();
      samples = 0;
    },
  };
}
