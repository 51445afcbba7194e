import type { ComparedMetric, GateLevel } from '../../model/comparison.ts';
import { formatValue } from '../../model/units.ts';
import { bootstrapChange, bootstrapMean } from '../stats/bootstrap.ts';
import { kruskalWallis } from '../stats/kruskal-wallis.ts';
import { mannWhitney, runsForRanks } from '../stats/mann-whitney.ts';
import { medianRatio } from '../stats/median-ratio.ts';
import { holm } from '../stats/multiplicity.ts';
import { quantile } from '../stats/quantiles.ts';
import { Random } from '../stats/random.ts';
import { type AppliedRule, ruleForMetric } from './budget.ts';
import { finite } from './functions.ts';
import { type Headline, keyOf } from './headline.ts';
import { detectable, judge, runsToSettle } from './judge.ts';
import type { CompareOptions } from './options.ts';

/** Names of the groups, and which pairs of them are asked about. */
export interface MetricPlan {
  readonly names: readonly string[];
  readonly pairs: readonly (readonly [number, number])[];
}

/** A noise floor beyond this hides what people care about: then nothing is called equal. */
const HIGHEST_FLOOR = 0.1;
/** Fewer runs cannot be split to see how far equal halves lie apart. */
const FEWEST_TO_SPLIT = 4;
const SPLITS = 1000;
const ABOVE_MAX = 'its mean is above the largest value the budget accepts';
/** Between settings fewer runs a side have ranges and no p. */
export const FEWEST_FOR_P = 5;
const NORMAL_95 = 1.959963984540054;

type Draft = Omit<ComparedMetric['changes'][number], 'adjusted' | 'state' | 'moreRuns'> & {
  readonly tested: boolean;
};

/**
 * Tests metrics of which each run gives one value: ranks for whether there is a difference, a
 * bootstrap over runs for how large it is, Holm over all outcomes and pairs. This is the engine of
 * every comparison, of builds and of settings.
 */
export function compareMetrics(
  headlines: readonly Headline[],
  plan: MetricPlan,
  options: CompareOptions,
): ComparedMetric[] {
  const drafts = headlines.map((headline) => plan.pairs.map((pair) => draft(headline, plan, pair, options)));
  const flat = drafts.flat();
  // Mechanisms explain, they do not decide: they neither pay for the outcomes nor make them pay.
  const adjusted = new Map<Draft, number>();
  for (const role of ['outcome', 'mechanism'] as const) {
    const family = headlines.flatMap((headline, i) => (headline.role === role ? (drafts[i] as Draft[]) : []));
    const values = holm(family.map(({ p }) => p ?? Number.NaN));
    for (const [i, each] of family.entries()) adjusted.set(each, values[i] as number);
  }
  if (flat.length === 0) return [];
  const tests = new Map(
    (['outcome', 'mechanism'] as const).map((role) => [
      role,
      headlines.reduce(
        (count, headline, i) =>
          headline.role === role
            ? count + (drafts[i] as Draft[]).filter(({ tested }) => tested).length
            : count,
        0,
      ),
    ]),
  );
  return headlines.map((headline, i) => {
    const values = headline.values.map((group) => group.filter((value) => value !== undefined));
    const random = new Random(options.seed);
    const groups = plan.names.map((name, g) => {
      const own = values[g] as number[];
      const interval = bootstrapMean(own, random);
      return {
        name,
        values: (headline.values[g] ?? []).map((value) => value ?? null),
        mean: finite(meanOf(own)),
        low: finite(interval.low),
        high: finite(interval.high),
      };
    });
    return {
      id: headline.id,
      labels: headline.labels,
      unit: headline.unit,
      better: headline.better,
      role: headline.role,
      groups,
      anyDifference: values.length > 2 ? finite(kruskalWallis(values)) : null,
      ranking: rank(groups, headline.better),
      changes: (drafts[i] as Draft[]).map((each) =>
        conclude(each, adjusted.get(each) ?? Number.NaN, headline, options, {
          runs: runsOf(values, plan, each),
          tests: tests.get(headline.role) ?? 1,
        }),
      ),
    };
  });
}

function draft(
  headline: Headline,
  { names }: MetricPlan,
  [a, b]: readonly [number, number],
  options: CompareOptions,
): Draft {
  const known = (group: number): number[] =>
    (headline.values[group] ?? []).filter((value) => value !== undefined);
  const [before, after] = [known(a), known(b)];
  const rule = ruleForMetric(options.budget, headline.id, headline.labels);
  const random = new Random(options.seed + a * 31 + b);
  const { low, high } = bootstrapChange(before, after, random);
  const { p, delta } = mannWhitney(before, after);
  const margin = marginOf(before, options, rule, random);
  const [from, to] = [meanOf(before), meanOf(after)];
  const half = (Math.log1p(high) - Math.log1p(low)) / 2;
  const fewest = options.mode === 'groups' ? FEWEST_FOR_P : 2;
  const enough = before.length >= fewest && after.length >= fewest;
  return {
    baseline: names[a] ?? '',
    candidate: names[b] ?? '',
    relative: from === 0 ? (to === 0 ? 0 : Number.POSITIVE_INFINITY) : (to - from) / Math.abs(from),
    low,
    high,
    p: enough ? finite(p) : null,
    margin,
    detectable: enough ? detectable(half, NORMAL_95, margin) : null,
    level: levelOf(headline, rule),
    cliffsDelta: enough ? finite(delta) : null,
    tested: enough,
    n: [before.length, after.length],
    medianRatio: enough ? (medianRatio(before, after, new Random(options.seed)) ?? null) : null,
    ...(!enough && options.mode === 'groups' && before.length > 0 && after.length > 0
      ? { why: rangesText(headline, before, after) }
      : {}),
    ...(rule?.max !== undefined && to > rule.max ? { why: ABOVE_MAX } : {}),
  };
}

