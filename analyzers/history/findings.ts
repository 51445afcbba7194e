import { changeText, intervalText, pText } from '../../model/change-text.ts';
import type { Finding, Severity } from '../../model/finding.ts';
import type { HistoryChange, HistorySeries } from '../../model/history.ts';
import { shortName } from '../../model/symbol-name.ts';
import { formatShare, formatValue } from '../../model/units.ts';
import type { HistoryConclusions, JudgedSeries } from './conclusions.ts';

/** Changes this many runs apart are taken for one event in two quantities. */
const TOGETHER = 2;
const MOST_CARDS = 30;

/** Every change of a level as a claim, with what changed at the same time. */
export function historyFindings({ judged, runs }: HistoryConclusions): Finding[] {
  return judged.flatMap(({ series, level }) =>
    series.changes.slice(0, MOST_CARDS).flatMap((change, i): Finding[] => {
      // The way back belongs to the way there.
      if (change.lasting === 'passing' && change.until === null) return [];
      const [before, after] = [series.levels[i], series.levels[i + 1]];
      const values = [before, after].map((each) => formatValue(each?.mean ?? Number.NaN, series.unit));
      const others = changedWith(judged, series, change);
      return [
        {
          id: `history/${series.kind}/${series.id}/${Object.values(series.labels).join('/')}/${change.name}`,
          severity: severityOf(change, level),
          claim: claimOf(series, change, runs.length),
          share: Math.min(1, Math.abs(change.relative ?? 1)),
          confidence: {
            n: (before?.n ?? 0) + (after?.n ?? 0),
            low: change.low ?? 0,
            high: change.high ?? 1,
            why: `Runs are what is counted; permutation p ${pText(change.p)}, runs spread ${series.spread === null ? '–' : formatShare(series.spread)} around their level.`,
          },
          evidence: [
            {
              label: 'run by run',
              section: sectionId(series),
              selection: {},
              formula: `${values[0]} over ${before?.n ?? 0} runs → ${values[1]} over ${after?.n ?? 0}: ${changeText(change.relative)} (${intervalText(bounds(change))})`,
            },
          ],
          actions:
            change.state === 'regressed' && change.lasting === 'persistent'
              ? [
                  {
                    text: `Look at what came in between ${runs[change.run - 1]?.name ?? ''} and ${change.name}; a comparison of the runs on both sides names functions and callers: vtune compare --baseline … --candidate ….`,
                    risk: 'none',
                  },
                ]
              : [],
          caveats: others.length === 0 ? [] : [`Changed with it: ${others.join(', ')}.`],
        },
      ];
    }),
  );
}

export function sectionId({ kind, id, labels }: HistorySeries): string {
  return ['history', kind, id, ...Object.values(labels)].join('/');
}

export function bounds({ low, high }: HistoryChange): { low: number; high: number } {
  return { low: low ?? Number.NaN, high: high ?? Number.NaN };
}

/** `wall_s regressed at run-31: +5.1 %, for 30 runs, to the newest`. */
export function claimOf(series: HistorySeries, change: HistoryChange, runs: number): string {
  const name = series.kind === 'function' ? shortName(series.title, 120) : series.title;
  const what = `${name} ${change.state} at ${change.name}: ${changeText(change.relative)}`;
  if (change.lasting === 'passing') {
    return `${what} for ${change.runs} runs, then back`;
  }
  const toTheEnd = series.changes.at(-1) === change && change.run + change.runs >= runs - 1;
  return `${what}, for ${change.runs} runs${toTheEnd ? ' up to the newest' : ''}`;
}

/** Functions and other metrics whose level changed in the same runs. */
function changedWith(
  judged: readonly JudgedSeries[],
  series: HistorySeries,
  { run }: HistoryChange,
): string[] {
  return judged.flatMap((other) => {
    if (other.series === series) return [];
    const near = other.series.changes.find((change) => Math.abs(change.run - run) <= TOGETHER);
    return near === undefined ? [] : [`${shortName(other.series.title, 60)} ${changeText(near.relative)}`];
  });
}

function severityOf({ state, lasting }: HistoryChange, level: JudgedSeries['level']): Severity {
  if (state === 'changed') return 'note';
  if (state === 'improved') return 'ok';
  if (lasting === 'passing' || level === 'off') return 'note';
  return level === 'error' ? 'critical' : 'warning';
}
