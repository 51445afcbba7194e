import type { HeatmapSection } from '../../model/section.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import { escapeMarkup } from '../../model/visible-text.ts';

const WIDTH = 1000;
const ROW = 12;
/** Shades, each one path whatever the number of cells: pages stay small and quick. */
const SHADES = 6;

/** Cells of time and value, darker where more fell into; below it a table of the bins for readers without pictures. */
export function staticHeatmap(section: HeatmapSection): string {
  const { title, unit, what, start, step, bounds, counts } = section;
  const steps = counts[0]?.length ?? 0;
  const most = counts.reduce((top, row) => row.reduce((a, b) => Math.max(a, b), top), 0);
  if (most === 0) return `<p class="dim">No ${escapeMarkup(what)}.</p>`;
  const height = counts.length * ROW;
  const paths = Array.from({ length: SHADES }, () => [] as string[]);
  counts.forEach((row, bin) => {
    row.forEach((count, at) => {
      if (count > 0) paths[shadeOf(count, most)]?.push(cell(at, bin, steps, height));
    });
  });
  const shades = paths.map((cells, shade) =>
    cells.length === 0 ? '' : `<path class="shade-${shade}" d="${cells.join('')}"/>`,
  );
  const top = bounds.at(-1) ?? 0;
  return `<div class="heatmap-static">
<svg viewBox="0 0 ${WIDTH} ${height}" preserveAspectRatio="none" role="img" aria-label="${escapeMarkup(title)}">${shades.join('')}</svg>
<p class="ends"><span>${formatValue(start * 1e9, 'ns')}</span><span>from ${formatValue(bounds[0] ?? 0, unit)} below to ${formatValue(top, unit)} above; each step ${formatValue(step * 1e9, 'ns')}, darkest ${formatCount(most)} ${escapeMarkup(what)}</span><span>${formatValue((start + steps * step) * 1e9, 'ns')}</span></p>
${binTable(section)}</div>`;
}

/** By the logarithm of the count: one is seen beside thousands. */
function shadeOf(count: number, most: number): number {
  return Math.min(SHADES - 1, Math.floor((Math.log1p(count) / Math.log1p(most)) * SHADES));
}

function cell(at: number, bin: number, steps: number, height: number): string {
  const left = ((at / steps) * WIDTH).toFixed(1);
  const width = (WIDTH / steps).toFixed(2);
  return `M${left} ${height - (bin + 1) * ROW}h${width}v${ROW}h-${width}z`;
}

function binTable({ title, unit, what, bounds, counts }: HeatmapSection): string {
  const totals = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const all = totals.reduce((sum, count) => sum + count, 0);
  const rows = totals.map((total, bin) =>
    total === 0
      ? ''
      : `<tr><th scope="row">${formatValue(bounds[bin] ?? 0, unit)} – ${formatValue(bounds[bin + 1] ?? 0, unit)}</th><td class="number">${formatCount(total)}</td><td class="number">${formatShare(total / all)}</td><td class="number">${formatCount(counts[bin]?.reduce((a, b) => Math.max(a, b), 0) ?? 0)}</td></tr>`,
  );
  return `<div class="scroll"><table class="data"><caption class="hidden">${escapeMarkup(title)}</caption><thead><tr><th scope="col">from – to</th><th scope="col" class="number">${escapeMarkup(what)}</th><th scope="col" class="number">share</th><th scope="col" class="number">most in a step</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
}
