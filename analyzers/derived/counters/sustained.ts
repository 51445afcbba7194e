import type { Steps } from './increase.ts';

/** The longest stretch of consecutive intervals in which a count kept up a rate. */
export interface Sustained {
  /** ns. */
  readonly start: number;
  readonly duration: number;
  /** Intervals. */
  readonly n: number;
  /** Mean rate in the stretch, per second. */
  readonly rate: number;
}

/** What one interval may contribute at most, in multiples of the rate asked for: requests come whole, but a burst does not make up for idling. */
const CREDIT = 1.5;
/** An interval at an edge with less than this of the rate is one in which the work began or ended. */
const PARTLY = 0.75;

/**
 * Longest stretch whose increases are at least `share` of `perSecond` on average, each interval counting at most
 * 1.5 times `perSecond`. Intervals in which the count began anew contribute nothing. Undefined when there is none,
 * or the intervals have no lengths.
 */
export function sustainedAt(steps: Steps, perSecond: number, share: number): Sustained | undefined {
  const n = steps.increases.length;
  const lengths = Float64Array.from(steps.starts, (start, i) => (steps.ends[i] as number) - start);
  if (n === 0 || !lengths.every((length) => length > 0)) return undefined;
  // balance[j] − balance[i]: what intervals i … j−1 gained beyond what was asked of them.
  const balance = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) {
    const seconds = (lengths[i] as number) / 1e9;
    const gained = Number.isNaN(steps.increases[i]) ? 0 : (steps.increases[i] as number);
    balance[i + 1] =
      (balance[i] as number) + Math.min(gained, CREDIT * perSecond * seconds) - share * perSecond * seconds;
  }
  // Starts worth trying have a lower balance than all before them.
  const lows: number[] = [];
  for (let i = 0; i <= n; i++) {
    if (lows.length === 0 || (balance[i] as number) < (balance[lows.at(-1) as number] as number))
      lows.push(i);
  }
  let [best, from, to] = [0, 0, 0];
  for (let end = n; end > 0; end--) {
    while (lows.length > 0) {
      const start = lows.at(-1) as number;
      if (start < end && (balance[start] as number) > (balance[end] as number)) break;
      if (start < end) {
        const length = (steps.ends[end - 1] as number) - (steps.starts[start] as number);
        if (length > best) [best, from, to] = [length, start, end];
      }
      lows.pop();
    }
  }
  if (best === 0) return undefined;
  // At its edges the work began and ended within an interval.
  const slow = (i: number): boolean =>
    !((steps.increases[i] as number) >= (PARTLY * perSecond * (lengths[i] as number)) / 1e9);
  while (to - from > 1 && slow(from)) from++;
  while (to - from > 1 && slow(to - 1)) to--;
  best = (steps.ends[to - 1] as number) - (steps.starts[from] as number);
  let gained = 0;
  for (let i = from; i < to; i++) {
    if (!Number.isNaN(steps.increases[i])) gained += steps.increases[i] as number;
  }
  return { start: steps.starts[from] as number, duration: best, n: to - from, rate: (gained / best) * 1e9 };
}
