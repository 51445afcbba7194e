import type { CountMatrix } from '../stats/count-matrix.ts';
import { rowTotals } from '../stats/count-matrix.ts';
import { poissonDeviance } from '../stats/poisson-deviance.ts';
import { quantile } from '../stats/quantiles.ts';
import type { Factors, Tensors } from '../tensor/tensors.ts';

/** More components are no explanation. */
const MOST_COMPONENTS = 8;
/** Rounds by which a candidate is judged, and by which the final factors are found. */
const TRIAL_ROUNDS = 25;
const FINAL_ROUNDS = 80;
/** Windows whose gain is not counted when a component is judged: a few odd windows are no component. */
const TRIMMED = 0.02;

/**
 * What the windows are mixtures of. Begins with one component per phase and adds more while they
 * explain more than noise can.
 */
export function findFactors(
  tensors: Tensors,
  counts: CountMatrix,
  dispersion: number,
  phaseOf: readonly number[],
): Factors {
  const noise = dispersion * largestOfNoise(counts.rows, counts.columns);
  let best = tensors.factorise(counts, phaseStart(counts, phaseOf), TRIAL_ROUNDS);
  let deviances = rowDeviances(counts, best);
  while (best.rank < MOST_COMPONENTS) {
    const tried = tensors.factorise(counts, withResidual(counts, best, deviances), TRIAL_ROUNDS);
    const next = rowDeviances(counts, tried);
    if (trimmedGain(deviances, next) <= noise) break;
    [best, deviances] = [tried, next];
  }
  return tensors.factorise(counts, lifted(best), FINAL_ROUNDS);
}

/**
 * Deviance that a component of pure noise gains, at most: the square of the largest singular value
 * of a matrix of noise, its centre plus three times its spread (Johnstone, Ann. Statist. 29 (2001)).
 */
function largestOfNoise(rows: number, columns: number): number {
  const [n, p] = [Math.sqrt(Math.max(1, rows - 1)), Math.sqrt(columns)];
  return (n + p) ** 2 + 3 * (n + p) * Math.cbrt(1 / n + 1 / p);
}

/** Expected counts of a row under the factors. */
export function expectedRow(
  { rank, loadings, components }: Factors,
  row: number,
  out: Float64Array,
): Float64Array {
  out.fill(0);
  for (let k = 0; k < rank; k++) {
    const loading = loadings[row * rank + k] as number;
    if (loading === 0) continue;
    for (let c = 0, at = k * out.length; c < out.length; c++, at++)
      out[c] = (out[c] as number) + loading * (components[at] as number);
  }
  return out;
}

/** Deviance of each row from what the factors expect of it. */
export function rowDeviances({ rows, columns, values }: CountMatrix, factors: Factors): Float64Array {
  const expected = new Float64Array(columns);
  return Float64Array.from({ length: rows }, (_, row) => {
    expectedRow(factors, row, expected);
    let sum = 0;
    for (let c = 0; c < columns; c++)
      sum += poissonDeviance(values[row * columns + c] as number, Math.max(expected[c] as number, 1e-9));
    return sum;
  });
}

/** A component per phase: its shares; each window begins as mostly its own phase. */
function phaseStart(counts: CountMatrix, phaseOf: readonly number[]): Factors {
  const { rows, columns, values } = counts;
  const totals = rowTotals(counts);
  const weight = new Map<number, number>();
  phaseOf.forEach((phase, row) => {
    weight.set(phase, (weight.get(phase) ?? 0) + (totals[row] as number));
  });
  // The largest phases, in the order in which they appear.
  const largest = [...weight].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, MOST_COMPONENTS);
  const phases = largest.map(([phase]) => phase).sort((a, b) => a - b);
  const rank = phases.length;
  const loadings = new Float64Array(rows * rank);
  const components = new Float64Array(rank * columns);
  phaseOf.forEach((phase, row) => {
    const own = phases.indexOf(phase);
    for (let k = 0; k < rank; k++)
      loadings[row * rank + k] = ((totals[row] as number) + 1) * (k === own ? 0.9 + 0.1 / rank : 0.1 / rank);
    if (own < 0) return;
    for (let c = 0; c < columns; c++)
      components[own * columns + c] =
        (components[own * columns + c] as number) + (values[row * columns + c] as number);
  });
  return lifted({ rank, loadings, components });
}

/** One more component: what the windows explained worst, but for the oddest few, hold beyond what is expected. */
function withResidual(counts: CountMatrix, factors: Factors, deviances: Float64Array): Factors {
  const { rows, columns, values } = counts;
  const { rank, loadings, components } = factors;
  const totals = rowTotals(counts);
  const excess = deviances.map((deviance, row) => deviance / Math.max(1, totals[row] as number));
  const sorted = [...excess].sort((a, b) => a - b);
  const [from, to] = [quantile(sorted, 0.8), quantile(sorted, 1 - TRIMMED)];
  const beyond = new Float64Array(columns);
  const expected = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    if (!((excess[row] as number) >= from && (excess[row] as number) <= to)) continue;
    expectedRow(factors, row, expected);
    for (let c = 0; c < columns; c++)
      beyond[c] =
        (beyond[c] as number) + Math.max(0, (values[row * columns + c] as number) - (expected[c] as number));
  }
  const nextLoadings = new Float64Array(rows * (rank + 1));
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < rank; k++)
      nextLoadings[row * (rank + 1) + k] = 0.8 * (loadings[row * rank + k] as number);
    nextLoadings[row * (rank + 1) + rank] = 0.2 * (totals[row] as number);
  }
  return lifted({
    rank: rank + 1,
    loadings: nextLoadings,
    components: Float64Array.of(...components, ...beyond),
  });
}

/** Factors without zeros: a multiplicative update cannot leave one. */
function lifted({ rank, loadings, components }: Factors): Factors {
  const columns = components.length / rank;
  const scaled = components.slice();
  for (let k = 0; k < rank; k++) {
    const own = scaled.subarray(k * columns, (k + 1) * columns);
    const sum = own.reduce((a, b) => a + b, 0);
    for (let c = 0; c < columns; c++)
      own[c] = sum > 0 ? (0.99 * (own[c] as number)) / sum + 0.01 / columns : 1 / columns;
  }
  const smallest = loadings.reduce((a, b) => a + b, 0) / Math.max(1, loadings.length) / 1e3;
  return { rank, loadings: loadings.map((value) => Math.max(value, smallest)), components: scaled };
}

/** Deviance gained, the windows that gained most left out. */
function trimmedGain(before: Float64Array, after: Float64Array): number {
  const gains = before.map((value, row) => value - (after[row] as number)).sort();
  const counted = gains.length - Math.max(2, Math.ceil(TRIMMED * gains.length));
  return gains.subarray(0, Math.max(0, counted)).reduce((a, b) => a + b, 0);
}
