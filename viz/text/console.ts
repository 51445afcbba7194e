import {
  changeText,
  costText,
  intervalText,
  metricName,
  openText,
  settleText,
  stateWord,
  testText,
} from '../../model/change-text.ts';
import type { ComparedFunction, Comparison, ComparisonState } from '../../model/comparison.ts';
import { goalText } from '../../model/goal-text.ts';
import { shortName } from '../../model/symbol-name.ts';
import { formatShare, formatValue } from '../../model/units.ts';
import { visibleLine } from '../../model/visible-text.ts';
import { severityMarks } from '../html/cards.ts';
import { paints, type TerminalOptions, wrapText } from '../html/terminal.ts';
import { functionsWorthShowing } from './shown.ts';

const glyphs: Readonly<Record<ComparisonState, string>> = {
  regressed: '✖',
  improved: '✔',
  changed: '●',
  unchanged: '=',
  inconclusive: '?',
  'not enough data': '–',
};
const tones: Readonly<Record<ComparisonState, keyof typeof paints>> = {
  regressed: 'critical',
  improved: 'ok',
  changed: 'note',
  unchanged: 'dim',
  inconclusive: 'warning',
  'not enough data': 'dim',
};
const MOST_FUNCTIONS = 12;
const MOST_CALLERS = 5;

