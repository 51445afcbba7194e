import type { CountMatrix } from '../stats/count-matrix.ts';
import { pearsonThreeUpper } from '../stats/pearson-three.ts';
import { devianceCumulants, poissonDeviance } from '../stats/poisson-deviance.ts';
import { quantile } from '../stats/quantiles.ts';
import type { Factors, Tensors } from '../tensor/tensors.ts';
import { expectedRow, rowDeviances } from './factors.ts';

/** Chance that a run without odd windows is said to have one. */
export const ODD_FALSE_ALARM = 0.05;
/** Rounds in which loadings of windows left out of the factorisation are found. */
const LOADING_ROUNDS = 40;
/** Turns the median absolute deviation into a standard deviation. */
const MAD_TO_SIGMA = 1.4826;

/** A window unlike any mixture of the components. */
export interface OddWindow {
  readonly window: number;
  /** Chance of a window as odd as this in a run of this length without odd ones. */
  readonly chance: number;
  /** Deviance over what is expected of a window that is not odd. */
  readonly ratio: number;
  /** Columns that differ most, most first: counts there were, and were expected. */
  readonly columns: readonly { readonly column: number; readonly count: number; readonly expected: number }[];
}

export interface OddWindows {
  readonly odd: readonly OddWindow[];
  /** Factors found without the odd windows, with the loadings of all. */
  readonly factors: Factors;
}

const MOST_COLUMNS = 5;
/** Columns whose deviance is less than this say nothing by themselves. */
const TELLING = 6;

/**
 * Windows whose counts are unlike what the components make of them. The deviance of a window is held
 * against its distribution for Poisson counts, matched in three cumulants and scaled to the spread
 * most windows show, so that overdispersion raises the bar instead of raising alarms. Factors are
 * found again without the odd windows, which would otherwise bend them towards themselves.
 */
export function findOddWindows(
  tensors: Tensors,
  counts: CountMatrix,
  found: Factors,
  rounds: number,
): OddWindows {
  const first = chances(counts, found);
  const odd = [...first.keys()].filter((window) => (first[window] as number) < ODD_FALSE_ALARM);
  const factors =
    odd.length === 0 || odd.length > counts.rows / 4
      ? found
      : withoutRows(tensors, counts, found, odd, rounds);
  const again = factors === found ? first : chances(counts, factors);
  const deviances = rowDeviances(counts, factors);
  const usual = quantile(
    [...deviances].sort((a, b) => a - b),
    0.5,
  );
  const expected = new Float64Array(counts.columns);
  return {
    factors,
    odd: [...again.keys()]
      .filter((window) => (again[window] as number) < ODD_FALSE_ALARM)
      .map((window) => ({
        window,
        chance: again[window] as number,
        ratio: (deviances[window] as number) / Math.max(usual, 1e-9),
        columns: tellingColumns(counts, window, expectedRow(factors, window, expected)),
      })),
  };
}

