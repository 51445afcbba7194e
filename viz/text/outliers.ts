import type { Outliers } from '../../model/outliers.ts';
import { formatCount, formatShare } from '../../model/units.ts';
import { visibleLine } from '../../model/visible-text.ts';
import { severityMarks } from '../html/cards.ts';
import { paints, type TerminalOptions, wrapText } from '../html/terminal.ts';

/** Runs that are not odd are left to the report beyond these. */
const MOST_USUAL = 5;

/** The verdict, then the ranking: odd runs with what differs, the next few by distance. */
export function renderOutliersText(outliers: Outliers, { colour, width }: TerminalOptions): string {
  const paint = (text: string, how: keyof typeof paints): string =>
    colour ? `\u001b[${paints[how]}m${text}\u001b[0m` : text;
  const wrap = (text: string, indent = '  '): string[] => wrapText(visibleLine(text), width, indent);
  const { verdict, runs, notRun, skippedInputs } = outliers;
  const lines = wrap(`${severityMarks[verdict.severity].glyph} ${verdict.headline}`).map((line) =>
    paint(line, 'bold'),
  );
  for (const line of verdict.lines) lines.push(...wrap(`  ${line}`));
  const odd = runs.filter((run) => run.odd);
  const usual = runs.filter((run) => !run.odd);
  if (runs.length > 0) lines.push('');
  for (const run of odd) {
    lines.push(
      ...wrap(
        `✖ ${run.name}: ${formatShare(run.moved)} of its samples are elsewhere, n = ${formatCount(run.samples)}`,
      ).map((line) => paint(line, 'warning')),
    );
    for (const { name, module, here, usual: before } of run.functions.slice(0, 5))
      lines.push(
        ...wrap(
          `    ${here > before ? '▲' : '▼'} ${name}${module === '' ? '' : ` in ${module}`}: ${formatShare(here)}, elsewhere ${formatShare(before)}`,
          '      ',
        ),
      );
  }
  for (const run of usual.slice(0, MOST_USUAL))
    lines.push(
      ...wrap(`  ${run.name}: ${formatShare(run.moved)} elsewhere`).map((line) => paint(line, 'dim')),
    );
  if (usual.length > MOST_USUAL)
    lines.push(paint(`  and ${formatCount(usual.length - MOST_USUAL)} more runs as usual`, 'dim'));
  for (const { question, missing, captureWith } of notRun)
    lines.push(
      '',
      ...wrap(`? not answered: ${question} No ${missing}.`).map((line) => paint(line, 'dim')),
      `    $ ${visibleLine(captureWith)}`,
    );
  for (const { file, why } of skippedInputs)
    lines.push(...wrap(`  not read: ${file}: ${why}`).map((line) => paint(line, 'dim')));
  return `${lines.join('\n')}\n`;
}
