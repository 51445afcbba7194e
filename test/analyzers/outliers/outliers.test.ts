import { describe, expect, it } from 'vitest';
import { findOutliers } from '../../../analyzers/outliers/outliers.ts';
import { ODD_RUN_ALARM, scoreRuns } from '../../../analyzers/outliers/scores.ts';
import { bestSplit } from '../../../analyzers/stats/cluster-split.ts';
import { symmetricEigenvalues } from '../../../analyzers/stats/eigenvalues.ts';
import { Random } from '../../../analyzers/stats/random.ts';
import { drawCounts, falling, raised, type Shares, scaled } from '../../support/draw-counts.ts';
import { type Paths, savedRun } from '../../support/saved-run.ts';

/** The same shares, each moved by a random factor: hosts are never quite alike. */
function wobbled(random: Random, by: number, shares: Shares): Shares {
  return scaled(
    shares.map((share) => share * Math.exp(by * (random.next() + random.next() + random.next() - 1.5))),
  );
}

function oddRows(
  rows: number,
  seed: number,
  by: number,
  sharesOf: (row: number) => Shares,
): { odd: number[]; clusters: number } {
  const random = new Random(seed);
  const { scores, clusters } = scoreRuns(
    drawCounts(seed, rows, 3000, (row) => wobbled(random, by, sharesOf(row))),
    1,
  );
  return { odd: scores.flatMap(({ odd }, row) => (odd ? [row] : [])), clusters };
}

describe('odd runs', () => {
  it.each([
    [5, 0],
    [8, 0.3],
    [20, 0.4],
    [50, 0.4],
  ])('are not found among %i that are alike but for a spread of %d', (rows, by) => {
    let alarms = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const { odd, clusters } = oddRows(rows, seed, by, () => falling(60));
      if (odd.length > 0 || clusters > 1) alarms++;
    }
    // 2 of 40 are promised; more than 6 would happen by chance in 0.2 % of cases.
    expect(ODD_RUN_ALARM).toBe(0.05);
    expect(alarms).toBeLessThanOrEqual(6);
  });

  it.each([6, 12, 30])('one of %i in which one function takes 20 points more is found', (rows) => {
    for (let seed = 1; seed <= 15; seed++) {
      const { odd } = oddRows(rows, seed, 0.3, (row) =>
        row === 3 ? raised(falling(60), 10, 0.2) : falling(60),
      );
      expect(odd).toContain(3);
      expect(odd.length).toBeLessThanOrEqual(2);
    }
  });

  it('are found beside two kinds of runs, which are no outliers of each other', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { odd, clusters } = oddRows(21, seed, 0.3, (row) =>
        row === 20 ? raised(falling(60), 40, 0.3) : falling(60, row < 10 ? 0 : 9),
      );
      expect(clusters).toBe(2);
      expect(odd).toEqual([20]);
    }
  });
});

describe('clusters', () => {
  /** Six uniform numbers sum to nearly a Gaussian one. */
  const bell = (random: Random): number =>
    Array.from({ length: 6 }, () => random.next() - 0.5).reduce((a, b) => a + b, 0);
  const cloud = (random: Random, n: number, at: number, long: number) =>
    Array.from({ length: n }, () => Float64Array.of(at + long * bell(random), bell(random), bell(random)));

  it('are not made of one cloud, however long it is', () => {
    for (let seed = 1; seed <= 20; seed++)
      expect(bestSplit(cloud(new Random(seed), 30, 0, 20), new Random(1)).p).toBeGreaterThan(0.002);
  });

  it('are made of two', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = new Random(seed);
      const { side, p } = bestSplit([...cloud(random, 12, 0, 1), ...cloud(random, 8, 6, 1)], new Random(1));
      expect(p).toBeLessThan(0.002);
      expect(new Set(side.slice(0, 12)).size).toBe(1);
      expect(new Set(side.slice(12)).size).toBe(1);
      expect(side[0]).not.toBe(side[12]);
    }
  });
});

describe('eigenvalues', () => {
  it('of 2 1 / 1 2 are 3 and 1', () => {
    expect(
      [...symmetricEigenvalues(Float64Array.of(2, 1, 1, 2), 2)].map((value) => Number(value.toFixed(12))),
    ).toEqual([3, 1]);
  });

  it('keep the trace and the sum of squares of a random symmetric matrix', () => {
    const random = new Random(2);
    const n = 12;
    const a = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = i; j < n; j++) a[i * n + j] = a[j * n + i] = random.next() - 0.5;
    }
    const values = symmetricEigenvalues(a, n);
    const trace = Array.from({ length: n }, (_, i) => a[i * n + i] as number).reduce((x, y) => x + y, 0);
    expect(values.reduce((x, y) => x + y, 0)).toBeCloseTo(trace, 10);
    expect(values.reduce((x, y) => x + y * y, 0)).toBeCloseTo(
      a.reduce((x, y) => x + y * y, 0),
      10,
    );
    expect([...values]).toEqual([...values].sort((x, y) => y - x));
  });
});

describe('a ranking of runs', () => {
  const usual = (host: number): Paths => ({
    'app;lib.so!parse': 600e6 + host * 7e6,
    'app;lib.so!solve': 300e6 - host * 5e6,
    'app;libc.so.6!memcpy': 100e6 + host * 3e6,
  });
  const runs = Array.from({ length: 8 }, (_, host) =>
    savedRun({
      name: `host${host}`,
      labels: { rack: host < 4 ? 'a' : 'b' },
      paths: host === 5 ? { ...usual(5), 'app;[kernel.kallsyms]!compact_zone': 400e6 } : usual(host),
      period: 1e6,
    }),
  );
  const outliers = findOutliers(runs, 'test', []);

  it('puts the odd one first, with the function responsible and its interval', () => {
    const [first] = outliers.runs;
    expect(first).toMatchObject({ name: 'host5', odd: true, labels: { rack: 'b' } });
    const [most] = first?.functions ?? [];
    // 400 of 400 + 635 + 275 + 115 ms.
    expect(most).toMatchObject({ name: 'compact_zone', usual: 0 });
    expect(most?.here).toBeCloseTo(400 / 1425, 2);
    expect(most?.low).toBeGreaterThan(0.2);
    expect(outliers.runs.slice(1).some(({ odd }) => odd)).toBe(false);
    expect(outliers.verdict.headline).toContain('host5');
    expect(outliers.findings.map(({ id }) => id)).toEqual(['outliers/host5']);
    expect(outliers.metrics.find(({ id }) => id === 'outliers.odd_runs')?.value).toBe(1);
  });

  it('does not hang on the order of the runs', () => {
    const turned = findOutliers([...runs].reverse(), 'test', []);
    expect(turned.runs.map(({ name }) => name)).toEqual(outliers.runs.map(({ name }) => name));
  });

  it('says what is missing when there are too few, or their events differ', () => {
    const few = findOutliers(runs.slice(0, 4), 'test', []);
    expect(few.verdict.headline).toContain('Not enough data');
    expect(few.notRun[0]?.missing).toContain('5 runs');
    const mixed = findOutliers(
      runs.map((run, i) =>
        i % 2 === 0
          ? run
          : savedRun({ name: `other${i}`, paths: usual(i), event: 'page-faults', unit: 'faults' }),
      ),
      'test',
      [],
    );
    expect(mixed.notRun[0]?.missing).toContain('different events');
  });
});
