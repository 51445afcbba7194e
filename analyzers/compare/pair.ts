import type { ComparedFunction, ComparedMetric, ComparedPair } from '../../model/comparison.ts';
import type { SavedRun } from '../../model/saved-run.ts';
import { attribute, callersOf, childrenOf, mostChangedNodes } from './attribution.ts';
import type { Measured, MeasuredRun, WorkUnit } from './exposure.ts';
import { compareFunctions, type FunctionTests, finite, type PairInput, rate } from './functions.ts';
import { compareMetrics } from './metrics.ts';
import { movedWithin } from './moved.ts';
import type { CompareOptions } from './options.ts';
import { type TreeTests, testTree } from './tree-tests.ts';
import { type UnionTree, uniteTrees } from './union-tree.ts';

/** A pair with what its drawing is made from. */
export interface PairResult {
  readonly pair: ComparedPair;
  readonly tree: UnionTree;
  readonly tests: TreeTests;
  /** 1 for each function of the tree that has a verdict: −1 less, 1 more, 0 none. */
  readonly shown: Int8Array;
}

export interface PairNames {
  readonly baseline: string;
  readonly candidate: string;
}

/** Compares two groups of measured runs function by function; `shaky` are functions that differ within the baseline itself. */
export function comparePair(
  measured: Measured,
  [a, b]: readonly [number, number],
  names: PairNames,
  work: WorkUnit,
  options: CompareOptions,
  shaky: ReadonlySet<string>,
): PairResult {
  const runs = [measured.groups[a] ?? [], measured.groups[b] ?? []] as const;
  const tree = uniteTrees(runs);
  const input: PairInput = {
    tree,
    runs,
    groups: [0, 1],
    kind: work.per === 'total' ? 'binomial' : 'poisson',
  };
  const tests = testTree(input, options);
  const found = compareFunctions(input, options);
  const children = childrenOf(tree);
  const places = mostChangedNodes(tree, tests);
  const alone = Math.min(runs[0].length, runs[1].length) < 2;
  const functions = bothSides(
    found.functions.map((row, i) => {
      const node = places.get(found.ids[i] as number) ?? 0;
      return settle({ ...row, path: callersOf(tree, node) }, node, { tree, tests, children, shaky, alone });
    }),
  );
  const shown = new Int8Array(tree.functions.length);
  functions.forEach(({ state, moved, points }, i) => {
    // What moved is no verdict, but no noise either.
    const sure = state === 'regressed' || state === 'improved' || moved !== undefined;
    shown[found.ids[i] as number] = sure ? Math.sign(points) : 0;
  });
  const attribution = tests.passed[0] === 1 ? (attribute(tree, tests, children) ?? []) : [];
  return {
    pair: {
      ...names,
      event: measured.event,
      unit: measured.unit,
      total: totalOf(runs, names, measured, options),
      functions,
      tested: found.tested,
      untested: found.untested,
      attribution: [attribution].flat(),
      dispersion: { base: found.prior.base, slope: found.prior.slope, df: finite(found.prior.df) },
    },
    tree,
    tests,
    shown,
  };
}

interface Surroundings {
  readonly tree: UnionTree;
  readonly tests: TreeTests;
  readonly children: readonly (readonly number[])[];
  readonly shaky: ReadonlySet<string>;
  readonly alone: boolean;
}

/** What besides its own numbers decides about a function: cost that only moved, a baseline that shakes, a lone run. */
function settle(
  row: ComparedFunction,
  node: number,
  { tree, tests, children, shaky, alone }: Surroundings,
): ComparedFunction {
  if (row.state !== 'regressed' && row.state !== 'improved') return row;
  if (shaky.has(functionKey(row))) {
    return {
      ...row,
      state: 'inconclusive',
      why: 'it differs as much between the halves of the baseline itself',
    };
  }
  const moved = movedWithin(tree, tests, children, node);
  if (moved !== undefined) {
    return {
      ...row,
      state: 'unchanged',
      moved,
      why: movedText(moved),
    };
  }
  return alone ? { ...row, why: 'indicative: of one run a side the spread between runs is not known' } : row;
}

function movedText({ kind, with: others, within }: NonNullable<ComparedFunction['moved']>): string {
  const names = others.slice(0, 3).join(', ');
  const how = {
    inlined: `inlined: its cost and that of ${names} are one`,
    renamed: `renamed: it stands in one place with ${names}`,
    moved: `moved between it and ${names}`,
  }[kind];
  return `${how}; ${within} as a whole costs the same`;
}

/** Part by which what came may outweigh what went and still be the same cost in another place. */
const OUTWEIGHS = 1.2;

/** What took the cost of a function that moved moved, too: noise must not make only one of the two a verdict. */
function bothSides(rows: readonly ComparedFunction[]): ComparedFunction[] {
  return rows.map((row) => {
    if (row.moved !== undefined || (row.state !== 'regressed' && row.state !== 'improved')) return row;
    const other = rows.find(
      ({ moved, points }) =>
        moved?.with.includes(row.function) === true &&
        Math.sign(points) !== Math.sign(row.points) &&
        Math.abs(row.points) <= OUTWEIGHS * Math.abs(points),
    );
    if (other?.moved === undefined) return row;
    const moved = { ...other.moved, with: [other.function] };
    return { ...row, state: 'unchanged', moved, why: movedText(moved) };
  });
}

export function functionKey({
  module,
  function: name,
}: Pick<ComparedFunction, 'function' | 'module'>): string {
  return `${module}!${name}`;
}

/** Cost of everything, run by run, judged like every metric. */
function totalOf(
  runs: readonly [readonly MeasuredRun[], readonly MeasuredRun[]],
  { baseline, candidate }: PairNames,
  { unit }: Measured,
  options: CompareOptions,
): ComparedPair['total'] {
  const costs = runs.map((group) => group.map(({ profile, scale, work }) => (profile.weight * scale) / work));
  const headline = {
    id: 'cost.total',
    labels: {},
    unit,
    better: 'lower',
    role: 'outcome',
    values: costs,
  } as const;
  const [metric] = compareMetrics([headline], { names: [baseline, candidate], pairs: [[0, 1]] }, options);
  const change = (metric as ComparedMetric).changes[0] as ComparedMetric['changes'][number];
  const { baseline: _b, candidate: _c, cliffsDelta: _d, ...rest } = change;
  const [before = 0, after = 0] = runs.map((group) =>
    rate(
      group.map(({ profile, scale }) => profile.weight * scale),
      group,
    ),
  );
  return { ...rest, before, after };
}

/**
 * Functions that differ between the first and the second half of one group: whatever does that is
 * not the program, and will do it again between groups. Needs two runs a half.
 */
export function shakyFunctions(
  measured: Measured,
  group: number,
  work: WorkUnit,
  options: CompareOptions,
): readonly ComparedFunction[] {
  const runs = measured.groups[group] ?? [];
  const half = runs.length >> 1;
  if (half < 2) return [];
  const sides = [runs.slice(0, half), runs.slice(half)] as const;
  const tree = uniteTrees(sides);
  const { functions }: FunctionTests = compareFunctions(
    { tree, runs: sides, groups: [0, 1], kind: work.per === 'total' ? 'binomial' : 'poisson' },
    options,
  );
  return functions.filter(({ state }) => state === 'regressed' || state === 'improved');
}

export type { SavedRun };
