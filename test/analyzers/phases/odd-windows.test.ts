import { describe, expect, it } from 'vitest';
import { findFactors } from '../../../analyzers/phases/factors.ts';
import { findOddWindows, ODD_FALSE_ALARM, type OddWindow } from '../../../analyzers/phases/odd-windows.ts';
import type { CountMatrix } from '../../../analyzers/stats/count-matrix.ts';
import { Random } from '../../../analyzers/stats/random.ts';
import { plainTensors } from '../../../analyzers/tensor/plain.ts';
import { drawCounts, falling, raised, scaled } from '../../support/draw-counts.ts';

function oddOf(counts: CountMatrix, phaseOf?: readonly number[]): readonly OddWindow[] {
  const found = findFactors(plainTensors, counts, 1, phaseOf ?? new Array<number>(counts.rows).fill(0));
  return findOddWindows(plainTensors, counts, found, 40).odd;
}

describe('odd windows', () => {
  it.each([
    ['100 windows of 50 samples', 100, 50, 50],
    ['30 windows of 60 samples', 30, 20, 60],
    ['150 windows of 100 samples', 150, 60, 100],
  ])('are found in about as few of the runs without any as is promised: %s', (_, windows, columns, each) => {
    const runs = 40;
    let alarms = 0;
    for (let seed = 1; seed <= runs; seed++) {
      if (oddOf(drawCounts(seed, windows, each, () => falling(columns))).length > 0) alarms++;
    }
    // 2 of 40 are promised; more than 6 would happen by chance in 0.3 % of cases.
    expect(ODD_FALSE_ALARM).toBe(0.05);
    expect(alarms).toBeLessThanOrEqual(6);
  });

  it('are not found in windows that all differ more than sampling makes them', () => {
    let alarms = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const random = new Random(seed);
      const base = falling(60);
      const counts = drawCounts(seed, 150, 120, () =>
        scaled(base.map((share) => share * Math.exp(random.next() + random.next() - 1))),
      );
      if (oddOf(counts).length > 0) alarms++;
    }
    expect(alarms).toBeLessThanOrEqual(3);
  });

  it('are found where a rare function takes a third of two windows, with the function named', () => {
    const base = falling(80);
    for (let seed = 1; seed <= 10; seed++) {
      const odd = new Set([10, 70]);
      const counts = drawCounts(seed, 120, 100, (row) => (odd.has(row) ? raised(base, 71, 0.3) : base));
      const found = oddOf(counts);
      expect(found.map(({ window }) => window).filter((window) => odd.has(window))).toEqual([10, 70]);
      expect(found.length).toBeLessThanOrEqual(3);
      for (const { window, columns, chance } of found.filter(({ window: each }) => odd.has(each))) {
        expect(columns[0]?.column, `window ${window}`).toBe(71);
        expect(chance).toBeLessThan(1e-6);
      }
    }
  });

  it('are no windows in which one phase turns into another', () => {
    const [one, two] = [falling(60), falling(60, 17)];
    for (let seed = 1; seed <= 10; seed++) {
      const counts = drawCounts(seed, 100, 120, (row) =>
        row < 50 ? one : row === 50 ? one.map((share, i) => (share + (two[i] as number)) / 2) : two,
      );
      const odd = oddOf(
        counts,
        Array.from({ length: 100 }, (_, row) => (row < 50 ? 0 : 1)),
      );
      expect(odd.map(({ window }) => window)).not.toContain(50);
    }
  });

  it('come out the same every time', () => {
    const counts = drawCounts(3, 100, 100, (row) => (row === 30 ? falling(60, 20) : falling(60)));
    expect(oddOf(counts)).toEqual(oddOf(counts));
    expect(oddOf(counts).map(({ window }) => window)).toEqual([30]);
  });
});
