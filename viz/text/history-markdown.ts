import { changeText, intervalText, pText } from '../../model/change-text.ts';
import type { History } from '../../model/history.ts';
import { formatValue } from '../../model/units.ts';
import { code, fitted, plain, tableRows } from './markdown.ts';
import { sparkline } from './sparkline.ts';

/** First line of the text: a bot finds its own comment by it and updates it. */
export const HISTORY_MARKER = '<!-- vtune-history -->';
const SPARKS = 60;
const MOST_ROWS = 60;

/** A history as a comment: the verdict, every metric as a line of bars, changes in a table. */
export function renderHistoryMarkdown({ verdict, runs, series, work }: History): string {
  const head = `${HISTORY_MARKER}\n## ${plain(verdict.headline)}\n\n${runs.length} runs, ${code(runs[0]?.name ?? '')} to ${code(runs.at(-1)?.name ?? '')} · costs ${plain(work.text)}\n`;
  const metrics = series.filter(({ kind, levels }) => kind === 'metric' && levels.length > 0);
  const sparks = metrics.map(
    ({ title, values, levels, unit }) =>
      `| ${code(title)} | ${sparkline(values, SPARKS)} | ${formatValue(levels.at(-1)?.mean ?? Number.NaN, unit)} |`,
  );
  const rows = series.flatMap(({ title, changes, levels, unit }) =>
    changes.map((change, i) => {
      const [before, after] = [levels[i], levels[i + 1]].map((level) =>
        formatValue(level?.mean ?? Number.NaN, unit),
      );
      const interval = intervalText({ low: change.low ?? Number.NaN, high: change.high ?? Number.NaN });
      return `| ${change.state} | ${change.lasting} | ${code(title)} | ${code(change.name)} | ${before} | ${after} | ${changeText(change.relative)} | ${interval.replace('95 % CI ', '')} | ${change.runs} | ${pText(change.p)} |`;
    }),
  );
  const blocks = [
    sparks.length === 0
      ? ''
      : `\n| metric | oldest to newest | now |\n|---|---|---:|\n${tableRows(sparks, MOST_ROWS)}`,
    rows.length === 0
      ? ''
      : `\n| | | of | first run | before | after | change | 95 % interval | runs | p |\n|---|---|---|---|---:|---:|---:|---:|---:|---:|\n${tableRows(rows, MOST_ROWS)}`,
    `\n${verdict.lines.map((line) => `- ${plain(line)}`).join('\n')}\n`,
  ];
  return fitted(head, blocks);
}
