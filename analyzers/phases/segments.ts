import { chiSquaredBound } from '../stats/chi-squared-bound.ts';
import { sumRows } from '../stats/count-matrix.ts';
import { hellingerBeyondChance } from '../stats/hellinger.ts';
import { multinomialCost, multinomialCosts } from '../stats/multinomial-cost.ts';
import { optimalPartition } from '../stats/partition.ts';
import { dissolveTransitions } from './boundaries.ts';
import type { Channel } from './channel.ts';

/** Chance that a run in which nothing changes is given a boundary. */
export const FALSE_ALARM = 0.01;
/** A phase lasts this many windows at least; what is shorter is an odd window. */
export const SHORTEST = 2;
/** Σ(√p − √q)² beyond chance below which a change is real, maybe, but not worth a phase: about 3 points of one function. */
const SMALLEST_CHANGE = 0.002;

/** What one more segment must gain in 2 log likelihood: the bound of χ² with the shares it adds, at a level shared by all places it could begin at. */
export function segmentPenalty(channels: readonly Channel[], windows: number): number {
  const df = channels.reduce((sum, channel) => sum + channel.df, 0);
  return chiSquaredBound(df, FALSE_ALARM / windows);
}

/** −2 log likelihood of the windows [from, to) as one phase. */
export function stretchCost(channels: readonly Channel[], from: number, to: number): number {
  return channels.reduce(
    (sum, { counts, dispersion }) => sum + multinomialCost(sumRows(counts, from, to)) / dispersion,
    0,
  );
}

/** Starts of stretches of time in each of which nothing changes, the first 0. */
export function findSegments(channels: readonly Channel[], windows: number): number[] {
  if (channels.length === 0 || windows === 0) return [0];
  const penalty = segmentPenalty(channels, windows);
  const parts = channels.map(({ counts, dispersion }) => multinomialCosts(counts, dispersion));
  const part = new Float64Array(windows + 1);
  const starts = optimalPartition(
    windows,
    (start, out) => {
      out.fill(0, start);
      for (const costs of parts) {
        costs(start, part);
        for (let end = start + 1; end <= windows; end++)
          out[end] = (out[end] as number) + (part[end] as number);
      }
    },
    penalty,
    Math.min(SHORTEST, windows),
  );
  return dropSmallChanges(channels, windows, dissolveTransitions(channels, windows, [...starts], penalty));
}

/** Takes away the boundary with the smallest change, as long as that is too small to matter. */
function dropSmallChanges(
  channels: readonly Channel[],
  windows: number,
  starts: readonly number[],
): number[] {
  const kept = [...starts];
  for (;;) {
    const changes = kept
      .slice(1)
      .map((start, i) =>
        changeBetween(channels, [kept[i] as number, start], [start, kept[i + 2] ?? windows]),
      );
    const least = Math.min(...changes);
    if (!(least < SMALLEST_CHANGE)) return kept;
    kept.splice(changes.indexOf(least) + 1, 1);
  }
}

/** Largest change of any channel between two stretches, Σ(√p − √q)² beyond chance. */
function changeBetween(
  channels: readonly Channel[],
  before: readonly [number, number],
  after: readonly [number, number],
): number {
  return Math.max(
    ...channels.map(({ counts, df, dispersion }) =>
      hellingerBeyondChance(sumRows(counts, ...before), sumRows(counts, ...after), df, dispersion),
    ),
  );
}