/** The verdict, every metric, the functions with a verdict, what disturbs, and what the gate says. */
export function renderComparisonText(comparison: Comparison, { colour, width }: TerminalOptions): string {
  const paint = (text: string, how: keyof typeof paints): string =>
    colour ? `\u001b[${paints[how]}m${text}\u001b[0m` : text;
  const wrap = (text: string, indent = '  '): string[] => wrapText(visibleLine(text), width, indent);
  const { verdict, metrics, pairs, guards, mode, work, notRun, skippedInputs } = comparison;
  const word = (state: ComparisonState): string => stateWord(state, mode);
  const lines = wrap(`${severityMarks[verdict.severity].glyph} ${verdict.headline}`).map((line) =>
    paint(line, 'bold'),
  );
  lines.push(...wrap(`  ${verdict.lines.at(-1) ?? ''}`));
  const { goals = [], tradeOffs = [] } = comparison;
  if (goals.length > 0) lines.push('');
  for (const goal of goals) {
    const glyph = goal.state === 'ranked' ? '✔' : goal.state === 'inconclusive' ? '?' : '–';
    lines.push(
      ...wrap(`${glyph} ${goalText(goal)}`).map((line) =>
        paint(line, goal.state === 'ranked' ? 'ok' : 'dim'),
      ),
    );
  }
  for (const text of tradeOffs) lines.push(...wrap(`± ${text}`));
  if (metrics.length > 0) lines.push('');
  for (const metric of metrics) {
    for (const change of metric.changes) {
      if (
        metric.role === 'mechanism' &&
        change.state !== 'changed' &&
        change.state !== 'regressed' &&
        change.state !== 'improved'
      )
        continue;
      const mean = (name: string): string => {
        const value = metric.groups.find((group) => group.name === name)?.mean;
        return value === null || value === undefined ? '–' : formatValue(value, metric.unit);
      };
      const who =
        mode === 'gate' && comparison.groups.length === 2
          ? ''
          : ` [${change.candidate} against ${change.baseline}]`;
      const text = `${glyphs[change.state]} ${metricName(metric, work.text)}${who}: ${word(change.state)}, ${mean(change.baseline)} → ${mean(change.candidate)}, ${changeText(change.relative)} (${intervalText(change)}, margin ±${formatShare(change.margin)})${metric.role === 'mechanism' ? ', mechanism' : ''}`;
      lines.push(...wrap(text).map((line) => paint(line, tones[change.state])));
      if (change.why !== undefined)
        lines.push(...wrap(`    ${change.why}`, '    ').map((line) => paint(line, 'dim')));
      const open = [testText(change), openText(change, metric.covariates)].filter((part) => part !== '');
      if (metric.role === 'outcome' && open.length > 0)
        lines.push(...wrap(`    ${open.join('; ')}`, '    ').map((line) => paint(line, 'dim')));
      const settle = settleText(change);
      if (settle !== '') lines.push(...wrap(`    ${settle}`, '    ').map((line) => paint(line, 'dim')));
    }
  }
  for (const pair of pairs) {
    const shown = functionsWorthShowing(pair);
    lines.push(
      '',
      paint(
        visibleLine(
          `functions ${work.text}${pairs.length > 1 ? `, ${pair.candidate} against ${pair.baseline}` : ''}: ${pair.tested} tested, ${shown.length === 0 ? 'none differs beyond its margin' : `${shown.length} to look at`}`,
        ),
        'dim',
      ),
    );
    for (const row of shown.slice(0, MOST_FUNCTIONS)) {
      lines.push(
        ...wrap(functionText(row, pair.unit, work.text, word(row.state))).map((line) =>
          paint(line, tones[row.state]),
        ),
      );
      if (row.path.length > 1)
        lines.push(
          paint(
            visibleLine(`    in ${row.module || 'no module'}, called from ${callersText(row.path)}`),
            'dim',
          ),
        );
      for (const text of [row.why ?? '', settleText(row)]) {
        if (text !== '') lines.push(...wrap(`    ${text}`, '    ').map((line) => paint(line, 'dim')));
      }
    }
    for (const { function: name, module, explains, callers } of pair.attribution) {
      lines.push(
        ...wrap(
          `  ${formatShare(explains)} of the change of the total is below ${name}${module === '' ? '' : ` in ${module}`}${callers.length > 1 ? `, called from ${callers.at(-1)}` : ''}`,
        ),
      );
    }
  }
  if (guards.length > 0) lines.push('');
  for (const { severity, text, advice } of guards) {
    lines.push(
      ...wrap(`${severity === 'warning' ? '▲' : '●'} ${text}; ${advice}`).map((line) =>
        paint(line, severity),
      ),
    );
  }
  for (const { question, missing, captureWith } of notRun) {
    lines.push(
      ...wrap(`? not answered: ${question} No ${missing}.`).map((line) => paint(line, 'dim')),
      `    $ ${visibleLine(captureWith)}`,
    );
  }
  for (const { file, why } of skippedInputs)
    lines.push(...wrap(`  not read: ${file}: ${why}`).map((line) => paint(line, 'dim')));
  if (mode === 'gate') lines.push('', gateLine(comparison, paint));
  return `${lines.join('\n')}\n`;

  function gateLine(
    { gate: { outcome, indicative, failures, inconclusive } }: Comparison,
    tint: typeof paint,
  ): string {
    if (outcome === 'fail')
      return tint(`gate: fail, ${failures.length} regression${failures.length === 1 ? '' : 's'}`, 'critical');
    if (outcome === 'pass') return tint('gate: pass', 'ok');
    const open = indicative
      ? 'one run a side is indicative only'
      : `${inconclusive.length} inconclusive (--fail-on inconclusive stops there)`;
    return tint(`gate: pass, no regression shown; ${open}`, 'warning');
  }
}

/** The nearest callers, innermost first; the process is none. */
function callersText(path: readonly string[]): string {
  const callers = path.slice(1).reverse();
  const names = callers.slice(0, MOST_CALLERS).map((name) => shortName(name, 40));
  return [...names, ...(callers.length > MOST_CALLERS ? ['…'] : [])].join(' ← ');
}

function functionText(
  row: ComparedFunction,
  unit: Comparison['pairs'][number]['unit'],
  workText: string,
  word: string,
): string {
  const cost = (value: number): string => costText(value, unit, workText).replace(` ${workText}`, '');
  const state = row.moved === undefined ? word : row.moved.kind;
  const change =
    row.presence === 'new'
      ? 'new'
      : row.presence === 'vanished'
        ? 'gone'
        : `${changeText(row.relative)} (${intervalText(row)})`;
  return `${glyphs[row.state]} ${shortName(row.function)}: ${state}, ${cost(row.before)} → ${cost(row.after)}, ${change}, ${changeText(row.points)} of the total`;
}
