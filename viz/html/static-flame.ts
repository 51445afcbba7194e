import { changeText } from '../../model/change-text.ts';
import { nodeTotals } from '../../model/node-totals.ts';
import type { FlameSection } from '../../model/section.ts';
import { frameKinds } from '../../model/tables.ts';
import { formatShare, formatValue } from '../../model/units.ts';
import { escapeMarkup } from '../../model/visible-text.ts';
import { nameHtml } from './escape.ts';

const ROWS = 14;
const MOST_FRAMES = 220;
/** Frames narrower than this share of the whole are left to the interactive drawing. */
const NARROWEST = 0.004;

/**
 * The widest frames of the upper levels as boxes placed by CSS, for print and for readers without
 * JavaScript; the browser draws the whole graph in its place.
 */
export function staticFlame({ id, title, unit, tree, compare }: FlameSection): string {
  const { nodes, functions } = tree;
  const before = compare === undefined ? undefined : nodeTotals(nodes.depth, compare.self);
  // The mean of both sides shows what is gone as well as what is new.
  const widths =
    before === undefined ? nodes.total : nodes.total.map((after, i) => (after + (before[i] ?? 0)) / 2);
  const whole = widths[0] ?? 0;
  const next: number[] = [0];
  const boxes: string[] = [];
  let deepest = 0;
  const facts = (after: number, share: number, from: number | undefined): string =>
    from === undefined
      ? `${formatValue(after, unit)}, ${formatShare(share)}`
      : `${formatValue(from, unit)} to ${formatValue(after, unit)}, ${from > 0 ? changeText(after / from - 1) : 'new'}`;
  for (let node = 0; node < nodes.depth.length && boxes.length < MOST_FRAMES; node++) {
    const depth = nodes.depth[node] as number;
    const share = whole > 0 ? (widths[node] as number) / whole : 0;
    const x = next[depth] ?? 0;
    next[depth] = x + share;
    next[depth + 1] = x;
    if (depth >= ROWS || share < NARROWEST) continue;
    const fn = nodes.function[node] as number;
    const name = functions.name[fn] ?? '';
    const kind = depth <= 1 ? 'process' : (frameKinds[functions.kind[fn] ?? 0] ?? 'unknown');
    deepest = Math.max(deepest, depth);
    const colour =
      compare === undefined
        ? `kind-${kind}`
        : `change-${['less', 'noise', 'more'][(compare.shown[node] ?? 0) + 1]}`;
    boxes.push(
      `<div class="frame ${colour}" style="left:${(x * 100).toFixed(3)}%;width:${(share * 100).toFixed(3)}%;top:${depth * 18}px" title="${escapeMarkup(`${name}: ${facts(nodes.total[node] as number, share, before?.[node])}`)}">${share > 0.03 ? nameHtml(name, 80) : ''}</div>`,
    );
  }
  return `<div class="flame-place" data-flame="${escapeMarkup(id)}"></div>
<div class="flame-static" role="img" aria-label="${escapeMarkup(title)}: the widest frames of the first ${ROWS} levels, callers above" style="height:${(deepest + 1) * 18}px">${boxes.join('')}</div>`;
}
