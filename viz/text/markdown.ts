import {
  changeText,
  costText,
  functionName,
  intervalText,
  metricName,
  pText,
  settleText,
  signed,
  stateWord,
} from '../../model/change-text.ts';
import type { ComparedPair, Comparison } from '../../model/comparison.ts';
import { ratioText, valueText } from '../../model/goal-text.ts';
import { shortName } from '../../model/symbol-name.ts';
import { formatShare, formatValue } from '../../model/units.ts';
import { visibleText } from '../../model/visible-text.ts';
import { functionsWorthShowing } from './shown.ts';

/** First line of the text: a bot finds its own comment by it and updates it. */
export const MARKER = '<!-- vtune-compare -->';
/** GitHub refuses comments beyond 65 536 characters. */
export const MOST_BYTES = 60 * 1024;
/** Of one table: hostile names of six bytes a character must not crowd out what else there is to say. */
const MOST_TABLE_BYTES = 24 * 1024;

const badges = { pass: '✅ pass', fail: '❌ fail', inconclusive: '❔ inconclusive' } as const;
const marks = {
  regressed: '❌',
  improved: '✅',
  changed: '🔷',
  unchanged: '➖',
  inconclusive: '❔',
  'not enough data': '▫️',
} as const;

/** A comparison as a comment: the verdict, metrics, functions, what disturbs; cut to what a comment may hold. */
export function renderMarkdown(comparison: Comparison): string {
  const { verdict, gate, mode, groups } = comparison;
  const head = [
    MARKER,
    `## ${mode === 'gate' ? `${badges[gate.outcome]}${gate.indicative ? ' (indicative, one run a side)' : ''}: ` : ''}${plain(verdict.headline)}`,
    '',
    `${groups.map(({ name, runs }) => `${code(name)} ${runs.length} run${runs.length === 1 ? '' : 's'}`).join(' · ')} · costs ${plain(comparison.work.text)}`,
    '',
  ];
  const blocks = [
    ...goalBlock(comparison),
    ...metricBlock(comparison),
    ...comparison.pairs.map((pair) => functionBlock(pair, comparison)),
    ...guardBlock(comparison),
  ];
  return fitted(`${head.join('\n')}\n`, blocks);
}

/** As many blocks as a comment may hold, and how many it may not. */
export function fitted(head: string, blocks: readonly string[]): string {
  let text = head;
  let left = 0;
  for (const block of blocks) {
    if (left === 0 && Buffer.byteLength(text) + Buffer.byteLength(block) < MOST_BYTES - 200) text += block;
    else left++;
  }
  if (left > 0) text += `\n_${left} more part${left === 1 ? ' is' : 's are'} in the report._\n`;
  return text;
}

/** Which setting serves which goal, and what one gives and takes. */
function goalBlock({ goals = [], tradeOffs = [] }: Comparison): string[] {
  if (goals.length === 0) return [];
  const rows = goals.map((goal) => {
    const verdict =
      goal.state === 'ranked'
        ? `${goal.winners.map(code).join(' = ')}${goal.indicative ? ' (indicative)' : ''}`
        : goal.state;
    const values = goal.groups.map(({ name }) => `${code(name)} ${valueText(goal, name)}`).join(', ');
    const ratios = goal.ratios.map((each) => `${plain(ratioText(each))}`).join(', ');
    return `| ${goal.goal} | ${plain(goal.about)} | ${verdict} | ${values} | ${ratios} | ${plain(goal.why)} |`;
  });
  const offs = tradeOffs.map((text) => `- ${plain(text)}`);
  return [
    `| goal | judged by | best | values | times better than | |\n|---|---|---|---|---|---|\n${tableRows(rows, 10)}${offs.length === 0 ? '' : `\n${offs.join('\n')}\n`}\n`,
  ];
}

