import type { Severity } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import { formatCount } from '../../model/units.ts';
import { visibleLine } from '../../model/visible-text.ts';
import { knobText, severityMarks, sureness } from './cards.ts';
import { unansweredLines } from './terminal-unanswered.ts';

export interface TerminalOptions {
  readonly colour: boolean;
  /** Columns. */
  readonly width: number;
  /** Every question that was not answered, instead of one line a subject. */
  readonly unanswered?: boolean;
}

const MOST_FINDINGS = 5;
export const paints: Readonly<Record<Severity | 'dim' | 'bold', string>> = {
  critical: '31',
  warning: '33',
  note: '36',
  ok: '32',
  dim: '2',
  bold: '1',
};

/** The verdict in a few lines, then what was found, what to do, and what could not be read. */
export function renderTerminal(report: Report, { colour, width, unanswered }: TerminalOptions): string {
  const paint = (text: string, how: keyof typeof paints): string =>
    colour ? `\u001b[${paints[how]}m${text}\u001b[0m` : text;
  const wrap = (text: string, indent: string): string[] => wrapText(visibleLine(text), width, indent);
  const lines: string[] = [];
  const { severity, headline, lines: verdictLines } = report.verdict;
  lines.push(
    ...wrap(`${severityMarks[severity].glyph} ${headline}`, '  ').map((line) => paint(line, 'bold')),
  );
  for (const line of verdictLines) lines.push(...wrap(`  ${line}`, '  '));
  const shown = report.findings.filter((finding) => finding.severity !== 'ok').slice(0, MOST_FINDINGS);
  if (shown.length > 0) lines.push('');
  for (const finding of shown) {
    const { glyph, word } = severityMarks[finding.severity];
    lines.push(
      ...wrap(`${glyph} ${word}: ${finding.claim}`, '  ').map((line) => paint(line, finding.severity)),
    );
    lines.push(paint(`  ${sureness(finding.confidence)}`, 'dim'));
    if (finding.verdict !== undefined) lines.push(...wrap(`  ${knobText(finding.verdict)}`, '  '));
    const action = finding.actions.find(({ run }) => run !== undefined);
    if (action !== undefined)
      lines.push(...wrap(`  ${action.text}:`, '  '), `    $ ${visibleLine(action.run ?? '')}`);
  }
  const open = unansweredLines(report, unanswered ?? false);
  if (open.length > 0) lines.push('');
  for (const { kind, text } of open) {
    const own =
      kind === 'command' ? [`    $ ${visibleLine(text)}`] : wrap(kind === 'area' ? text : `  ${text}`, '  ');
    lines.push(...own.map((line) => (kind === 'command' ? line : paint(line, 'dim'))));
  }
  const skipped = report.imports.reduce((sum, row) => sum + row.skipped, 0);
  if (skipped > 0)
    lines.push(paint(`  ${formatCount(skipped)} lines could not be read and were skipped`, 'dim'));
  return `${lines.join('\n')}\n`;
}

/** Breaks at blanks; a word longer than the line stays whole, so that names and commands can be copied. */
export function wrapText(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/(?<=\S) /)) {
    if (line !== '' && line.length + 1 + word.length > Math.max(40, width)) {
      lines.push(line);
      line = indent + word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines;
}
