import { changeText, intervalText, pText } from '../../model/change-text.ts';
import type { History, HistoryChange, HistorySeries } from '../../model/history.ts';
import { shortName } from '../../model/symbol-name.ts';
import { formatShare, formatValue } from '../../model/units.ts';
import { visibleLine } from '../../model/visible-text.ts';
import { severityMarks } from '../html/cards.ts';
import { paints, type TerminalOptions, wrapText } from '../html/terminal.ts';
import { sparkline } from './sparkline.ts';

const tones = { regressed: 'critical', improved: 'ok', changed: 'note' } as const;
const glyphs = { regressed: '✖', improved: '✔', changed: '●' } as const;
/** Functions without a change are left to the report. */
const MOST_FUNCTIONS = 12;

/** The verdict, every metric as a line of bars with its changes, functions that changed, what was not answered. */
export function renderHistoryText(history: History, { colour, width }: TerminalOptions): string {
  const paint = (text: string, how: keyof typeof paints): string =>
    colour ? `\u001b[${paints[how]}m${text}\u001b[0m` : text;
  const wrap = (text: string, indent = '  '): string[] => wrapText(visibleLine(text), width, indent);
  const { verdict, series, notRun, skippedInputs } = history;
  const lines = wrap(`${severityMarks[verdict.severity].glyph} ${verdict.headline}`).map((line) =>
    paint(line, 'bold'),
  );
  lines.push(...wrap(`  ${verdict.lines.at(-1) ?? ''}`));
  const functions = series.filter(({ kind, changes }) => kind === 'function' && changes.length > 0);
  for (const each of [
    ...series.filter(({ kind }) => kind === 'metric'),
    ...functions.slice(0, MOST_FUNCTIONS),
  ]) {
    lines.push('', ...wrap(headOf(each)));
    if (each.levels.length > 0 && each.spread !== 0)
      lines.push(`    ${sparkline(each.values, Math.max(20, width - 4))}`);
    for (const change of each.changes) {
      lines.push(
        ...wrap(`    ${changeLine(change, each)}`, '    ').map((text) => paint(text, toneOf(change))),
      );
    }
    if (each.odd.length > 0) {
      const names = each.odd.slice(0, 5).map((run) => history.runs[run]?.name ?? '');
      lines.push(...wrap(`    odd runs: ${names.join(', ')}`, '    ').map((text) => paint(text, 'dim')));
    }
  }
  if (functions.length > MOST_FUNCTIONS)
    lines.push(paint(`  and ${functions.length - MOST_FUNCTIONS} more functions`, 'dim'));
  if (notRun.length + skippedInputs.length > 0) lines.push('');
  for (const { question, missing, captureWith } of notRun) {
    lines.push(
      ...wrap(`? not answered: ${question} No ${missing}.`).map((line) => paint(line, 'dim')),
      `    $ ${visibleLine(captureWith)}`,
    );
  }
  for (const { file, why } of skippedInputs)
    lines.push(...wrap(`  not read: ${file}: ${why}`).map((line) => paint(line, 'dim')));
  return `${lines.join('\n')}\n`;
}

function headOf({ title, levels, unit, changes, spread, detectable, values }: HistorySeries): string {
  const name = shortName(title, 100);
  if (levels.length === 0) {
    return `– ${name}: not enough data, ${values.filter((value) => value !== null).length} runs have a value`;
  }
  const newest = formatValue(levels.at(-1)?.mean ?? Number.NaN, unit);
  if (spread === 0 && changes.length === 0) return `= ${name}: ${newest} in every run`;
  const found =
    detectable === null
      ? ''
      : `, runs spread ${formatShare(spread ?? 0)}; a lasting step of ${formatShare(detectable)} would be found`;
  return changes.length === 0
    ? `= ${name}: one level, ${newest}${found}`
    : `${name}: ${newest} now, ${changes.length} change${changes.length === 1 ? '' : 's'}${found}`;
}

function changeLine(change: HistoryChange, { unit, levels, changes }: HistorySeries): string {
  const at = changes.indexOf(change);
  const [before, after] = [levels[at], levels[at + 1]].map((level) =>
    formatValue(level?.mean ?? Number.NaN, unit),
  );
  const interval = intervalText({ low: change.low ?? Number.NaN, high: change.high ?? Number.NaN });
  return `${glyphs[change.state]} ${change.state}, ${change.lasting}, at ${change.name}: ${before} → ${after}, ${changeText(change.relative)} (${interval}), ${change.runs} runs, p ${pText(change.p)}`;
}

function toneOf({ state, lasting }: HistoryChange): keyof typeof paints {
  return lasting === 'passing' ? 'dim' : tones[state];
}