function metricBlock({ metrics, mode, work }: Comparison): string[] {
  const rows = metrics.flatMap((metric) =>
    metric.changes.map((change) => {
      const mean = (name: string): string => {
        const value = metric.groups.find((group) => group.name === name)?.mean;
        return value === null || value === undefined ? '–' : formatValue(value, metric.unit);
      };
      const note = change.why ?? settleText(change);
      return `| ${marks[change.state]} ${stateWord(change.state, mode)} | ${code(metricName(metric, work.text))}${mode === 'gate' ? '' : ` ${code(change.candidate)} against ${code(change.baseline)}`} | ${mean(change.baseline)} | ${mean(change.candidate)} | ${changeText(change.relative)} | ${intervalText(change).replace('95 % CI ', '')} | ${pText(change.adjusted)} | ${plain(note)} |`;
    }),
  );
  if (rows.length === 0) return [];
  return [
    `| | metric | before | after | change | 95 % interval | p (Holm) | |\n|---|---|---:|---:|---:|---:|---:|---|\n${tableRows(rows, 60)}`,
  ];
}

function functionBlock(pair: ComparedPair, { mode, work }: Comparison): string {
  const shown = functionsWorthShowing(pair);
  const title = `\n### Functions${mode === 'gate' ? '' : `: ${code(pair.candidate)} against ${code(pair.baseline)}`}\n\n`;
  if (shown.length === 0) return `${title}${pair.tested} tested, none differs beyond its margin.\n`;
  const rows = shown.map((row) => {
    const state = row.moved === undefined ? stateWord(row.state, mode) : row.moved.kind;
    const callers = row.path
      .slice(1)
      .map((name) => shortName(name, 40))
      .reverse();
    return `| ${marks[row.state]} ${state} | ${code(functionName(row))} | ${costText(row.before, pair.unit, work.text)} | ${costText(row.after, pair.unit, work.text)} | ${row.presence === 'both' ? changeText(row.relative) : row.presence} | ${row.presence === 'both' ? intervalText(row).replace('95 % CI ', '') : '–'} | ${signed(row.points)} | ${callers.length === 0 ? '' : code(callers.slice(0, 3).join(' ← '))} |`;
  });
  const why = pair.attribution.map(
    (found) =>
      `\n${formatShare(found.explains)} of the change of the total is below ${code(functionName(found))}.\n`,
  );
  return `${title}| | function | before | after | change | 95 % interval | of the total | called from |\n|---|---|---:|---:|---:|---:|---:|---|\n${tableRows(rows, 40)}${why.join('')}`;
}

function guardBlock({ guards, notRun }: Comparison): string[] {
  const lines = [
    ...guards.map(
      ({ severity, text, advice }) =>
        `- ${severity === 'warning' ? '⚠️ ' : ''}${plain(text)}; ${plain(advice)}`,
    ),
    ...notRun.map(({ question, missing }) => `- not answered: ${plain(question)} No ${plain(missing)}.`),
  ];
  return lines.length === 0
    ? []
    : [
        `\n<details><summary>What may disturb (${lines.length})</summary>\n\n${lines.join('\n')}\n\n</details>\n`,
      ];
}

/** The first rows, as many as leave room for other parts, and how many there are more. */
export function tableRows(rows: readonly string[], most: number): string {
  let size = 0;
  const fit = rows.slice(0, most).filter((row) => {
    size += Buffer.byteLength(row) + 1;
    return size <= MOST_TABLE_BYTES;
  });
  const left = rows.length - fit.length;
  return `${fit.join('\n')}\n${left === 0 ? '' : `\n_${left} more in the report._\n`}`;
}

/** What markdown reads within code elements too; an underscore within a word means nothing. */
const edges = /[*~[\]\\]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g;

/** A name as code: markup characters are references, so it can end neither the cell nor the element, nor be read as emphasis, a link or a picture. */
export function code(name: string): string {
  const text = entities(shortName(visibleText(name), 120));
  return `<code>${text.replace(edges, reference)}</code>`;
}

export function plain(text: string): string {
  return entities(visibleText(text))
    .replace(/([*_~[\]\\])/g, '\\$1')
    .replace(/@(?=\w)/g, '@\u200b');
}

function entities(text: string): string {
  return text
    .replace(/[&<>|`]/g, reference)
    .replace(/:(?=\/\/)|(?<=\bwww)\./gi, reference)
    .replace(/\s+/g, ' ');
}

function reference(character: string): string {
  return `&#${character.charCodeAt(0)};`;
}