/** For each window the chance of any window as odd in a run of this length: its own times the number of windows, at most 1. */
function chances(counts: CountMatrix, factors: Factors): Float64Array {
  const { rows, columns } = counts;
  const deviances = rowDeviances(counts, factors);
  const expected = new Float64Array(columns);
  const usual = Array.from({ length: rows }, (_, row) => {
    expectedRow(factors, row, expected);
    let [mean, variance, third] = [0, 0, 0];
    for (let c = 0; c < columns; c++) {
      const cumulants = devianceCumulants(expected[c] as number);
      mean += cumulants.mean;
      variance += cumulants.variance;
      third += cumulants.third;
    }
    // Every component takes a degree of freedom from the cells there are to differ.
    const left = mean > 0 ? Math.max(0, mean - factors.rank) / mean : 0;
    return { mean: mean * left, variance: variance * left, third: third * left };
  });
  // With fewer than one degree of freedom left nothing can be odd.
  if (
    quantile(
      usual.map(({ mean }) => mean).sort((a, b) => a - b),
      0.5,
    ) < 1
  )
    return new Float64Array(rows).fill(1);
  const scales = usual.map(({ mean }, row) => (mean > 0 ? (deviances[row] as number) / mean : 1));
  // Fitting takes some of the deviance away, overdispersion adds some: most windows tell how much.
  const scale =
    quantile(
      [...scales].sort((a, b) => a - b),
      0.5,
    ) || 1;
  const scores = usual.map(({ mean, variance }, row) =>
    variance > 0 ? ((deviances[row] as number) / scale - mean) / Math.sqrt(variance) : 0,
  );
  const away = scores.map(Math.abs).sort((a, b) => a - b);
  const spread = Math.max(1, MAD_TO_SIGMA * quantile(away, 0.5));
  return Float64Array.from(scores, (score, row) => {
    const { variance, third } = usual[row] as (typeof usual)[number];
    const skewness = variance > 0 ? third / variance ** 1.5 : 0;
    return Math.min(1, rows * pearsonThreeUpper(score / spread, skewness));
  });
}

/** The factors of all other windows; windows left out are given the loadings that explain them best. */
function withoutRows(
  tensors: Tensors,
  counts: CountMatrix,
  found: Factors,
  left: readonly number[],
  rounds: number,
): Factors {
  const { rank } = found;
  const { columns, values } = counts;
  const out = new Set(left);
  const kept = Array.from({ length: counts.rows }, (_, row) => row).filter((row) => !out.has(row));
  const part = new Uint32Array(kept.length * columns);
  const loadings = new Float64Array(kept.length * rank);
  kept.forEach((row, i) => {
    part.set(values.subarray(row * columns, (row + 1) * columns), i * columns);
    loadings.set(found.loadings.subarray(row * rank, (row + 1) * rank), i * rank);
  });
  const again = tensors.factorise(
    { rows: kept.length, columns, values: part },
    { rank, loadings, components: found.components },
    rounds,
  );
  const all = found.loadings.slice();
  kept.forEach((row, i) => {
    all.set(again.loadings.subarray(i * rank, (i + 1) * rank), row * rank);
  });
  const factors = { rank, loadings: all, components: again.components };
  for (const row of left) fitLoadings(counts, factors, row);
  return factors;
}

/** Loadings of one window by expectation maximisation, the components as they are. Writes into the factors. */
function fitLoadings({ columns, values }: CountMatrix, factors: Factors, row: number): void {
  const { rank, loadings, components } = factors;
  const total = values.subarray(row * columns, (row + 1) * columns).reduce((a, b) => a + b, 0);
  const own = loadings.subarray(row * rank, (row + 1) * rank).fill(total / rank);
  for (let round = 0; round < LOADING_ROUNDS; round++) {
    const pull = new Float64Array(rank);
    for (let c = 0; c < columns; c++) {
      const count = values[row * columns + c] as number;
      if (count === 0) continue;
      let expected = 1e-12;
      for (let k = 0; k < rank; k++) expected += (own[k] as number) * (components[k * columns + c] as number);
      for (let k = 0; k < rank; k++)
        pull[k] = (pull[k] as number) + (count * (components[k * columns + c] as number)) / expected;
    }
    for (let k = 0; k < rank; k++) own[k] = (own[k] as number) * (pull[k] as number);
  }
}

function tellingColumns({ columns, values }: CountMatrix, window: number, expected: Float64Array) {
  return Array.from({ length: columns }, (_, column) => {
    const count = values[window * columns + column] as number;
    const mean = expected[column] as number;
    return { column, count, expected: mean, deviance: poissonDeviance(count, Math.max(mean, 1e-9)) };
  })
    .filter(({ deviance }) => deviance >= TELLING)
    .sort((a, b) => b.deviance - a.deviance || a.column - b.column)
    .slice(0, MOST_COLUMNS)
    .map(({ column, count, expected: mean }) => ({ column, count, expected: mean }));
}
