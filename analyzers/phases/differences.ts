import { sumRows } from '../stats/count-matrix.ts';
import { normalCritical } from '../stats/distributions.ts';
import type { Channel } from './channel.ts';
import type { Stretch } from './model.ts';

/** How a column's share in one phase differs from its share in the rest of the run. */
export interface Difference {
  readonly column: number;
  readonly name: string;
  readonly here: number;
  readonly elsewhere: number;
  /** 95 % interval of here − elsewhere. */
  readonly low: number;
  readonly high: number;
  /** Counts of the column here and elsewhere. */
  readonly n: number;
}

/** 95 % of the normal distribution, two-sided. */
const Z = 1.959963984540054;
/** Chance that any difference of a phase is listed that is none. */
const FALSE_ALARM = 0.05;
/** Differences smaller than this are not worth a line. */
const SMALLEST = 0.01;

/**
 * Columns whose share differs from the rest of the run, largest difference first. A difference is
 * listed when it stands after Bonferroni's correction for the columns looked at; its variance is
 * the binomial one times the channel's dispersion.
 */
export function differences(channel: Channel, stretches: readonly Stretch[], phase: number): Difference[] {
  const { counts, names, dispersion } = channel;
  const here = new Float64Array(counts.columns);
  const rest = new Float64Array(counts.columns);
  for (const stretch of stretches) {
    const target = stretch.phase === phase ? here : rest;
    sumRows(counts, ...stretch.inner).forEach((count, column) => {
      target[column] = (target[column] as number) + count;
    });
  }
  const [n, m] = [here.reduce((a, b) => a + b, 0), rest.reduce((a, b) => a + b, 0)];
  if (n === 0 || m === 0) return [];
  const critical = normalCritical(FALSE_ALARM / counts.columns);
  return names
    .map((name, column) => {
      const [a, b] = [here[column] as number, rest[column] as number];
      const [p, q] = [a / n, b / m];
      // Agresti and Caffo's extra observations keep the variance of shares of 0 and 1 from being 0.
      const [p1, q1] = [(a + 1) / (n + 2), (b + 1) / (m + 2)];
      const error = Math.sqrt(dispersion * ((p1 * (1 - p1)) / (n + 2) + (q1 * (1 - q1)) / (m + 2)));
      return {
        column,
        name,
        here: p,
        elsewhere: q,
        low: p - q - Z * error,
        high: p - q + Z * error,
        n: a + b,
        error,
      };
    })
    .filter(
      ({ here: p, elsewhere: q, error }) => Math.abs(p - q) >= SMALLEST && Math.abs(p - q) > critical * error,
    )
    .sort(
      (a, b) => Math.abs(b.here - b.elsewhere) - Math.abs(a.here - a.elsewhere) || (a.name < b.name ? -1 : 1),
    )
    .map(({ error: _, ...difference }) => difference);
}
