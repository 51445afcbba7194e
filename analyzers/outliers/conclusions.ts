import type { Finding } from '../../model/finding.ts';
import type { OutlierRun, RunCluster } from '../../model/outliers.ts';
import type { NotRun, Verdict } from '../../model/report.ts';
import { formatCount, formatShare } from '../../model/units.ts';
import { shellWord } from '../derived/shell-text.ts';
import type { RunCounts } from './run-counts.ts';
import { FEWEST_RUNS, ODD_RUN_ALARM } from './scores.ts';

export interface OutlierFacts {
  readonly runs: readonly OutlierRun[];
  readonly clusters: readonly RunCluster[];
  readonly counted: RunCounts;
  readonly dispersion: number;
}

export const RUNS_TABLE = 'outliers/runs';
export const CARDS = 'outliers/cards';
const MOST_FINDINGS = 10;
const question = 'Which runs are unlike the others?';

/** What is said when there is nothing to compare. */
export function tooFew(given: number, why: string | undefined): { verdict: Verdict; notRun: NotRun[] } {
  const missing = why ?? `${FEWEST_RUNS} runs with samples of one event: there are ${formatCount(given)}`;
  return {
    verdict: { severity: 'note', headline: `Not enough data to call a run odd: ${missing}.`, lines: [] },
    notRun: [
      {
        analyzer: 'outliers',
        question,
        missing,
        captureWith:
          'perf record -F 499 -a -g -- sleep 30 && perf script --header > HOST.txt   # on each host',
      },
    ],
  };
}

export function outliersVerdict({ runs, clusters, counted, dispersion }: OutlierFacts): Verdict {
  const odd = runs.filter((run) => run.odd);
  const basis = `${formatCount(runs.length)} runs, samples of ${counted.event}; runs differ ${formatCount(Math.round(dispersion * 10) / 10)} times as much as sampling makes them; all alike, they would be said to hold an odd one in ${formatShare(ODD_RUN_ALARM)} of cases.`;
  const kinds =
    clusters.length > 1
      ? [
          `${formatCount(clusters.length)} kinds of runs: ${clusters.map(({ title, runs: n }) => `${formatCount(n)} with ${title}`).join(', ')}.`,
        ]
      : [];
  const [worst] = odd;
  if (worst === undefined)
    return {
      severity: 'ok',
      headline: `None of ${formatCount(runs.length)} runs is unlike the others.`,
      lines: [...kinds, basis],
    };
  return {
    severity: 'warning',
    headline: `${worst.name} is unlike the other runs: ${reasonOf(worst)}.`,
    lines: [
      ...odd.slice(1, 6).map((run) => `${run.name}: ${reasonOf(run)}.`),
      ...(odd.length > 6 ? [`${formatCount(odd.length - 6)} more odd runs are in the report.`] : []),
      ...kinds,
      basis,
    ],
  };
}

/** One card per odd run. */
export function outlierFindings({ runs, counted }: OutlierFacts): Finding[] {
  return runs
    .filter(({ odd }) => odd)
    .slice(0, MOST_FINDINGS)
    .map((run) => {
      const [most] = run.functions;
      const usual = runs.findLast(({ odd, cluster }) => !odd && cluster === run.cluster);
      const [before, after] = [usual?.source, run.source].map((path) => shellWord(path ?? ''));
      return {
        id: `outliers/${run.name}`,
        severity: 'warning',
        claim: `${run.name}: ${reasonOf(run)}`,
        share: Math.min(1, Math.abs((most?.here ?? 0) - (most?.usual ?? 0))),
        confidence: {
          n: run.samples,
          low: Math.max(0, Math.min(Math.abs(most?.low ?? 0), Math.abs(most?.high ?? 1))),
          high: Math.min(1, Math.max(Math.abs(most?.low ?? 0), Math.abs(most?.high ?? 1))),
          why: `${formatShare(run.moved)} of its samples are elsewhere; chance ${chanceText(run.chance)} in ${formatCount(counted.runs.length)} runs that are alike`,
        },
        evidence: [
          {
            label: 'what differs',
            section: CARDS,
            selection: {},
            ...(most === undefined
              ? {}
              : {
                  formula: `${formatShare(most.here)} − ${formatShare(most.usual)} = ${points(most.here - most.usual)} of ${most.name}`,
                }),
          },
        ],
        actions: [
          {
            text: 'Hold it against the most usual run of its kind: which call paths, which metrics',
            ...(before === undefined || after === undefined
              ? {}
              : { run: `vtune compare --baseline ${before} --candidate ${after}` }),
            risk: 'none',
          },
        ],
        caveats: [],
      };
    });
}

/** `41.2 % gc_mark instead of 3.1 %, …`. */
export function reasonOf({ functions, moved }: OutlierRun): string {
  const parts = functions
    .slice(0, 3)
    .map(({ name, here, usual }) => `${formatShare(here)} ${name} instead of ${formatShare(usual)}`);
  return parts.length > 0
    ? parts.join(', ')
    : `many small differences, ${formatShare(moved)} of its samples together`;
}

export function chanceText(chance: number): string {
  return chance < 1e-12 ? '<1e-12' : chance < 1e-3 ? chance.toExponential(1) : chance.toPrecision(2);
}

function points(difference: number): string {
  return `${difference < 0 ? '−' : '+'}${Math.abs(difference * 100).toFixed(1)} points`;
}
