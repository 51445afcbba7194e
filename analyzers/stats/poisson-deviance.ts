/** Cumulants of a statistic: mean, variance, third central moment. */
export interface Cumulants {
  readonly mean: number;
  readonly variance: number;
  readonly third: number;
}

/** Range of means that is tabled, in powers of e, and points per power. */
const LOWEST = -14;
const HIGHEST = 7;
const POINTS = 8;
let table: readonly Cumulants[] | undefined;

/** Deviance of one count: 2(x·ln(x/μ) − x + μ). */
export function poissonDeviance(count: number, mean: number): number {
  return 2 * ((count > 0 ? count * Math.log(count / mean) : 0) - count + mean);
}

/**
 * Cumulants of the deviance of a Poisson count of mean μ, by summation over the counts; between
 * tabled means linear in ln μ. Large means give those of χ² with one degree of freedom (1, 2, 8),
 * small ones far less: a cell that is nearly always 0 says nearly nothing.
 */
export function devianceCumulants(mean: number): Cumulants {
  if (!(mean > 0)) return { mean: 0, variance: 0, third: 0 };
  table ??= Array.from({ length: (HIGHEST - LOWEST) * POINTS + 1 }, (_, i) =>
    summed(Math.exp(LOWEST + i / POINTS)),
  );
  const at = (Math.log(mean) - LOWEST) * POINTS;
  if (at <= 0) return scaledDown(table[0] as Cumulants, mean / Math.exp(LOWEST));
  if (at >= table.length - 1) return table.at(-1) as Cumulants;
  const below = Math.floor(at);
  const part = at - below;
  const [a, b] = [table[below] as Cumulants, table[below + 1] as Cumulants];
  return {
    mean: a.mean + (b.mean - a.mean) * part,
    variance: a.variance + (b.variance - a.variance) * part,
    third: a.third + (b.third - a.third) * part,
  };
}

/** Far below one all cumulants are nearly proportional to the mean. */
function scaledDown({ mean, variance, third }: Cumulants, factor: number): Cumulants {
  return { mean: mean * factor, variance: variance * factor, third: third * factor };
}

function summed(mean: number): Cumulants {
  let probability = Math.exp(-mean);
  // Counts beyond ten deviations of a large mean add nothing; nor do those before.
  const first = Math.max(0, Math.floor(mean - 12 * Math.sqrt(mean)));
  const last = Math.ceil(mean + 12 * Math.sqrt(mean) + 30);
  if (first > 0) {
    let log = -mean;
    for (let count = 1; count <= first; count++) log += Math.log(mean / count);
    probability = Math.exp(log);
  }
  const values: [number, number][] = [];
  for (let count = first; count <= last; count++) {
    if (count > first) probability *= mean / count;
    values.push([probability, poissonDeviance(count, mean)]);
  }
  const average = values.reduce((sum, [p, d]) => sum + p * d, 0);
  return {
    mean: average,
    variance: values.reduce((sum, [p, d]) => sum + p * (d - average) ** 2, 0),
    third: values.reduce((sum, [p, d]) => sum + p * (d - average) ** 3, 0),
  };
}
