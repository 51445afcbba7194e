import type { ComparedFunction } from '../../model/comparison.ts';
import { frameKinds } from '../../model/tables.ts';
import { type DispersionPrior, fitDispersion, type Spread, shrink } from '../stats/dispersion.ts';
import { tCritical } from '../stats/distributions.ts';
import { benjaminiHochberg } from '../stats/multiplicity.ts';
import { quantile } from '../stats/quantiles.ts';
import { type Counts, type RateChange, type RateKind, rateChange, spreadOf } from '../stats/rate-test.ts';
import { blockSpreads } from './block-spread.ts';
import { ruleForFunction } from './budget.ts';
import type { MeasuredRun } from './exposure.ts';
import { detectable, judge, runsToSettle } from './judge.ts';
import type { CompareOptions } from './options.ts';
import type { UnionTree } from './union-tree.ts';

/** Two groups of a union tree, by their place among its groups. */
export interface PairInput {
  readonly tree: UnionTree;
  readonly runs: readonly [readonly MeasuredRun[], readonly MeasuredRun[]];
  /** Index of each of `runs` in `tree.self`. */
  readonly groups: readonly [number, number];
  readonly kind: RateKind;
}

export interface FunctionTests {
  readonly functions: readonly ComparedFunction[];
  /** Index into `tree.functions` of each of `functions`. */
  readonly ids: readonly number[];
  readonly tested: number;
  readonly untested: number;
  readonly prior: DispersionPrior;
  /** Part by which the candidate's exposure was scaled, where only shares are known. */
  readonly composition: number;
}

/** Samples of both groups together below which a count says nothing. */
const FEWEST_SAMPLES = 10;
/** Functions listed beyond those with a verdict. */
const MOST_FUNCTIONS = 500;

/** Tests the self cost of every function that is large enough to matter. */
export function compareFunctions(input: PairInput, options: CompareOptions): FunctionTests {
  const { tree, runs, kind } = input;
  const costs = functionCosts(input);
  const total = runs.map((group, side) =>
    rate(
      group.map((_, run) => sumOf(costs[side]?.[run])),
      group,
    ),
  );
  const [totalBefore = 0] = total;
  const composition = kind === 'binomial' ? compositionOf(input, costs) : 1;
  const countsOf = (fn: number): [Counts, Counts] => [
    counts(runs[0], costs[0], fn, 1),
    counts(runs[1], costs[1], fn, composition),
  ];
  const ids = testable(input, costs, options, total);
  const present = ids.map(countsOf);
  const alone = runs[0].length + runs[1].length <= 2;
  const spreads = alone
    ? spreadsWithin(input, ids, options)
    : present.map((groups) => spreadOf(kind, groups));
  const prior =
    alone && options.knownDispersion !== undefined ? options.knownDispersion : fitDispersion(spreads);
  const changes = present.map(([a, b], i) => rateChange(kind, a, b, shrink(spreads[i] as Spread, prior)));
  const adjusted = benjaminiHochberg(changes.map(({ p }) => p));
  const all = ids.map((fn, i) =>
    describe(tree, fn, changes[i] as RateChange, adjusted[i] as number, {
      options,
      totalBefore,
      runs: Math.min(runs[0].length, runs[1].length),
      before: rate(costs[0]?.map((run) => run[fn] as number) ?? [], runs[0]),
      after: rate(costs[1]?.map((run) => run[fn] as number) ?? [], runs[1]) / composition,
    }),
  );
  const order = [...all.keys()]
    .sort((x, y) => weightOf(all[y]) - weightOf(all[x]) || x - y)
    .slice(0, MOST_FUNCTIONS);
  const known = tree.functions.filter(({ process, small }) => !process && !small).length;
  return {
    functions: order.map((i) => all[i] as ComparedFunction),
    ids: order.map((i) => ids[i] as number),
    tested: ids.length,
    untested: known - ids.length,
    prior,
    composition,
  };
}

/** One run a side: spread between blocks of time within the two, or none of its own where it is known otherwise. */
function spreadsWithin({ tree, runs }: PairInput, ids: readonly number[], options: CompareOptions): Spread[] {
  const perRun = runs
    .flatMap((group) => group.map((run) => ({ run, own: blockSpreads(run, options.seed) })))
    .flat();
  const byFunction = new Map<number, Spread[]>();
  for (const { run, own } of perRun) {
    for (const [fn, spread] of own) {
      const id = tree.idOf(run.profile.tree, fn);
      if (id !== undefined) byFunction.set(id, [...(byFunction.get(id) ?? []), spread]);
    }
  }
  return ids.map((id) => {
    const own = options.knownDispersion === undefined ? (byFunction.get(id) ?? []) : [];
    const df = own.reduce((sum, each) => sum + each.df, 0);
    const ratio = own.reduce((sum, each) => sum + each.ratio * each.df, 0) / df;
    return { ratio, df, mean: own.reduce((sum, each) => sum + each.mean, 0) / Math.max(1, own.length) };
  });
}

function weightOf(row: ComparedFunction | undefined): number {
  return row === undefined ? 0 : Math.abs(row.points);
}

/** `[side][run][function]`: self cost in the comparison's unit. */
export function functionCosts({ tree, groups }: PairInput): Float64Array[][] {
  return groups.map((group) =>
    (tree.self[group] ?? []).map((self) => {
      const costs = new Float64Array(tree.functions.length);
      self.forEach((weight, node) => {
        const fn = tree.function[node] as number;
        costs[fn] = (costs[fn] as number) + weight;
      });
      return costs;
    }),
  );
}

