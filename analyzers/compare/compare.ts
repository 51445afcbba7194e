import {
  COMPARISON_VERSION,
  type ComparedMetric,
  type ComparedPair,
  type Comparison,
  type NoiseGuard,
} from '../../model/comparison.ts';
import { compareFindings } from '../../model/finding.ts';
import { Problem } from '../../model/problem.ts';
import type { NotRun } from '../../model/report.ts';
import type { SkippedInput } from '../../model/trace.ts';
import type { Conclusions, RunGroup } from './conclusions.ts';
import { withCovariates } from './covariates.ts';
import { chooseWorkUnit, type Measured, measure } from './exposure.ts';
import { findingsOf } from './findings.ts';
import { gateOf } from './gate.ts';
import { compareGoals } from './goals/goals.ts';
import { tradeOffs } from './goals/trade-offs.ts';
import { commonDevice, differentWorkloads } from './goals/workload.ts';
import { noiseGuards, workGuard } from './guards.ts';
import { chooseHeadlines, type Headline } from './headline.ts';
import { compareMetrics } from './metrics.ts';
import type { CompareOptions } from './options.ts';
import { comparePair, functionKey, shakyFunctions } from './pair.ts';
import { sectionsOf } from './sections.ts';
import { comparisonVerdict } from './verdict.ts';

const profileCapture =
  'perf record -F 999 -g -o run.data -- ./bench && perf script --header -i run.data > run-01/perf.txt';

/** Compares groups of runs: headline metrics, functions, call paths, and what may have disturbed them. */
export function compareRuns(
  groups: readonly RunGroup[],
  options: CompareOptions,
  version: string,
  skippedInputs: readonly SkippedInput[] = [],
): Comparison {
  const runs = groups.map((group) => group.runs);
  const work = chooseWorkUnit(runs.flat(), options.per);
  const answer = measure(runs, work.per, options.event);
  // Whoever names the metrics to compare has said that profiles do not matter.
  if ('mixed' in answer && options.metrics === undefined) {
    throw new Problem({
      code: 'usage',
      message: `cannot compare: ${answer.why}`,
      hint: 'record all runs in the same way; --event NAME picks an event all have, --metric GLOB compares metrics alone',
    });
  }
  const measured = 'why' in answer || answer.groups.some(({ length }) => length === 0) ? undefined : answer;
  const notRun: NotRun[] =
    measured === undefined
      ? [
          {
            analyzer: 'compare/functions',
            question: 'Which functions changed?',
            missing: 'why' in answer ? `profiles to compare: ${answer.why}` : whyLeft(answer, groups),
            captureWith: profileCapture,
          },
        ]
      : [];
  const headlines = chooseHeadlines(runs, work, measured, options.metrics, options.budget);
  if (headlines.length === 0 && options.metrics !== undefined) {
    throw new Problem({
      code: 'usage',
      message: `no metric that all groups have is called ${options.metrics.join(' or ')}`,
      hint: 'vtune analyze RUN --json - lists the metrics of a run; a p99 takes 1000 events a run',
    });
  }
  const others = groups.slice(1).map((_, i) => [0, i + 1] as const);
  const plan = { names: groups.map(({ name }) => name), pairs: pairsOf(groups, options) };
  const shaking = measured === undefined ? [] : shakyFunctions(measured, 0, work, options);
  const shakyMetrics = splitBaseline(headlines, options);
  const metrics = withCovariates(
    compareMetrics(headlines, plan, options).map((metric) => calm(metric, shakyMetrics)),
    runs,
    options.level,
  );
  const shaky = new Set(shaking.map(functionKey));
  const pairs =
    measured === undefined
      ? []
      : others.map(([a, b]) =>
          comparePair(
            measured,
            [a, b],
            { baseline: plan.names[a] ?? '', candidate: plan.names[b] ?? '' },
            work,
            options,
            shaky,
          ),
        );
  const goals = compareGoals(groups, options.seed);
  const guards = [
    ...unstable(groups[0]?.name ?? '', shaking, shakyMetrics),
    ...noiseGuards(
      groups,
      new Map(pairs.flatMap(({ tree }) => [...tree.aliases.modules, ...tree.aliases.processes])),
      // Waiting for IO is what differs between settings of it, not what disturbs them.
    ).filter(({ id }) => goals.length === 0 || id !== 'environment/iowait'),
    ...(measured === undefined && metrics.length === 0 ? [] : workGuard(groups, work)),
    ...(measured?.notes ?? []).map(
      (text): NoiseGuard => ({
        id: 'units',
        severity: 'note',
        text,
        advice: 'record with periods and times: perf script --header -F +period,+time',
      }),
    ),
    ...leftGuard(measured),
    ...workloadGuard(groups),
  ];
  const offs = tradeOffs(groups, options.seed);
  const conclusions: Conclusions = {
    options,
    groups,
    work,
    measured,
    metrics,
    pairs,
    goals,
    tradeOffs: offs,
    guards,
    notRun,
  };
  const gate = gateOf(conclusions);
  const findings = [...findingsOf(conclusions)].sort(compareFindings);
  return {
    kind: 'comparison',
    version: COMPARISON_VERSION,
    generator: { name: 'vtune', version },
    mode: options.mode,
    groups: groups.map(({ name, runs: own }) => ({
      name,
      runs: own.map(({ run }) => ({
        name: run.name,
        labels: run.labels,
        duration: run.duration,
        samples: run.samples,
      })),
    })),
    work,
    metrics,
    pairs: pairs.map(({ pair }): ComparedPair => pair),
    ...(goals.length === 0 ? {} : { goals, tradeOffs: offs }),
    guards,
    gate,
    verdict: comparisonVerdict(conclusions, gate),
    findings,
    notRun,
    skippedInputs,
    sections: sectionsOf(conclusions),
  };
}

