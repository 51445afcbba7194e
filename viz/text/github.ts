import { changeText, functionName, intervalText, metricName } from '../../model/change-text.ts';
import type { Change, Comparison } from '../../model/comparison.ts';
import { visibleLine } from '../../model/visible-text.ts';
import { sourceOf } from './source.ts';

/** GitHub shows ten annotations of a kind and step. */
const MOST = 10;

interface Annotation {
  readonly kind: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly text: string;
  readonly source?: string | undefined;
}

/** Workflow commands (docs.github.com, "Workflow commands for GitHub Actions") for what deserves attention, worst first. `root`: folder of the repository. */
export function renderGithub(comparison: Comparison, root?: string): string {
  const { metrics, pairs, guards, work, gate } = comparison;
  const kindOf = ({ level }: Change): Annotation['kind'] =>
    level === 'error' && !gate.indicative ? 'error' : 'warning';
  const all: Annotation[] = [
    ...pairs.flatMap((pair) =>
      pair.functions
        .filter(({ state, level }) => state === 'regressed' && level !== 'off')
        .map((row) => ({
          kind: kindOf(row),
          title: `${functionName(row)} regressed`,
          text: `${changeText(row.relative)} ${work.text} (${intervalText(row)})${row.path.length > 1 ? `, called from ${row.path.at(-1)}` : ''}`,
          source: row.source,
        })),
    ),
    ...metrics.flatMap((metric) =>
      metric.changes
        .filter(({ state, level }) => state === 'regressed' && level !== 'off')
        .map((change) => ({
          kind: kindOf(change),
          title: `${metricName(metric, work.text)} regressed`,
          text: `${changeText(change.relative)} (${intervalText(change)})`,
        })),
    ),
    ...guards.map(({ severity, text, advice }) => ({
      kind: severity === 'warning' ? ('warning' as const) : ('notice' as const),
      title: 'measurement disturbed',
      text: `${text}; ${advice}`,
    })),
    ...pairs.flatMap((pair) =>
      pair.functions
        .filter(({ state }) => state === 'improved')
        .map((row) => ({
          kind: 'notice' as const,
          title: `${functionName(row)} improved`,
          text: `${changeText(row.relative)} ${work.text} (${intervalText(row)})`,
        })),
    ),
  ];
  const lines = (['error', 'warning', 'notice'] as const).flatMap((kind) =>
    all
      .filter((each) => each.kind === kind)
      .slice(0, MOST)
      .map((each) => command(each, root)),
  );
  return lines.map((line) => `${line}\n`).join('');
}

function command({ kind, title, text, source }: Annotation, root: string | undefined): string {
  const place = source === undefined ? undefined : sourceOf(source, root);
  const properties = [
    ...(place === undefined ? [] : [`file=${property(place.file)}`, `line=${place.line}`]),
    `title=${property(title)}`,
  ];
  return `::${kind} ${properties.join(',')}::${message(text)}`;
}

/** Escapes of actions/toolkit (packages/core/src/command.ts). */
function message(text: string): string {
  return visibleLine(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return message(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
