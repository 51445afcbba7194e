import type { HistoryChange, HistoryLevel, HistorySeries } from '../../model/history.ts';
import { finite } from '../compare/functions.ts';
import { bootstrapChange, bootstrapMean } from '../stats/bootstrap.ts';
import { tCritical } from '../stats/distributions.ts';
import { type ChangePoint, eDivisive } from '../stats/e-divisive.ts';
import { quantile } from '../stats/quantiles.ts';
import { Random } from '../stats/random.ts';
import type { PlainSeries } from './series.ts';

/** Fewest runs between two changes. */
const LEAST_LEVEL = 3;
/** Fewer runs are no history. */
export const FEWEST_RUNS = 8;
/** Chance of calling an ordinary run odd, over all runs of a series. */
const ODD_LEVEL = 0.001;
/** A step of this many standard errors is found four times in five (simulation in test/stats). */
const FOUND = 6.2;

/** Divides a series into levels; `level` is its chance of a change where there is none. */
export function divideSeries(
  plain: PlainSeries,
  names: readonly string[],
  level: number,
  seed: number,
): HistorySeries {
  const { margin, level: _gate, ...series } = plain;
  const at = [...plain.values.keys()].filter((run) => plain.values[run] !== null);
  const values = at.map((run) => plain.values[run] as number);
  if (values.length < FEWEST_RUNS) {
    return { ...series, levels: [], changes: [], odd: [], spread: null, detectable: null };
  }
  const random = new Random(seed);
  let points = eDivisive(values, { seed, level, least: LEAST_LEVEL });
  // A step too small to matter is taken out, the smallest first: its neighbours are then held against each other.
  for (;;) {
    const steps = points.map(({ at: place }, i) => stepAt(values, points, i, place));
    const smallest = steps.reduce((least, step, i) => (step < (steps[least] as number) ? i : least), 0);
    if (points.length === 0 || (steps[smallest] as number) >= margin) break;
    points = points.filter((_, i) => i !== smallest);
  }
  const bounds = [0, ...points.map((point) => point.at), values.length];
  const parts = bounds.slice(1).map((end, i) => values.slice(bounds[i], end));
  const levels = parts.map((part, i): HistoryLevel => {
    const { low, high } = bootstrapMean(part, random);
    return {
      first: i === 0 ? 0 : (at[bounds[i] as number] as number),
      last: i === parts.length - 1 ? plain.values.length - 1 : (at[(bounds[i + 1] as number) - 1] as number),
      n: part.length,
      mean: meanOf(part),
      low: finite(low),
      high: finite(high),
    };
  });
  const drafts = points.map((point, i) => describe(point, i));
  const spread = spreadOf(parts);
  return {
    ...series,
    levels,
    changes: takenBack(drafts, parts, levels, margin, random),
    odd: oddRuns(parts, margin).map((place) => at[place] as number),
    spread,
    detectable: spread === null ? null : (FOUND * spread * 2) / Math.sqrt(values.length),
  };

  function describe({ at: place, p }: ChangePoint, i: number): HistoryChange {
    const [before, after] = [parts[i] as number[], parts[i + 1] as number[]];
    const { low, high } = bootstrapChange(before, after, random);
    const run = at[place] as number;
    const relative = relativeChange(meanOf(before), meanOf(after));
    const worse = plain.better === 'lower' ? relative > 0 : relative < 0;
    return {
      run,
      name: names[run] ?? '',
      relative: finite(relative),
      low: finite(low),
      high: finite(high),
      p,
      state: plain.better === 'neither' ? 'changed' : worse ? 'regressed' : 'improved',
      lasting: 'persistent',
      until: null,
      runs: after.length,
    };
  }
}

/** Size of a step between the levels on its two sides. */
function stepAt(values: readonly number[], points: readonly ChangePoint[], i: number, place: number): number {
  const before = values.slice(points[i - 1]?.at ?? 0, place);
  const after = values.slice(place, points[i + 1]?.at ?? values.length);
  return Math.abs(relativeChange(meanOf(before), meanOf(after)));
}

/** A change whose next one leads back to the level before is passing, both of them are. */
function takenBack(
  changes: readonly HistoryChange[],
  parts: readonly (readonly number[])[],
  levels: readonly HistoryLevel[],
  margin: number,
  random: Random,
): HistoryChange[] {
  const out = [...changes];
  for (let i = 0; i + 1 < out.length; i++) {
    const [up, down] = [out[i] as HistoryChange, out[i + 1] as HistoryChange];
    const rest = relativeChange(levels[i]?.mean ?? Number.NaN, levels[i + 2]?.mean ?? Number.NaN);
    const { low, high } = bootstrapChange(parts[i] ?? [], parts[i + 2] ?? [], random);
    const back = Math.abs(rest) < margin || (low <= 0 && high >= 0);
    if (!back || Math.sign(up.relative ?? 1) === Math.sign(down.relative ?? 1)) continue;
    out[i] = { ...up, lasting: 'passing', until: down.run };
    out[i + 1] = { ...down, lasting: 'passing' };
    i++;
  }
  return out;
}

/** Standard deviation around the levels, relative to them. */
function spreadOf(parts: readonly (readonly number[])[]): number | null {
  let [squares, df] = [0, 0];
  for (const part of parts) {
    const mean = meanOf(part);
    if (mean === 0) continue;
    for (const value of part) squares += ((value - mean) / mean) ** 2;
    df += part.length - 1;
  }
  return df > 0 ? Math.sqrt(squares / df) : null;
}

/** Single runs farther from the median of their level than chance carries them, by the median absolute deviation. */
function oddRuns(parts: readonly (readonly number[])[], margin: number): number[] {
  const rows = parts.flatMap((part) => {
    const median = quantile(
      part.toSorted((a, b) => a - b),
      0.5,
    );
    return part.map((value) => ({ away: Math.abs(value - median), relative: Math.abs(value / median - 1) }));
  });
  const deviation = quantile(
    rows.map(({ away }) => away).sort((a, b) => a - b),
    0.5,
  );
  // 1.4826: of normal values, the standard deviation over the median absolute deviation.
  const limit = tCritical(ODD_LEVEL / rows.length, rows.length - parts.length) * 1.4826 * deviation;
  return [...rows.keys()].filter((i) => {
    const row = rows[i];
    return row !== undefined && limit > 0 && row.away > limit && row.relative >= margin;
  });
}

function relativeChange(before: number, after: number): number {
  if (before === 0) return after === 0 ? 0 : Number.POSITIVE_INFINITY;
  return (after - before) / Math.abs(before);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
