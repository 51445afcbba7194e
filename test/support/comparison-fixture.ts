import { compareRuns } from '../../analyzers/compare/compare.ts';
import { type CompareOptions, defaultCompareOptions } from '../../analyzers/compare/options.ts';
import { Random } from '../../analyzers/stats/random.ts';
import type { Comparison } from '../../model/comparison.ts';
import type { SavedRun } from '../../model/saved-run.ts';
import { hostileNames, renamed } from './hostile.ts';
import { type Paths, type RunSketch, savedRun } from './saved-run.ts';
import { normal } from './simulated-runs.ts';

/** Runs of one program whose costs vary by a hundredth. */
export function variedRuns(
  name: string,
  paths: Paths,
  sketch: Partial<RunSketch> = {},
  count = 5,
): SavedRun[] {
  return Array.from({ length: count }, (_, run) => {
    const random = new Random(run + 17 * name.length);
    const varied = Object.fromEntries(
      Object.entries(paths).map(([path, cost]) => [path, cost * (1 + 0.01 * normal(random))]),
    );
    return savedRun({ name: `${name}-${run}`, paths: varied, results: { requests: 1000 }, ...sketch });
  });
}

export function compareSides(
  baseline: readonly SavedRun[],
  candidate: readonly SavedRun[],
  options: Partial<CompareOptions> = {},
): Comparison {
  const groups = [
    { name: 'baseline', runs: baseline },
    { name: 'candidate', runs: candidate },
  ];
  return compareRuns(groups, { ...defaultCompareOptions, ...options }, 'test');
}

/** ns: `parse` costs half as much again, `hash` a fifth less, `match` is gone, `index` is new. */
export const before: Paths = {
  'main;serve;libcodec.so!parse': 3e9,
  'main;serve;hash': 2e9,
  'main;serve;match': 1e9,
  'main;write': 4e9,
};
export const after: Paths = {
  'main;serve;libcodec.so!parse': 4.5e9,
  'main;serve;hash': 1.6e9,
  'main;serve;index': 1e9,
  'main;write': 4e9,
};

/** Every hostile name is called by the one before it, and costs twice as much after when its number is even. */
export function hostileComparison(): Comparison {
  const paths = (factor: number): Paths =>
    Object.fromEntries(
      hostileNames.map((_, i) => [
        i === 0 ? 'main;hostile0' : `main;hostile${i - 1};hostile${i}`,
        1e9 * (i % 2 === 0 ? factor : 1),
      ]),
    );
  const side = (name: string, factor: number): SavedRun[] =>
    variedRuns(name, paths(factor)).map((run) =>
      renamed(run, (old) => {
        const id = /^hostile(\d+)$/.exec(old)?.[1];
        return id === undefined ? old : (hostileNames[Number(id)] as string);
      }),
    );
  return compareSides(side('a', 1), side('b', 2));
}
