import type { HistoryChange, HistorySeries } from '../../model/history.ts';
import type { Verdict } from '../../model/report.ts';
import { formatCount, formatShare } from '../../model/units.ts';
import type { HistoryConclusions } from './conclusions.ts';
import { claimOf } from './findings.ts';
import { FEWEST_RUNS } from './levels.ts';

const MOST_LINES = 8;

/** The history in a few lines: what got worse and stayed so, what else changed, what would have been seen. */
export function historyVerdict({ judged, runs, order, work, left }: HistoryConclusions): Verdict {
  const n = runs.length;
  const basis = `${formatCount(n)} runs in the order of their ${order.by === 'time' ? 'recording' : 'names'} (${order.why}); costs ${work.text} (${work.why}).${left > 0 ? ` The ${formatCount(left)} oldest were left out.` : ''}`;
  const known = judged.filter(({ series }) => series.levels.length > 0);
  if (known.length === 0) {
    const why =
      n < FEWEST_RUNS
        ? `Not enough data: ${n} of the ${FEWEST_RUNS} runs a history takes.`
        : 'Not enough data: no metric that enough of the runs have.';
    return { severity: 'note', headline: why, lines: [basis] };
  }
  const rows = known
    .flatMap(({ series, level }) => series.changes.map((change) => ({ series, change, level })))
    .filter(({ change }) => change.lasting === 'persistent' || change.until !== null)
    .sort((a, b) => rank(a) - rank(b) || b.change.run - a.change.run);
  const [worst] = rows;
  const lines = rows.slice(1, MOST_LINES).map(({ series, change }) => `${claimOf(series, change, n)}.`);
  if (rows.length > MOST_LINES) lines.push(`${rows.length - MOST_LINES} more changes are in the report.`);
  const main = known[0]?.series;
  if (main !== undefined && main.detectable !== null && main.spread !== 0) {
    lines.push(
      `${main.title}: runs spread ${formatShare(main.spread ?? 0)} around their level; a lasting step of ${formatShare(main.detectable)} in their middle would be found four times in five.`,
    );
  }
  lines.push(basis);
  if (worst === undefined) {
    return {
      severity: 'ok',
      headline: `No change in ${formatCount(n)} runs: ${formatCount(known.length)} ${known.length === 1 ? 'series is' : 'series are'} each of one level.`,
      lines,
    };
  }
  const lasting = worst.change.lasting === 'persistent';
  const regressed = worst.change.state === 'regressed' && lasting && worst.level !== 'off';
  return {
    severity: regressed ? (worst.level === 'error' ? 'critical' : 'warning') : 'note',
    headline: `${claimOf(worst.series, worst.change, n)}.`,
    lines,
  };
}

/** Outcomes that got worse and stayed so come first, functions after metrics, what passed last. */
function rank({ series, change }: { series: HistorySeries; change: HistoryChange }): number {
  const state = { regressed: 0, changed: 1, improved: 1 }[change.state];
  const kind = series.kind === 'function' ? 1 : series.role === 'outcome' ? 0 : 2;
  return (change.lasting === 'persistent' ? 0 : 10) + state * 3 + kind;
}
