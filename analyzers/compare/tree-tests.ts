import { fitDispersion, noPrior, shrink } from '../stats/dispersion.ts';
import { benjaminiHochberg } from '../stats/multiplicity.ts';
import { type Counts, rateChange, spreadOf } from '../stats/rate-test.ts';
import type { PairInput } from './functions.ts';
import { rate } from './functions.ts';
import type { CompareOptions } from './options.ts';

/** What is known of each node's inclusive cost. */
export interface TreeTests {
  /** Inclusive and self cost per unit of work of each node, before and after. */
  readonly totalBefore: Float64Array;
  readonly totalAfter: Float64Array;
  readonly selfBefore: Float64Array;
  readonly selfAfter: Float64Array;
  /** Half-width of the 95 % interval of the inclusive change; NaN where nothing was tested. */
  readonly half: Float64Array;
  /** 1: the inclusive change passed its test, as did that of every caller above it. */
  readonly passed: Uint8Array;
}

/** Nodes with fewer samples, both groups together, are not tested. */
const FEWEST_SAMPLES = 10;

/**
 * Tests inclusive costs from the root down: a node only when its caller passed, with
 * Benjamini–Hochberg among the children of one caller (Yekutieli, J. Am. Stat. Assoc. 103 (2008) 309).
 */
export function testTree(input: PairInput, options: CompareOptions): TreeTests {
  const { tree, runs, groups, kind } = input;
  const size = tree.parent.length;
  const [before = [], after = []] = groups.map((group) => tree.total[group] ?? []);
  const sides = (own: readonly (readonly Float64Array[])[], node: number): [number, number] => [
    rate(
      (own[0] ?? []).map((run) => run[node] as number),
      runs[0],
    ),
    rate(
      (own[1] ?? []).map((run) => run[node] as number),
      runs[1],
    ),
  ];
  const selves = groups.map((group) => tree.self[group] ?? []);
  const result: TreeTests = {
    totalBefore: new Float64Array(size),
    totalAfter: new Float64Array(size),
    selfBefore: new Float64Array(size),
    selfAfter: new Float64Array(size),
    half: new Float64Array(size).fill(Number.NaN),
    passed: new Uint8Array(size),
  };
  for (let node = 0; node < size; node++) {
    [result.totalBefore[node], result.totalAfter[node]] = sides([before, after], node) as [number, number];
    [result.selfBefore[node], result.selfAfter[node]] = sides(selves, node) as [number, number];
  }
  const countsOf = (side: 0 | 1, node: number): Counts => ({
    counts: runs[side].map(
      ({ perSample }, run) => ((side === 0 ? before : after)[run]?.[node] ?? 0) / perSample,
    ),
    exposure: runs[side].map(({ work, perSample }) => work / perSample),
  });
  const large = [...tree.parent.keys()].filter((node) => {
    const samples = [0, 1].reduce(
      (sum, side) =>
        sum +
        runs[side as 0 | 1].reduce(
          (own, { perSample }, run) => own + ((side === 0 ? before : after)[run]?.[node] ?? 0) / perSample,
          0,
        ),
      0,
    );
    return samples >= FEWEST_SAMPLES;
  });
  const spreads = new Map(
    large.map((node) => [node, spreadOf(kind, [countsOf(0, node), countsOf(1, node)])] as const),
  );
  const alone = runs[0].length + runs[1].length <= 2;
  const prior = alone ? (options.knownDispersion ?? noPrior) : fitDispersion([...spreads.values()]);
  const changes = new Map(
    [...spreads].map(
      ([node, spread]) =>
        [node, rateChange(kind, countsOf(0, node), countsOf(1, node), shrink(spread, prior))] as const,
    ),
  );
  const children = new Map<number, number[]>();
  for (const node of large) {
    if (node === 0) continue;
    const up = tree.parent[node] as number;
    const own = children.get(up);
    if (own === undefined) children.set(up, [node]);
    else own.push(node);
  }
  for (const [node, { low, high, before: from }] of changes) {
    // From samples per exposure back to cost per unit of work.
    const scale = from > 0 ? (result.totalBefore[node] as number) / from : Number.NaN;
    result.half[node] = ((high - low) / 2) * scale;
  }
  // Shares of all samples cannot change as a whole: there the root is open.
  const open = kind === 'binomial' || (changes.get(0)?.p ?? 1) <= options.level;
  if (open && kind !== 'binomial') result.passed[0] = 1;
  const waiting = open ? [0] : [];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const below = children.get(node) ?? [];
    const adjusted = benjaminiHochberg(below.map((child) => changes.get(child)?.p ?? Number.NaN));
    below.forEach((child, i) => {
      if (!((adjusted[i] as number) <= options.level)) return;
      result.passed[child] = 1;
      waiting.push(child);
    });
  }
  return result;
}
