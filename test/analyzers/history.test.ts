import { describe, expect, it } from 'vitest';
import { defaultCompareOptions } from '../../analyzers/compare/options.ts';
import { findHistory } from '../../analyzers/history/history.ts';
import { Random } from '../../analyzers/stats/random.ts';
import type { SavedRun } from '../../model/saved-run.ts';
import { savedRun } from '../support/saved-run.ts';
import { normal } from '../support/simulated-runs.ts';

interface Sketch {
  readonly seed?: number;
  readonly runs?: number;
  /** Factor of the time of each run. */
  readonly factor?: (run: number) => number;
  /** Factor of the cost of `parse`. */
  readonly parse?: (run: number) => number;
  readonly noise?: number;
}

function runsOf({ seed = 1, runs = 60, factor, parse, noise = 0.02 }: Sketch): SavedRun[] {
  const random = new Random(seed);
  return Array.from({ length: runs }, (_, i) => {
    const jitter = (): number => 1 + noise * normal(random);
    const results = { wall_s: 2 * (factor?.(i) ?? 1) * jitter(), requests: 1000 };
    return savedRun({
      name: `history/run-${i + 1}`,
      results,
      ...(parse === undefined
        ? {}
        : {
            paths: {
              'main;parse': 3e8 * parse(i) * jitter(),
              'main;hash': 4e8 * jitter(),
              'main;write': 3e8 * jitter(),
            },
          }),
    });
  });
}

const find = (sketch: Sketch, options = {}) =>
  findHistory(runsOf(sketch), { ...defaultCompareOptions, ...options }, 'test');

describe('a history', () => {
  it('tells when a step of 5 % came, that it lasted, and how large it was', () => {
    const history = find({ factor: (run) => (run >= 30 ? 1.05 : 1) });
    const wall = history.series.find(({ title }) => title === 'wall_s');
    expect(wall?.changes).toHaveLength(1);
    const [change] = wall?.changes ?? [];
    expect(Math.abs((change?.run ?? 0) - 30)).toBeLessThanOrEqual(2);
    expect(change).toMatchObject({ state: 'regressed', lasting: 'persistent', until: null });
    expect(change?.low).toBeLessThan(0.05);
    expect(change?.high).toBeGreaterThan(0.05);
    expect(history.regressed).toBe(true);
    expect(history.verdict.severity).toBe('critical');
    expect(history.verdict.headline).toContain('wall_s regressed at run-');
    expect(history.sections.find(({ kind }) => kind === 'history')).toMatchObject({
      changes: [{ tone: 'worse', passing: false }],
    });
  });

  it('finds nothing in 20 histories of 60 runs without a change', () => {
    for (let seed = 0; seed < 20; seed++) {
      const history = find({ seed: 50 + seed });
      expect(history.series.flatMap(({ changes }) => changes)).toEqual([]);
      expect(history.regressed).toBe(false);
      expect(history.verdict.severity).toBe('ok');
    }
  });

  it('tells what passed from what lasts', () => {
    const history = find({ factor: (run) => (run >= 20 && run < 30 ? 1.1 : run >= 45 ? 0.93 : 1) });
    const wall = history.series.find(({ title }) => title === 'wall_s');
    expect(wall?.changes.map(({ state, lasting }) => `${state} ${lasting}`)).toEqual([
      'regressed passing',
      'improved passing',
      'improved persistent',
    ]);
    expect(wall?.changes[0]?.until).toBe(wall?.changes[1]?.run);
    expect(history.regressed).toBe(false);
    expect(history.findings.map(({ claim }) => claim).join('\n')).toMatch(
      /wall_s regressed at run-\d+: \+\d+(?:\.\d+)? % for \d+ runs, then back/,
    );
  });

  it('names the functions that changed with a metric', () => {
    const history = find({
      factor: (run) => (run >= 25 ? 1.08 : 1),
      parse: (run) => (run >= 25 ? 1.3 : 1),
    });
    const changed = history.series.filter(({ changes }) => changes.length > 0).map(({ title }) => title);
    expect(changed).toContain('wall_s');
    expect(changed).toContain('parse in app');
    expect(changed).not.toContain('hash in app');
    const wall = history.findings.find(({ claim }) => claim.startsWith('wall_s'));
    expect(wall?.caveats.join()).toMatch(/Changed with it: .*parse in app \+(?:2[5-9]|3[0-5])/);
  });

  it('says nothing of steps too small to matter, however sure', () => {
    const history = find({ noise: 0.001, factor: (run) => (run >= 30 ? 1.015 : 1) });
    expect(history.series.flatMap(({ changes }) => changes)).toEqual([]);
    const finer = find({ noise: 0.001, factor: (run) => (run >= 30 ? 1.015 : 1) }, { minEffect: 0.01 });
    expect(finer.series.flatMap(({ changes }) => changes)).toHaveLength(1);
  });

  it('points out single odd runs', () => {
    const history = find({ factor: (run) => (run === 33 ? 1.5 : 1) });
    const wall = history.series.find(({ title }) => title === 'wall_s');
    expect(wall?.changes).toEqual([]);
    expect(wall?.odd).toEqual([33]);
  });

  it('finds a step of the size it says it would find about four times in five', () => {
    let found = 0;
    const seeds = 60;
    for (let seed = 0; seed < seeds; seed++) {
      const quiet = find({ seed: 900 + seed }).series.find(({ title }) => title === 'wall_s');
      const step = quiet?.detectable ?? 0;
      const history = find({ seed: 900 + seed, factor: (run) => (run >= 30 ? 1 + step : 1) });
      if (history.series.some(({ title, changes }) => title === 'wall_s' && changes.length > 0)) found++;
    }
    expect(found / seeds).toBeGreaterThanOrEqual(0.65);
    expect(found / seeds).toBeLessThanOrEqual(0.95);
  });

  it('says what it lacks with too few runs', () => {
    const history = find({ runs: 5 });
    expect(history.verdict.headline).toBe('Not enough data: 5 of the 8 runs a history takes.');
    expect(history.notRun[0]?.captureWith).toContain('--save');
    expect(history.regressed).toBe(false);
  });

  it('orders runs by the time of recording when all tell it, else by name with numbers as numbers', () => {
    const [first, second] = runsOf({ runs: 2 }) as [SavedRun, SavedRun];
    const at = (run: SavedRun, name: string, captured?: string): SavedRun => ({
      ...run,
      run: { ...run.run, name, host: captured === undefined ? {} : { captured } },
    });
    const names = (runs: SavedRun[]): string[] =>
      findHistory(runs, defaultCompareOptions, 'test').runs.map(({ name }) => name);
    expect(names([at(first, 'h/run-10'), at(second, 'h/run-9')])).toEqual(['run-9', 'run-10']);
    const later = '2026-03-02T10:00:00Z';
    const earlier = '2026-03-01T10:00:00Z';
    expect(names([at(first, 'h/a', later), at(second, 'h/b', earlier)])).toEqual(['b', 'a']);
    expect(names([at(first, 'h/b', later), at(second, 'h/a')])).toEqual(['a', 'b']);
  });

  it('keeps runs without a value in their place', () => {
    const runs = runsOf({ factor: (run) => (run >= 30 ? 1.1 : 1) }).map((run, i) =>
      i % 7 === 3 ? { ...run, metrics: run.metrics.filter(({ labels }) => labels.name !== 'wall_s') } : run,
    );
    const wall = findHistory(runs, defaultCompareOptions, 'test').series.find(
      ({ title }) => title === 'wall_s',
    );
    expect(wall?.values[3]).toBeNull();
    expect(wall?.changes.map(({ run }) => run)).toEqual([30]);
  });
});
