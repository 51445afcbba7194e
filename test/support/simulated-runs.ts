import { Random } from '../../analyzers/stats/random.ts';

/** How runs of one group differ from each other beyond the luck of sampling. */
export type Noise =
  | { readonly kind: 'sampling' }
  /** Variance φ times that of sampling, the same for every function. */
  | { readonly kind: 'phi'; readonly phi: number }
  /** Every function's cost varies by this share of itself from run to run. */
  | { readonly kind: 'cv'; readonly cv: number }
  /** Every run is faster or slower as a whole by this share. */
  | { readonly kind: 'machine'; readonly cv: number }
  /** Sampling noise, and a twentieth of the functions vary by half of themselves. */
  | { readonly kind: 'moody'; readonly cv: number };

export interface Simulation {
  readonly functions: number;
  readonly samples: number;
  readonly runs: readonly [number, number];
  readonly noise: Noise;
  /** Function (by rank of size) → factor of its cost in the second group. */
  readonly planted?: Readonly<Record<number, number>>;
}

/** Sample counts, `[group][run][function]`, of functions whose shares follow Zipf's law: a few large, many small. */
export function simulateCounts(simulation: Simulation, seed: number): Float64Array[][] {
  const { functions, samples, runs, noise, planted = {} } = simulation;
  const random = new Random(seed);
  let harmonic = 0;
  for (let rank = 1; rank <= functions; rank++) harmonic += 1 / rank;
  return runs.map((count, group) =>
    Array.from({ length: count }, () => {
      const whole = noise.kind === 'machine' ? Math.exp(noise.cv * normal(random)) : 1;
      return Float64Array.from({ length: functions }, (_, index) => {
        const factor = group === 1 ? (planted[index] ?? 1) : 1;
        const mean = (whole * factor * samples) / (index + 1) / harmonic;
        return count1(random, mean, noise, index);
      });
    }),
  );
}

function count1(random: Random, mean: number, noise: Noise, index: number): number {
  switch (noise.kind) {
    case 'phi':
      // Gamma-mixed Poisson with shape μ/(φ−1): variance φμ.
      return noise.phi <= 1
        ? poisson(random, mean)
        : poisson(random, (noise.phi - 1) * gamma(random, mean / (noise.phi - 1)));
    case 'cv':
      return poisson(random, mean * noise.cv ** 2 * gamma(random, 1 / noise.cv ** 2));
    case 'moody':
      return poisson(random, index % 20 === 3 ? mean * Math.exp(noise.cv * normal(random)) : mean);
    default:
      return poisson(random, mean);
  }
}

export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** Gamma variate of this shape and scale 1 (Marsaglia & Tsang, ACM Trans. Math. Softw. 26 (2000) 363). */
export function gamma(random: Random, shape: number): number {
  if (shape < 1) return gamma(random, shape + 1) * (1 - random.next()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Poisson variate: by products below 30, else as a sum of independent ones split by a gamma (Ahrens & Dieter, Computing 12 (1974) 223). */
export function poisson(random: Random, mean: number): number {
  let [left, count] = [mean, 0];
  while (left > 30) {
    const m = Math.floor(left * 0.875);
    const time = gamma(random, m);
    if (time > left) return count + binomial(random, m - 1, left / time);
    count += m;
    left -= time;
  }
  const floor = Math.exp(-left);
  let product = random.next();
  for (; product > floor; product *= random.next()) count++;
  return count;
}

function binomial(random: Random, n: number, p: number): number {
  // Split at the median order statistic while large (Devroye, Non-Uniform Random Variate Generation, X.4.4).
  let [left, share, count] = [n, p, 0];
  while (left > 40) {
    const i = Math.floor((left + 1) / 2);
    const [a, b] = [gamma(random, i), gamma(random, left + 1 - i)];
    const middle = a / (a + b);
    if (middle <= share) {
      count += i;
      share = (share - middle) / (1 - middle);
      left -= i;
    } else {
      share /= middle;
      left = i - 1;
    }
  }
  for (let i = 0; i < left; i++) if (random.next() < share) count++;
  return count;
}