function conclude(
  { tested, ...change }: Draft,
  adjusted: number,
  headline: Headline,
  options: CompareOptions,
  { runs, tests }: { readonly runs: number; readonly tests: number },
): ComparedMetric['changes'][number] {
  const { relative, low, high, margin } = change;
  const estimate = { relative, low, high, adjusted };
  const few = !tested && options.mode === 'groups';
  const aboveMax = change.why === ABOVE_MAX;
  const state = aboveMax
    ? 'regressed'
    : few
      ? 'not enough data'
      : judge(estimate, margin, options.level, headline.better);
  const open = tested && state === 'inconclusive';
  // The interval is clear of the margin, and still the ranks do not say so.
  const unranked = open && (low > margin || high < -margin);
  const needed = runsForRanks(tests, options.level);
  return {
    ...change,
    adjusted: finite(adjusted),
    state,
    moreRuns: !open ? null : unranked ? Math.max(1, needed - runs) : runsToSettle(estimate, margin, runs),
    ...(unranked
      ? {
          why:
            runs < needed
              ? `the interval is clear of the margin, but ranks of ${runs} runs a side cannot show a difference among ${tests} tests: it takes ${needed}`
              : 'the interval is clear of the margin, the ranks of the runs are not',
        }
      : {}),
  };
}

function rangesText({ unit }: Headline, before: readonly number[], after: readonly number[]): string {
  const range = (values: readonly number[]): string =>
    `${formatValue(Math.min(...values), unit)} to ${formatValue(Math.max(...values), unit)} (n ${values.length})`;
  return `ranges only, ${range(before)} against ${range(after)}: a p takes ${FEWEST_FOR_P} runs a side`;
}

function runsOf(values: readonly (readonly number[])[], { names }: MetricPlan, change: Draft): number {
  const length = (name: string): number => values[names.indexOf(name)]?.length ?? 0;
  return Math.min(length(change.baseline), length(change.candidate));
}

function levelOf({ role }: Headline, rule: AppliedRule | undefined): GateLevel {
  return rule?.level ?? (role === 'outcome' ? 'error' : 'off');
}

/**
 * The smallest change that counts. Between settings no smaller one counts than what equal runs
 * differ by: the 95 % range of the difference between random halves of the baseline, a noise floor.
 */
function marginOf(
  before: readonly number[],
  { mode, minEffect }: CompareOptions,
  rule: AppliedRule | undefined,
  random: Random,
): number {
  if (rule?.maxIncrease !== undefined) return rule.maxIncrease;
  if (mode === 'gate' || before.length < FEWEST_TO_SPLIT) return minEffect;
  return Math.max(minEffect, Math.min(HIGHEST_FLOOR, noiseFloor(before, random)));
}

export function noiseFloor(values: readonly number[], random: Random): number {
  const half = values.length >> 1;
  const shuffled = Float64Array.from(values);
  const gaps = new Float64Array(SPLITS);
  for (let i = 0; i < SPLITS; i++) {
    random.shuffle(shuffled);
    const [a, b] = [meanOf(shuffled.subarray(0, half)), meanOf(shuffled.subarray(half))];
    gaps[i] = a === 0 ? 0 : Math.abs(b / a - 1);
  }
  return quantile(gaps.sort(), 0.95);
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return values.length === 0 ? Number.NaN : sum / values.length;
}

/** Groups from best to worst; a group whose interval overlaps that of the one before shares its rank. */
export function rank(
  groups: readonly Pick<ComparedMetric['groups'][number], 'name' | 'mean' | 'low' | 'high'>[],
  better: Headline['better'],
): string[][] {
  if (better === 'neither') return [];
  const sign = better === 'lower' ? 1 : -1;
  const known = groups
    .filter(({ mean, low, high }) => mean !== null && low !== null && high !== null)
    .map(({ name, mean, low, high }) => ({
      name,
      value: sign * (mean as number),
      near: sign * ((sign > 0 ? low : high) as number),
      far: sign * ((sign > 0 ? high : low) as number),
    }))
    // By the near end: a wide interval may reach further than one with a better mean.
    .sort((a, b) => a.near - b.near);
  const ranks: (typeof known)[] = [];
  let reach = Number.NEGATIVE_INFINITY;
  for (const group of known) {
    if (group.near > reach || ranks.length === 0) ranks.push([group]);
    else ranks.at(-1)?.push(group);
    reach = Math.max(reach, group.far);
  }
  return ranks.map((rank) => rank.sort((a, b) => a.value - b.value).map(({ name }) => name));
}

export { keyOf };
