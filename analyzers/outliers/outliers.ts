import type { Metric } from '../../model/metric.ts';
import {
  type OddShare,
  OUTLIERS_VERSION,
  type OutlierRun,
  type Outliers,
  type RunCluster,
} from '../../model/outliers.ts';
import type { SavedRun } from '../../model/saved-run.ts';
import type { SkippedInput } from '../../model/trace.ts';
import { rowTotals } from '../stats/count-matrix.ts';
import { quantile } from '../stats/quantiles.ts';
import { outlierFindings, outliersVerdict, tooFew } from './conclusions.ts';
import { type RunCounts, runCounts } from './run-counts.ts';
import { FEWEST_RUNS, type RunScores, scoreRuns } from './scores.ts';
import { outlierSections } from './sections.ts';

const SEED = 1;
const MOST_FUNCTIONS = 8;
/** 95 % of the normal distribution, two-sided. */
const Z = 1.959963984540054;
/** Functions with less of a run's distance are not responsible for it. */
const SMALLEST_PART = 0.01;

/** Which of many runs, or hosts, are unlike the others, and by which functions. */
export function findOutliers(
  saved: readonly SavedRun[],
  version: string,
  skippedInputs: readonly SkippedInput[],
  event?: string,
): Outliers {
  const counted = runCounts(saved, event);
  const generator = { name: 'vtune', version } as const;
  if ('why' in counted || counted.runs.length < FEWEST_RUNS) {
    const why = 'why' in counted ? counted.why : undefined;
    return {
      kind: 'outliers',
      version: OUTLIERS_VERSION,
      generator,
      event: event ?? '',
      runs: [],
      clusters: [],
      metrics: [],
      ...tooFew(saved.length, why),
      findings: [],
      skippedInputs,
      sections: [],
    };
  }
  const scored = scoreRuns(counted.counts, SEED);
  const runs = ranked(counted, scored);
  const clusters = clustersOf(counted, scored);
  const facts = { runs, clusters, counted, dispersion: scored.dispersion };
  return {
    kind: 'outliers',
    version: OUTLIERS_VERSION,
    generator,
    event: counted.event,
    runs,
    clusters,
    metrics: metricsOf(runs, clusters),
    verdict: outliersVerdict(facts),
    findings: outlierFindings(facts),
    notRun: [],
    skippedInputs: [...skippedInputs, ...counted.left.map(({ run, why }) => ({ file: run, why }))],
    sections: outlierSections(facts),
  };
}

/** Odd ones first, then by distance. */
function ranked({ runs, functions, counts }: RunCounts, { scores }: RunScores): OutlierRun[] {
  const totals = rowTotals(counts);
  const { columns, values } = counts;
  const shortNames = withoutCommonFolder(runs.map(({ run }) => run.run.name));
  return runs
    .map(({ run }, row): OutlierRun => {
      const score = scores[row] as RunScores['scores'][number];
      const n = totals[row] as number;
      const mates = scores.flatMap((each, other) =>
        other !== row && each.cluster === score.cluster && !each.odd ? [other] : [],
      );
      const rows = functions.map(({ name, module }, column): OddShare => {
        const here = (values[row * columns + column] as number) / Math.max(1, n);
        const usual = (score.usual[column] as number) ** 2;
        const spread = deviationOf(
          mates.map(
            (other) => (values[other * columns + column] as number) / Math.max(1, totals[other] as number),
          ),
        );
        const error = Math.sqrt((here * (1 - here) + 1 / (n + 2)) / Math.max(1, n) + spread ** 2);
        return {
          name,
          module,
          here,
          usual,
          low: here - usual - Z * error,
          high: here - usual + Z * error,
          part: (Math.sqrt(here) - (score.usual[column] as number)) ** 2 / Math.max(1e-12, score.distance),
        };
      });
      return {
        name: shortNames[row] ?? run.run.name,
        source: run.run.name,
        labels: run.run.labels,
        samples: n,
        cluster: score.cluster,
        moved: rows.reduce((sum, { here, usual }) => sum + Math.abs(here - usual), 0) / 2,
        chance: score.chance,
        odd: score.odd,
        functions: rows
          .filter(({ part, low, high }) => part >= SMALLEST_PART && (low > 0 || high < 0))
          .sort((a, b) => b.part - a.part || (a.name < b.name ? -1 : 1))
          .slice(0, MOST_FUNCTIONS),
      };
    })
    .sort((a, b) => Number(b.odd) - Number(a.odd) || b.moved - a.moved || (a.name < b.name ? -1 : 1));
}

/** Names without the folder all of them are in. */
export function withoutCommonFolder(names: readonly string[]): string[] {
  const folders = names.map((name) => name.split('/').slice(0, -1));
  const [first = []] = folders;
  let shared = 0;
  while (shared < first.length && folders.every((folder) => folder[shared] === first[shared])) shared++;
  return names.map((name) => name.split('/').slice(shared).join('/'));
}

/** Standard deviation by the median absolute deviation. */
function deviationOf(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const middle = quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
  return (
    1.4826 *
    quantile(
      values.map((value) => Math.abs(value - middle)).sort((a, b) => a - b),
      0.5,
    )
  );
}

/** What the runs of each cluster do more than those of the others. */
function clustersOf({ functions, counts }: RunCounts, { scores, clusters }: RunScores): RunCluster[] {
  const shares = Array.from({ length: clusters }, (_, cluster) => {
    const sum = new Float64Array(counts.columns);
    scores.forEach((score, row) => {
      if (score.cluster !== cluster || score.odd) return;
      for (let c = 0; c < counts.columns; c++)
        sum[c] = (sum[c] as number) + (counts.values[row * counts.columns + c] as number);
    });
    const all = sum.reduce((a, b) => a + b, 0) || 1;
    return sum.map((count) => count / all);
  });
  return shares.map((own, cluster) => {
    const rest = own.map((_, c) => {
      const others = shares.filter((_, other) => other !== cluster);
      return others.length === 0
        ? 0
        : others.reduce((sum, each) => sum + (each[c] as number), 0) / others.length;
    });
    const beyond = own.map((share, c) => share - (rest[c] as number));
    const most = beyond.indexOf(beyond.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY));
    return {
      title: `${clusters === 1 ? 'mostly' : 'more'} ${functions[most]?.name ?? ''}`,
      runs: scores.filter((score) => score.cluster === cluster).length,
    };
  });
}

function metricsOf(runs: readonly OutlierRun[], clusters: readonly RunCluster[]): Metric[] {
  const count = (id: string, value: number): Metric => ({
    id,
    labels: {},
    value,
    unit: 'count',
    better: 'neither',
    n: runs.length,
  });
  return [
    count('outliers.odd_runs', runs.filter(({ odd }) => odd).length),
    count('outliers.clusters', clusters.length),
    ...runs.map(
      ({ name, moved, samples }): Metric => ({
        id: 'outliers.moved',
        labels: { run: name },
        value: moved,
        unit: 'share',
        better: 'lower',
        n: samples,
      }),
    ),
  ];
}
