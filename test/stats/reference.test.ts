import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  chiSquaredUpper,
  fUpper,
  normalCritical,
  tCritical,
  tTwoSided,
} from '../../analyzers/stats/distributions.ts';
import { kruskalWallis } from '../../analyzers/stats/kruskal-wallis.ts';
import { mannWhitney } from '../../analyzers/stats/mann-whitney.ts';
import { benjaminiHochberg, holm } from '../../analyzers/stats/multiplicity.ts';
import { rateChange, spreadOf } from '../../analyzers/stats/rate-test.ts';
import { digamma, logGamma, trigamma, trigammaInverse } from '../../analyzers/stats/special.ts';
import { repo } from '../support/paths.ts';

/** Made by test/golden/stats/reference.R. */
const reference = JSON.parse(readFileSync(repo('test/golden/stats/reference.json'), 'utf8'));
const rows = (name: string): number[][] => reference[name];
const close = (actual: number, expected: number, relative = 1e-10): void => {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(
    relative * Math.max(Math.abs(expected), 1e-300) + 1e-15,
  );
};

describe('distributions agree with R', () => {
  it('t', () => {
    for (const [t, df, p] of rows('tTwoSided') as [number, number, number][]) close(tTwoSided(t, df), p);
    for (const [p, df, t] of rows('tCritical') as [number, number, number][])
      close(tCritical(p, df), t, 1e-9);
  });
  it('F and chi-squared', () => {
    for (const [f, a, b, p] of rows('fUpper') as [number, number, number, number][])
      close(fUpper(f, a, b), p);
    for (const [x, df, p] of rows('chiSquaredUpper') as [number, number, number][])
      close(chiSquaredUpper(x, df), p);
    close(normalCritical(0.05), 1.959963984540054);
  });
  it('gamma functions', () => {
    for (const [x, lg, di, tri] of rows('polygamma') as [number, number, number, number][]) {
      expect(Math.abs(logGamma(x) - lg)).toBeLessThan(1e-11 * Math.max(1, Math.abs(lg)));
      close(digamma(x), di, 1e-10);
      close(trigamma(x), tri, 1e-10);
      close(trigammaInverse(tri), x, 1e-8);
    }
  });
});

describe('tests agree with R', () => {
  const a = [4.1, 5.2, 3.9, 4.4, 4.0];
  const b = [4.6, 5.9, 5.1, 4.9, 6.0];
  const upTo = (from: number, to: number, plus = 0): number[] =>
    Array.from({ length: to - from + 1 }, (_, i) => from + i + plus);

  it('Mann–Whitney, exact, with and without ties', () => {
    const [[all], [three], [twelve]] = rows('mannWhitney') as [[number], [number], [number]];
    close(mannWhitney(a, b).p, all);
    close(mannWhitney(a.slice(0, 3), b.slice(0, 3)).p, three);
    close(mannWhitney(upTo(1, 12), upTo(7, 18, 0.5)).p, twelve);
    const [[one], [two], [none]] = rows('mannWhitneyTied') as [[number], [number], [number]];
    close(mannWhitney([1, 2, 2, 3], [2, 3, 4, 4]).p, one);
    close(mannWhitney([0, 0, 0, 1], [0, 1, 1, 1]).p, two);
    close(mannWhitney([5, 5], [5, 5]).p, none);
    expect(mannWhitney([1, 2, 3], [4, 5, 6])).toMatchObject({ p: 0.1, smallest: 0.1, delta: 1 });
  });
  it('Kruskal–Wallis, Holm, Benjamini–Hochberg', () => {
    close(
      kruskalWallis([
        [1, 2, 2, 5],
        [3, 4, 6, 7],
        [2, 8, 9, 9],
      ]),
      reference.kruskalWallis[0],
    );
    const p = [0.01, 0.04, 0.03, 0.005, 0.2, 0.04];
    for (const [i, value] of holm(p).entries()) close(value, reference.holm[i]);
    for (const [i, value] of benjaminiHochberg(p).entries()) close(value, reference.benjaminiHochberg[i]);
    expect(holm([Number.NaN, 0.02])).toEqual([Number.NaN, 0.02]);
  });
  it('quasi-likelihood: dispersion, estimate and error of glm', () => {
    const counts = [103, 131, 96, 121, 160, 149, 171, 139];
    const exposure = [1, 1.1, 0.9, 1, 1.05, 1, 1.2, 0.95];
    const side = (from: number, over: readonly number[]) => ({
      counts: counts.slice(from, from + 4),
      exposure: over.slice(from, from + 4),
    });
    const [before, after] = [side(0, exposure), side(4, exposure)];
    const spread = spreadOf('poisson', [before, after]);
    const [dispersion, estimate, error] = reference.quasiPoisson;
    close(spread.ratio, dispersion, 1e-6);
    const change = rateChange('poisson', before, after, { phi: spread.ratio, df: spread.df });
    close(Math.log(change.after / change.before), estimate, 1e-6);
    close(change.logError, error, 1e-6);
    const n = exposure.map((each) => each * 1000);
    close(spreadOf('binomial', [side(0, n), side(4, n)]).ratio, reference.quasiBinomial[0], 1e-6);
  });
});
