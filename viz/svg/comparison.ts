import { changeText, signed } from '../../model/change-text.ts';
import { nodeTotals } from '../../model/node-totals.ts';
import type { FlameSection } from '../../model/section.ts';
import { formatValue } from '../../model/units.ts';
import { type FlameSvgOptions, renderFlameSvg } from './render.ts';

/** Whose cost the widths are of. A frame that is gone has none of the candidate's, a new one none of the baseline's: the mean of both shows either. */
export const widthChoices = ['both', 'candidate', 'baseline'] as const;
export type WidthChoice = (typeof widthChoices)[number];

/** What a differential picture draws of each node. */
export interface SvgComparison {
  /** Total of each node that its width follows. */
  readonly widths: readonly number[];
  /** −1..1; 0 = the tests do not tell it from noise. */
  readonly strength: (node: number) => number;
  readonly facts: (node: number) => string;
  /** What follows the name on a frame: ` +5.3 %`. */
  readonly label: (node: number) => string;
}

/** A differential flame graph as one interactive SVG file. */
export function renderComparisonSvg(
  section: FlameSection,
  choice: WidthChoice,
  options: Pick<FlameSvgOptions, 'width' | 'minWidth' | 'icicle'>,
): Generator<string> {
  const { tree, compare, unit, title } = section;
  const before = nodeTotals(tree.nodes.depth, compare?.self ?? tree.nodes.self.map(() => 0));
  const after = tree.nodes.total;
  const whole = before[0] || after[0] || 1;
  const change = (node: number): number => (after[node] as number) - (before[node] as number);
  const shown = compare?.shown ?? [];
  const largest = shown.reduce(
    (most, sign, node) => (sign === 0 ? most : Math.max(most, Math.abs(change(node)))),
    0,
  );
  const of = {
    candidate: `widths: ${compare?.candidate}`,
    baseline: `widths: ${compare?.baseline}`,
    both: 'widths: mean of both',
  }[choice];
  return renderFlameSvg(tree, {
    ...options,
    title,
    subtitle: `${of} · ${formatValue(before[0] ?? 0, unit)} → ${formatValue(after[0] ?? 0, unit)} ${compare?.per ?? ''}, ${changeText(change(0) / whole)}`,
    unit,
    colours: 'kind',
    compare: {
      widths:
        choice === 'candidate'
          ? after
          : choice === 'baseline'
            ? before
            : after.map((value, node) => (value + (before[node] as number)) / 2),
      strength: (node) => {
        const sign = shown[node] ?? 0;
        if (sign === 0 || largest === 0) return 0;
        const size = change(node) / largest;
        return sign > 0 ? Math.max(0.02, size) : Math.min(-0.02, size);
      },
      facts: (node) => {
        const [from, to] = [before[node] as number, after[node] as number];
        const relative = from > 0 ? changeText(to / from - 1) : 'new';
        return `${formatValue(from, unit)} to ${formatValue(to, unit)}, ${relative}, ${signed(change(node) / whole)} of the total${(shown[node] ?? 0) === 0 ? ', within noise' : ''}`;
      },
      label: (node) => (Math.abs(change(node) / whole) < 0.0005 ? '' : ` ${signed(change(node) / whole)}`),
    },
  });
}
