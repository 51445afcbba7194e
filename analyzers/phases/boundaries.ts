import { sumRows } from '../stats/count-matrix.ts';
import { multinomialCost } from '../stats/multinomial-cost.ts';
import type { Channel } from './channel.ts';

/** Where one phase ends and the next begins, in windows from the first, fractions of a window included. */
export interface Boundary {
  readonly at: number;
  /** Places no less likely than e^(−1.92): a 95 % likelihood interval. */
  readonly low: number;
  readonly high: number;
}

/** Segments up to this long may be nothing but the window in which one phase turned into the next. */
const LONGEST_TRANSITION = 3;
/** Windows to either side of a boundary among which its place is looked for. */
const REACH = 10;
/** Parts of a window a boundary is placed to. */
const PARTS = 20;
/** Half the 95 % point of χ² with one degree of freedom, doubled: the drop of −2 log likelihood that bounds the interval. */
const DROP = 3.84;

/** Shares of one stretch of time, channel by channel, none of them 0. */
type Profile = readonly Float64Array[];

/**
 * Takes away short segments that are the mixture of their neighbours: a boundary seldom falls on
 * the edge of a window, and the window it falls into looks like neither phase.
 */
export function dissolveTransitions(
  channels: readonly Channel[],
  windows: number,
  starts: readonly number[],
  penalty: number,
): number[] {
  const kept = [...starts];
  for (let i = 1; i + 1 < kept.length; ) {
    const [a, b, c, d] = [kept[i - 1], kept[i], kept[i + 1], kept[i + 2] ?? windows] as [
      number,
      number,
      number,
      number,
    ];
    const turn = c - b <= LONGEST_TRANSITION ? bestTurn(channels, a, b, c, d) : undefined;
    const apart = cost(channels, a, b) + cost(channels, b, c) + cost(channels, c, d) + penalty;
    if (turn !== undefined && turn.cost <= apart) {
      // The window that is both goes to the phase it is more of.
      kept.splice(i, 2, Math.min(d - 1, Math.max(a + 1, Math.round(turn.at))));
    } else i++;
  }
  return kept;
}

/** The place inside [b, c) at which the phase of [a, b) turns into that of [c, d), and what the whole costs then. */
function bestTurn(channels: readonly Channel[], a: number, b: number, c: number, d: number) {
  let best: { at: number; cost: number } | undefined;
  for (let turning = b; turning < c; turning++) {
    const mixed = mixedWindow(channels, turning, profilesOf(channels, [a, turning], [turning + 1, d]));
    const rest = cost(channels, a, turning) + cost(channels, turning + 1, d);
    for (let part = 0; part <= PARTS; part++) {
      const whole = rest + (mixed[part] as number);
      if (best === undefined || whole < best.cost) best = { at: turning + part / PARTS, cost: whole };
    }
  }
  return best;
}

/**
 * Places the boundary between the phases of [from, start) and [start, to) by maximum likelihood,
 * to parts of a window: the window it falls into is a mixture of both. The edge of a window is
 * taken where it is as likely as the best place.
 */
export function placeBoundary(
  channels: readonly Channel[],
  from: number,
  start: number,
  to: number,
): Boundary {
  const first = Math.max(from, start - REACH);
  const last = Math.min(to, start + REACH);
  // Windows next to the boundary may be mixtures: they say nothing of what the phases are.
  const before: [number, number] = start - from > 2 ? [from, start - 1] : [from, start];
  const after: [number, number] = to - start > 2 ? [start + 1, to] : [start, to];
  const profiles = profilesOf(channels, before, after);
  const mixed = Array.from({ length: last - first }, (_, i) => mixedWindow(channels, first + i, profiles));
  // All windows as the second phase, then one after the other as the first.
  let sum = mixed.reduce((total, window) => total + (window[0] as number), 0);
  const places: number[] = [];
  const costs: number[] = [];
  mixed.forEach((window, i) => {
    const rest = sum - (window[0] as number);
    for (let part = i === 0 ? 0 : 1; part <= PARTS; part++) {
      places.push(first + i + part / PARTS);
      costs.push(rest + (window[part] as number));
    }
    sum = rest + (window[PARTS] as number);
  });
  const least = costs.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const likely = places.filter((_, i) => (costs[i] as number) <= least + DROP);
  const edges = places.filter(
    (place, i) => Number.isInteger(place) && likely.includes(place) && Number.isFinite(costs[i]),
  );
  const costAt = (place: number): number => costs[places.indexOf(place)] as number;
  const candidates = edges.length > 0 ? edges : likely;
  const at = candidates.reduce((a, b) => (costAt(b) < costAt(a) ? b : a), candidates[0] ?? start);
  return { at, low: Math.min(at, ...likely), high: Math.max(at, ...likely) };
}

/** −2 log likelihood of one window of which the first part / PARTS is of the first phase, for every part. */
function mixedWindow(
  channels: readonly Channel[],
  window: number,
  [one, two]: readonly [Profile, Profile],
): Float64Array {
  const costs = new Float64Array(PARTS + 1);
  channels.forEach(({ counts, dispersion }, i) => {
    const [p, q] = [one[i] as Float64Array, two[i] as Float64Array];
    for (let column = 0; column < counts.columns; column++) {
      const count = counts.values[window * counts.columns + column] as number;
      if (count === 0) continue;
      for (let part = 0; part <= PARTS; part++) {
        const share = ((p[column] as number) * part + (q[column] as number) * (PARTS - part)) / PARTS;
        costs[part] = (costs[part] as number) - (2 * count * Math.log(share)) / dispersion;
      }
    }
  });
  return costs;
}

function profilesOf(
  channels: readonly Channel[],
  before: readonly [number, number],
  after: readonly [number, number],
): [Profile, Profile] {
  const sums = channels.map(({ counts }) => [sumRows(counts, ...before), sumRows(counts, ...after)] as const);
  return [sums.map(([a, b]) => smoothed(a, b)), sums.map(([a, b]) => smoothed(b, a))];
}

/** Shares with half a count borrowed from what both stretches hold together, so that none is 0. */
function smoothed(own: Float64Array, other: Float64Array): Float64Array {
  const total = own.reduce((a, b) => a + b, 0);
  const both = total + other.reduce((a, b) => a + b, 0);
  return own.map(
    (count, i) =>
      (count + (0.5 * (count + (other[i] as number) + 0.5)) / (both + 0.5 * own.length)) / (total + 0.5),
  );
}

function cost(channels: readonly Channel[], from: number, to: number): number {
  return channels.reduce(
    (sum, { counts, dispersion }) => sum + multinomialCost(sumRows(counts, from, to)) / dispersion,
    0,
  );
}
