import { compareFindings } from '../../model/finding.ts';
import { HISTORY_VERSION, type History } from '../../model/history.ts';
import type { NotRun } from '../../model/report.ts';
import type { SavedRun } from '../../model/saved-run.ts';
import type { SkippedInput } from '../../model/trace.ts';
import { chooseWorkUnit, measure } from '../compare/exposure.ts';
import type { HistoryConclusions, HistoryOptions, JudgedSeries } from './conclusions.ts';
import { historyFindings } from './findings.ts';
import { divideSeries, FEWEST_RUNS } from './levels.ts';
import { orderRuns, ownNames } from './run-order.ts';
import { historySections } from './sections.ts';
import { functionSeries, metricSeries } from './series.ts';
import { historyVerdict } from './verdict.ts';

/**
 * Chance of a change point in a history without any, of all headline metrics together. A history
 * is looked at again and again: a tenth of a percent each time is one false change in a thousand
 * looks, before those too small to matter are taken out.
 */
const LEVEL = 0.001;
/** Smaller levels would take more permutations than anybody waits for. */
const LEAST_LEVEL = 1e-4;

/** Where in an ordered set of runs something changed, and whether it stayed so. */
export function findHistory(
  saved: readonly SavedRun[],
  options: HistoryOptions,
  version: string,
  skippedInputs: readonly SkippedInput[] = [],
): History {
  const { runs, order, left } = orderRuns(saved, options.order);
  const work = chooseWorkUnit(runs, options.per);
  const answer = measure([runs], work.per, options.event);
  const measured = 'why' in answer ? undefined : answer;
  const names = ownNames(runs);
  const families = [
    ...['outcome', 'mechanism'].map((role) =>
      metricSeries(runs, work, measured, options).filter((series) => series.role === role),
    ),
    functionSeries(runs, measured, options),
  ];
  const judged = families.flatMap((family) =>
    family.map(
      (plain): JudgedSeries => ({
        series: divideSeries(plain, names, Math.max(LEAST_LEVEL, LEVEL / family.length), options.seed),
        level: plain.level,
      }),
    ),
  );
  const conclusions: HistoryConclusions = {
    runs: runs.map(({ run }, i) => ({
      name: names[i] ?? run.name,
      labels: run.labels,
      captured: run.host.captured ?? null,
      samples: run.samples,
    })),
    order,
    work,
    judged,
    left,
  };
  return {
    kind: 'history',
    version: HISTORY_VERSION,
    generator: { name: 'vtune', version },
    runs: conclusions.runs,
    order,
    work,
    series: judged.map(({ series }) => series),
    regressed: judged.some(
      ({ series, level }) =>
        level === 'error' &&
        series.changes.some(({ state, lasting }) => state === 'regressed' && lasting === 'persistent'),
    ),
    verdict: historyVerdict(conclusions),
    findings: [...historyFindings(conclusions)].sort(compareFindings),
    notRun: notAnswered(judged, runs, 'why' in answer ? answer.why : undefined),
    skippedInputs,
    sections: historySections(conclusions),
  };
}

function notAnswered(
  judged: readonly JudgedSeries[],
  runs: readonly SavedRun[],
  why: string | undefined,
): NotRun[] {
  const out: NotRun[] = [];
  if (runs.length < FEWEST_RUNS || judged.length === 0) {
    out.push({
      analyzer: 'history/changes',
      question: 'When did it change?',
      missing:
        runs.length < FEWEST_RUNS
          ? `history: ${runs.length} of the ${FEWEST_RUNS} runs it takes`
          : 'metric that every run has in common',
      captureWith: 'vtune analyze run/ --save history/$(date +%FT%T).vtune   # after every build',
    });
  }
  if (why !== undefined) {
    out.push({
      analyzer: 'history/functions',
      question: 'Which functions changed?',
      missing: `profiles in all runs: ${why}`,
      captureWith:
        'perf record -F 999 -g -o run.data -- ./bench && perf script --header -i run.data > run/perf.txt',
    });
  }
  return out;
}