/**
 * Functions large enough that a change of the smallest size that matters could be theirs. The size
 * is that of both groups together, which says nothing of their difference: such a filter leaves the
 * tests honest (Bourgon, Gentleman & Huber, PNAS 107 (2010) 9546). Functions with a budget always count.
 */
function testable(
  { tree, runs }: PairInput,
  costs: readonly (readonly Float64Array[])[],
  { minFunctionPoints, budget }: CompareOptions,
  [before = 0, after = 0]: readonly number[],
): number[] {
  const large = ((before + after) / 2) * (minFunctionPoints / 2);
  return [...tree.functions.keys()].filter((fn) => {
    const row = tree.functions[fn];
    if (row === undefined || row.process || row.small) return false;
    let samples = 0;
    let cost = 0;
    runs.forEach((group, side) => {
      const own = group.map((_, run) => costs[side]?.[run]?.[fn] ?? 0);
      cost += rate(own, group) / 2;
      own.forEach((each, run) => {
        samples += each / (group[run]?.perSample ?? 1);
      });
    });
    if (samples < FEWEST_SAMPLES) return false;
    return cost >= large || ruleForFunction(budget, row.module, row.name)?.explicit === true;
  });
}

function counts(
  runs: readonly MeasuredRun[],
  costs: readonly Float64Array[] | undefined,
  fn: number,
  composition: number,
): Counts {
  return {
    counts: runs.map(({ perSample }, run) => (costs?.[run]?.[fn] ?? 0) / perSample),
    exposure: runs.map(({ work, perSample }) => (work * composition) / perSample),
  };
}

/**
 * Where only shares are known, one function that grows makes all others look smaller. The median
 * ratio of the larger functions is what the others did (the idea of DESeq's size factors, Anders &
 * Huber, Genome Biol. 11 (2010) R106): shares are held against it.
 */
function compositionOf({ tree, runs }: PairInput, costs: readonly (readonly Float64Array[])[]): number {
  const ratios: number[] = [];
  for (let fn = 0; fn < tree.functions.length; fn++) {
    const row = tree.functions[fn];
    if (row === undefined || row.process || row.small) continue;
    const [a, b] = runs.map((group, side) =>
      rate(
        group.map((_, run) => costs[side]?.[run]?.[fn] ?? 0),
        group,
      ),
    );
    if ((a ?? 0) > 0.004 && (b ?? 0) > 0.004) ratios.push((b as number) / (a as number));
  }
  return ratios.length < 5
    ? 1
    : quantile(
        ratios.sort((x, y) => x - y),
        0.5,
      );
}

/** Cost per unit of work of a group: all its runs together. */
export function rate(costs: readonly number[], runs: readonly MeasuredRun[]): number {
  const work = runs.reduce((sum, each) => sum + each.work, 0);
  return work > 0 ? costs.reduce((sum, cost) => sum + cost, 0) / work : 0;
}

function sumOf(values: Float64Array | undefined): number {
  return values?.reduce((sum, value) => sum + value, 0) ?? 0;
}

interface DescribeInput {
  readonly options: CompareOptions;
  readonly totalBefore: number;
  readonly runs: number;
  readonly before: number;
  readonly after: number;
}

function describe(
  tree: UnionTree,
  fn: number,
  change: RateChange,
  adjusted: number,
  { options, totalBefore, runs, before, after }: DescribeInput,
): ComparedFunction {
  const row = tree.functions[fn];
  const { name = '', module = '', kind = 0, source } = row ?? {};
  const rule = ruleForFunction(options.budget, module, name);
  // In the test's own scale, where rates are samples per exposure; costs on screen come from the weights.
  const base = change.before;
  const scale = before > 0 && base > 0 ? before / base : after / (change.after || 1);
  const totalRate = scale > 0 ? totalBefore / scale : 0;
  const points = options.minFunctionPoints * totalRate;
  const margin = rule?.maxIncrease ?? Math.max(options.minFunctionEffect, base > 0 ? points / base : 0);
  const relative = base > 0 ? change.after / base - 1 : change.after > 0 ? Number.POSITIVE_INFINITY : 0;
  // A function that is new has no size to be relative to: its part of the total decides.
  const estimate =
    base > 0
      ? {
          relative,
          low: Math.max(change.relativeLow, change.low / base),
          high: change.relativeHigh,
          adjusted,
        }
      : { relative, low: change.low > points ? relative : -1, high: Number.POSITIVE_INFINITY, adjusted };
  const state = judge(estimate, margin, options.level, 'lower');
  const critical = change.df > 0 ? tCritical(0.05, change.df) : Number.NaN;
  return {
    function: name,
    module,
    kind: frameKinds[kind] ?? 'unknown',
    before,
    after,
    relative,
    low: base > 0 ? change.relativeLow : -1,
    high: change.relativeHigh,
    points: totalBefore > 0 ? (after - before) / totalBefore : 0,
    p: finite(change.p),
    adjusted: finite(adjusted),
    state,
    margin,
    detectable: detectable(critical * change.logError, critical, margin),
    moreRuns: state === 'inconclusive' ? runsToSettle(estimate, margin, runs) : null,
    level: rule?.level ?? 'error',
    dispersion: change.phi,
    presence: change.before > 0 ? (change.after > 0 ? 'both' : 'vanished') : 'new',
    path: [],
    ...(source === undefined ? {} : { source }),
  };
}

export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
