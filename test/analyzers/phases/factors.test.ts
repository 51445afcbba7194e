import { describe, expect, it } from 'vitest';
import { findFactors } from '../../../analyzers/phases/factors.ts';
import type { CountMatrix } from '../../../analyzers/stats/count-matrix.ts';
import { Random } from '../../../analyzers/stats/random.ts';
import { loadTensors } from '../../../analyzers/tensor/load.ts';
import { plainTensors } from '../../../analyzers/tensor/plain.ts';
import type { Factors } from '../../../analyzers/tensor/tensors.ts';
import { drawCounts, falling, permuted, scaled } from '../../support/draw-counts.ts';

const COLUMNS = 80;

/** Three kinds of work, each mostly in functions of its own. */
const planted = [0, 1, 2].map((kind) =>
  scaled(
    Float64Array.from({ length: COLUMNS }, (_, column) =>
      column % 3 === kind ? 1 / (1 + column / 3) : 0.02,
    ),
  ),
);

/** Windows that are mixtures of the planted kinds in changing parts. */
function mixtures(seed: number, windows: number, each: number): CountMatrix {
  const random = new Random(seed);
  const parts = Array.from({ length: windows }, () =>
    scaled(Float64Array.from(planted, () => -Math.log(random.next() + 1e-9))),
  );
  return drawCounts(seed + 100, windows, each, (row) =>
    Float64Array.from({ length: COLUMNS }, (_, column) =>
      planted.reduce(
        (sum, shares, kind) => sum + (parts[row]?.[kind] as number) * (shares[column] as number),
        0,
      ),
    ),
  );
}

function start(counts: CountMatrix, rank: number, seed = 5): Factors {
  const random = new Random(seed);
  const positive = (length: number): Float64Array => Float64Array.from({ length }, () => 0.5 + random.next());
  return { rank, loadings: positive(counts.rows * rank), components: positive(rank * counts.columns) };
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i] as number) * (b[i] as number);
    aa += (a[i] as number) ** 2;
    bb += (b[i] as number) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

/** For each planted kind, the cosine to the component most like it. */
function likeness({ rank, components }: Factors): number[] {
  return planted.map((shares) =>
    Math.max(
      ...Array.from({ length: rank }, (_, k) =>
        cosine(shares, components.subarray(k * COLUMNS, (k + 1) * COLUMNS)),
      ),
    ),
  );
}

describe('non-negative matrix factorisation', () => {
  it.each([1, 2, 3, 4, 5])('recovers planted factors with a cosine above 0.95, seed %i', (seed) => {
    const counts = mixtures(seed, 300, 150);
    for (const like of likeness(plainTensors.factorise(counts, start(counts, 3), 150)))
      expect(like).toBeGreaterThan(0.95);
  });

  it('finds how many there are by itself, beginning with one', () => {
    for (const seed of [1, 2, 3]) {
      const counts = mixtures(seed, 300, 150);
      const found = findFactors(plainTensors, counts, 1, new Array<number>(300).fill(0));
      expect(found.rank).toBe(3);
      for (const like of likeness(found)) expect(like).toBeGreaterThan(0.95);
    }
  });

  it('finds one component in counts that are draws from one distribution', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const counts = drawCounts(seed, 200, 100, () => falling(60));
      expect(findFactors(plainTensors, counts, 1, new Array<number>(200).fill(0)).rank).toBe(1);
    }
  });

  it('keeps every row of counts: loadings of a row sum to it, components to 1', () => {
    const counts = mixtures(9, 60, 120);
    const { rank, loadings, components } = plainTensors.factorise(counts, start(counts, 3), 200);
    for (let row = 0; row < 60; row++)
      expect(loadings.subarray(row * rank, (row + 1) * rank).reduce((a, b) => a + b, 0)).toBeCloseTo(120, 0);
    for (let k = 0; k < rank; k++)
      expect(components.subarray(k * COLUMNS, (k + 1) * COLUMNS).reduce((a, b) => a + b, 0)).toBeCloseTo(
        1,
        9,
      );
  });

  it('is the same for functions in another order', () => {
    const counts = mixtures(2, 100, 100);
    const order = new Random(3).shuffle(Array.from({ length: COLUMNS }, (_, i) => i));
    const one = findFactors(plainTensors, counts, 1, new Array<number>(100).fill(0));
    const two = findFactors(plainTensors, permuted(counts, order), 1, new Array<number>(100).fill(0));
    expect(two.rank).toBe(one.rank);
    one.loadings.forEach((value, i) => {
      expect(two.loadings[i]).toBeCloseTo(value, 6);
    });
  });
});

describe('TensorFlow.js by WebAssembly', () => {
  it('agrees with plain TypeScript to 1e-4', async () => {
    const wasm = await loadTensors('wasm');
    expect(wasm.backend).toBe('tfjs wasm');
    const counts = mixtures(1, 200, 150);
    for (const rounds of [1, 30, 150]) {
      const [a, b] = [plainTensors, wasm].map((tensors) =>
        tensors.factorise(counts, start(counts, 3), rounds),
      ) as [Factors, Factors];
      expect(largestDifference(a.loadings, b.loadings)).toBeLessThan(1e-4);
      expect(largestDifference(a.components, b.components)).toBeLessThan(1e-4);
    }
  });

  it('gives the same bytes for the same input', async () => {
    const wasm = await loadTensors('wasm');
    const counts = mixtures(4, 100, 100);
    const [a, b] = [1, 2].map(() => wasm.factorise(counts, start(counts, 3), 40)) as [Factors, Factors];
    expect(Buffer.from(a.components.buffer).equals(Buffer.from(b.components.buffer))).toBe(true);
    expect(Buffer.from(a.loadings.buffer).equals(Buffer.from(b.loadings.buffer))).toBe(true);
  });

  it('leaves no tensors behind', async () => {
    const wasm = await loadTensors('wasm');
    const { memory } = await import('@tensorflow/tfjs-core');
    const before = memory().numTensors;
    const counts = mixtures(4, 50, 50);
    wasm.factorise(counts, start(counts, 2), 10);
    expect(memory().numTensors).toBe(before);
  });
});

describe('the choice of a backend', () => {
  it('auto takes TensorFlow.js, plain needs none', async () => {
    expect((await loadTensors()).backend).toMatch(/^tfjs (?:wasm|native)$/);
    expect((await loadTensors('plain')).backend).toBe('plain TypeScript');
  });
});

/** Largest difference, relative to the largest value. */
function largestDifference(a: Float64Array, b: Float64Array): number {
  const largest = a.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0) / largest;
}
