import { describe, expect, it } from 'vitest';
import { eDivisive } from '../../analyzers/stats/e-divisive.ts';
import { Random } from '../../analyzers/stats/random.ts';
import { normal } from '../support/simulated-runs.ts';

const options = { seed: 1, level: 0.001, least: 3 } as const;
const RUNS = 60;
const NOISE = 0.02;

/** Runs of 100 ± 2 %, with the factors from these runs on. */
function history(seed: number, factors: Readonly<Record<number, number>> = {}): number[] {
  const random = new Random(seed);
  let level = 100;
  return Array.from({ length: RUNS }, (_, run) => {
    level = factors[run] === undefined ? level : 100 * (factors[run] as number);
    return level * (1 + NOISE * normal(random));
  });
}

/** E-divisive's statistic as the paper writes it, pair by pair. */
function energyByDefinition(a: readonly number[], b: readonly number[]): number {
  const mean = (pairs: readonly (readonly [number, number])[]): number =>
    pairs.length === 0 ? 0 : pairs.reduce((sum, [x, y]) => sum + Math.abs(x - y), 0) / pairs.length;
  const within = (own: readonly number[]): number =>
    mean(own.flatMap((x, i) => own.slice(i + 1).map((y) => [x, y] as const)));
  const between = mean(a.flatMap((x) => b.map((y) => [x, y] as const)));
  return ((a.length * b.length) / (a.length + b.length)) * (2 * between - within(a) - within(b));
}

/** Where one step divides the values with the least squares left: the best there is for normal noise. */
function leastSquaresStep(values: readonly number[]): number {
  const squares = (part: readonly number[]): number => {
    const mean = part.reduce((sum, value) => sum + value, 0) / part.length;
    return part.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  };
  return Array.from({ length: values.length - 5 }, (_, i) => i + 3)
    .map((at) => ({ at, left: squares(values.slice(0, at)) + squares(values.slice(at)) }))
    .reduce((a, b) => (b.left < a.left ? b : a)).at;
}

describe('E-divisive means', () => {
  it('divides where the energy distance, computed from its definition, is largest', () => {
    const values = history(3, { 22: 1.2 });
    const [found, ...others] = eDivisive(values, options);
    expect(others).toEqual([]);
    const best = Array.from({ length: RUNS - 5 }, (_, i) => i + 3)
      .map((at) => ({ at, q: energyByDefinition(values.slice(0, at), values.slice(at)) }))
      .reduce((a, b) => (b.q > a.q ? b : a));
    expect(found?.at).toBe(best.at);
    expect(found?.p).toBeLessThanOrEqual(0.001);
  });

  it('places a step of 5 % in 60 runs of 2 % noise as well as least squares, which knows it is one step', () => {
    let [within, best] = [0, 0];
    const seeds = 100;
    for (let seed = 0; seed < seeds; seed++) {
      const at = 12 + (seed % 37);
      const values = history(100 + seed, { [at]: 1.05 });
      const found = eDivisive(values, options);
      if (found.length === 1 && Math.abs((found[0]?.at ?? 0) - at) <= 2) within++;
      if (Math.abs(leastSquaresStep(values) - at) <= 2) best++;
    }
    expect(within / seeds).toBeGreaterThanOrEqual(0.93);
    expect(within).toBeGreaterThanOrEqual(best - 2);
  });

  it('finds nothing in 200 histories without a change', () => {
    let found = 0;
    for (let seed = 0; seed < 200; seed++) found += eDivisive(history(500 + seed), options).length;
    expect(found).toBe(0);
  });

  it('keeps its level', () => {
    let found = 0;
    for (let seed = 0; seed < 400; seed++) {
      if (eDivisive(history(2000 + seed), { ...options, level: 0.05 }).length > 0) found++;
    }
    expect(found / 400).toBeGreaterThan(0.02);
    expect(found / 400).toBeLessThan(0.085);
  });

  it('finds steps up and down, and steps that follow each other', () => {
    const found = eDivisive(history(7, { 15: 1.08, 30: 1, 45: 1.12 }), options).map(({ at }) => at);
    expect(found).toHaveLength(3);
    [15, 30, 45].forEach((at, i) => {
      expect(Math.abs((found[i] ?? 0) - at)).toBeLessThanOrEqual(2);
    });
  });

  it('does not depend on the unit, the sign or the direction of time', () => {
    const values = history(11, { 20: 1.06, 40: 1.15 });
    const at = eDivisive(values, options).map((point) => point.at);
    expect(at).toHaveLength(2);
    const moved = eDivisive(
      values.map((value) => value * 1e6 + 3e9),
      options,
    );
    expect(moved.map((point) => point.at)).toEqual(at);
    const mirrored = eDivisive(
      values.map((value) => -value),
      options,
    );
    expect(mirrored.map((point) => point.at)).toEqual(at);
    const backwards = eDivisive(values.toReversed(), options).map((point) => RUNS - point.at);
    expect(backwards.reverse()).toEqual(at);
  });

  it('gives the same for the same seed, and nothing for equal or few values', () => {
    const values = history(11, { 20: 1.06 });
    expect(eDivisive(values, options)).toEqual(eDivisive(values, options));
    expect(eDivisive(new Array<number>(60).fill(7), options)).toEqual([]);
    expect(eDivisive([1, 2, 30, 31, 32], options)).toEqual([]);
  });

  it('bears single wild runs', () => {
    const values = history(13);
    values[10] = 170;
    values[41] = 30;
    expect(eDivisive(values, options)).toEqual([]);
  });
});