/** A gate asks of each candidate; a choice between settings asks of every two. */
function pairsOf(groups: readonly RunGroup[], { mode }: CompareOptions): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [];
  for (let a = 0; a < groups.length; a++) {
    for (let b = a + 1; b < groups.length; b++) if (a === 0 || mode === 'groups') pairs.push([a, b]);
  }
  return pairs;
}

/** Outcomes that differ between the halves of the baseline. */
function splitBaseline(headlines: readonly Headline[], options: CompareOptions): ReadonlySet<string> {
  const halves = headlines
    .filter(({ role }) => role === 'outcome')
    .map((headline) => {
      const own = headline.values[0] ?? [];
      const half = own.length >> 1;
      return { ...headline, values: [own.slice(0, half), own.slice(half)] };
    });
  const { budget: _, ...plain } = options;
  const split = compareMetrics(
    halves,
    { names: ['first', 'second'], pairs: [[0, 1]] },
    { ...plain, mode: 'gate' },
  );
  return new Set(
    split
      .filter(({ changes }) => changes.some(({ state }) => state === 'regressed' || state === 'improved'))
      .map(metricKey),
  );
}

function metricKey({ id, labels }: Pick<ComparedMetric, 'id' | 'labels'>): string {
  return `${id}${JSON.stringify(labels)}`;
}

/** A metric that differs within the baseline itself proves nothing by differing from a candidate. */
function calm(metric: ComparedMetric, shaky: ReadonlySet<string>): ComparedMetric {
  if (!shaky.has(metricKey(metric))) return metric;
  return {
    ...metric,
    changes: metric.changes.map((change) =>
      change.state === 'regressed' || change.state === 'improved'
        ? { ...change, state: 'inconclusive', why: 'it differs between the halves of the baseline itself' }
        : change,
    ),
  };
}

function unstable(
  baseline: string,
  functions: readonly { readonly function: string }[],
  metrics: ReadonlySet<string>,
): NoiseGuard[] {
  const names = [
    ...[...metrics].map((key) => key.replace(/\{\}$/, '').replaceAll('"', '')),
    ...functions.slice(0, 3).map((row) => row.function),
  ];
  if (names.length === 0) return [];
  return [
    {
      id: 'unstable',
      severity: 'warning',
      text: `environment unstable: the first and the second half of ${baseline} differ in ${names.join(', ')}`,
      advice:
        'record again on a quiet machine, interleaved, and more runs; what shakes within the baseline fails no gate',
    },
  ];
}

function leftGuard(measured: Measured | undefined): NoiseGuard[] {
  if (measured === undefined || measured.left.length === 0) return [];
  const [first] = measured.left;
  return [
    {
      id: 'runs-left-out',
      severity: 'warning',
      text: `${measured.left.length === 1 ? 'one run is' : `${measured.left.length} runs are`} left out of the profile: ${first?.run} (${first?.why})`,
      advice: 'record every run in the same way',
    },
  ];
}

function workloadGuard(groups: readonly RunGroup[]): NoiseGuard[] {
  const device = commonDevice(groups);
  const text = device === undefined ? '' : differentWorkloads(groups, device);
  if (text === '') return [];
  return [
    {
      id: 'workload',
      severity: 'warning',
      text,
      advice: 'compare runs of one workload under different settings',
    },
  ];
}

function whyLeft(answer: Measured | { readonly why: string }, groups: readonly RunGroup[]): string {
  if ('why' in answer) return answer.why;
  const empty = groups.filter((_, i) => answer.groups[i]?.length === 0).map(({ name }) => name);
  const [first] = answer.left;
  return `profiles of ${empty.join(', ')}${first === undefined ? '' : ` (${first.run}: ${first.why})`}`;
}
