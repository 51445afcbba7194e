import type { MatrixSection } from '../../model/section.ts';
import { selectionToHash } from '../../model/selection.ts';
import { formatShare, formatValue } from '../../model/units.ts';
import { escapeMarkup } from '../../model/visible-text.ts';
import { nameHtml } from './escape.ts';

const WIDTH = 1000;
const ROW = 18;
/** Shades, each one path whatever the number of cells: pages stay small and quick. */
const SHADES = 6;

/** Cells of row and time, darker where the share is larger, beside the names of the rows; means as text. */
export function staticMatrix({ title, start, step, rows, marks }: MatrixSection): string {
  const steps = rows[0]?.shares.length ?? 0;
  if (steps === 0) return '<p class="dim">Nothing to show.</p>';
  const height = rows.length * ROW;
  const paths = Array.from({ length: SHADES }, () => [] as string[]);
  rows.forEach(({ shares }, row) => {
    // A run of windows of one shade is one box.
    for (let from = 0; from < steps; ) {
      const shade = shadeOf(shares[from] ?? 0);
      let to = from + 1;
      while (to < steps && shadeOf(shares[to] ?? 0) === shade) to++;
      if (shade >= 0) paths[shade]?.push(box(from, to, row, steps));
      from = to;
    }
  });
  const shades = paths.map((cells, shade) =>
    cells.length === 0 ? '' : `<path class="shade-${shade}" d="${cells.join('')}"/>`,
  );
  const lines = marks.map((at) => {
    const x = (((at - start) / (steps * step)) * WIDTH).toFixed(1);
    return `M${x} 0V${height}`;
  });
  const names = rows.map(({ name, shares, selection }) => {
    const hash = selection === undefined ? '' : selectionToHash(selection);
    const text =
      hash === '' ? nameHtml(name, 48) : `<a href="${escapeMarkup(hash)}">${nameHtml(name, 48)}</a>`;
    const mean = shares.reduce((a, b) => a + b, 0) / steps;
    return `<li><span>${text}</span> <small>${formatShare(mean)}</small></li>`;
  });
  return `<div class="matrix-static" data-start="${start}" data-step="${step}" data-steps="${steps}">
<ol>${names.join('')}</ol>
<svg viewBox="0 0 ${WIDTH} ${height}" style="height:${height}px" preserveAspectRatio="none" role="img" aria-label="${escapeMarkup(title)}">${shades.join('')}<path class="mark" d="${lines.join('')}"/></svg>
<p class="ends"><span>${formatValue(start, 's')}</span><span>${steps} windows of ${formatValue(step, 's')}; beside the names, the mean share</span><span>${formatValue(start + steps * step, 's')}</span></p></div>`;
}

/** By the square root of the share, so that one percent is seen beside fifty; −1 = nothing. */
function shadeOf(share: number): number {
  return share < 0.002 ? -1 : Math.min(SHADES - 1, Math.floor(Math.sqrt(share) * SHADES));
}

function box(from: number, to: number, row: number, steps: number): string {
  const [left, right] = [(from / steps) * WIDTH, (to / steps) * WIDTH];
  return `M${left.toFixed(1)} ${row * ROW + 1}H${right.toFixed(1)}V${(row + 1) * ROW - 1}H${left.toFixed(1)}z`;
}
