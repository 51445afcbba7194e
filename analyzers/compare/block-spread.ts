import type { Spread } from '../stats/dispersion.ts';
import { Random } from '../stats/random.ts';
import type { MeasuredRun } from './exposure.ts';

const RESAMPLES = 400;
/** A twentieth below and above is what a bootstrap of so many resamples is unsure of; fewer blocks say nothing. */
const FEWEST_BLOCKS = 4;

/**
 * What one run alone says of the spread of each of its functions: a bootstrap of its blocks of time.
 * A lower bound of the spread between runs, because all blocks share one start, one layout in
 * memory, one hour of the day. Keys are the names of the run's own functions.
 */
export function blockSpreads({ profile, scale, perSample }: MeasuredRun, seed: number): Map<number, Spread> {
  const spreads = new Map<number, Spread>();
  const { blocks } = profile;
  if (blocks === undefined || blocks.whole.length < FEWEST_BLOCKS) return spreads;
  const count = blocks.whole.length;
  // One set of resamples for all functions: they share the run's fortunes.
  const random = new Random(seed);
  const picks = Array.from({ length: RESAMPLES }, () =>
    Uint16Array.from({ length: count }, () => random.below(count)),
  );
  for (const { function: fn, self } of blocks.functions) {
    const counts = self.map((weight) => (weight * scale) / perSample);
    const mean = counts.reduce((sum, value) => sum + value, 0);
    if (!(mean > 0)) continue;
    let squares = 0;
    for (const pick of picks) {
      let sum = 0;
      for (const block of pick) sum += counts[block] as number;
      squares += (sum - mean) ** 2;
    }
    // Resampled sums spread (n−1)/n too little.
    const variance = (squares / RESAMPLES) * (count / (count - 1));
    spreads.set(fn, { ratio: variance / mean, df: count - 1, mean });
  }
  return spreads;
}
