import type { TimelineSection } from '../../model/section.ts';
import { formatValue } from '../../model/units.ts';
import { escapeMarkup } from '../../model/visible-text.ts';
import { nameHtml } from './escape.ts';

const WIDTH = 1000;
const HEIGHT = 90;

/** Stacked areas: one path per series. The browser replaces it by the axis that filters everything. */
export function staticTimeline({ id, title, unit, step, start, series }: TimelineSection): string {
  const steps = series[0]?.values.length ?? 0;
  const sums = Array.from({ length: steps }, (_, i) =>
    series.reduce((sum, { values }) => sum + (values[i] ?? 0), 0),
  );
  const top = Math.max(...sums, Number.MIN_VALUE);
  const base = new Array<number>(steps).fill(0);
  const paths = series.map(({ name, values }) => {
    const lower = base.map((value, i) => point(i, steps, value, top)).reverse();
    values.forEach((value, i) => {
      base[i] = (base[i] as number) + value;
    });
    const upper = base.map((value, i) => point(i, steps, value, top));
    return `<path class="kind-${escapeMarkup(name)}" d="M${[...upper, ...lower].join('L')}Z"/>`;
  });
  const legend = series.map(
    ({ name, values }) =>
      `<li><i class="swatch kind-${escapeMarkup(name)}"></i>${escapeMarkup(name)} ${formatValue(
        values.reduce((a, b) => a + b, 0),
        unit,
      )}</li>`,
  );
  const end = start + steps * step;
  return `<div class="timeline-static" data-timeline="${escapeMarkup(id)}">
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${escapeMarkup(title)}">${paths.join('')}</svg>
<p class="ends"><span>${formatValue(start * 1e9, 'ns')}</span><span>each step ${formatValue(step * 1e9, 'ns')}, top ${formatValue(top, unit)}</span><span>${formatValue(end * 1e9, 'ns')}</span></p>
<ul class="legend">${legend.join('')}</ul>
<p class="hidden">${nameHtml(title)}</p></div>`;
}

function point(i: number, steps: number, value: number, top: number): string {
  const x = steps <= 1 ? i * WIDTH : (i / (steps - 1)) * WIDTH;
  return `${x.toFixed(1)} ${(HEIGHT - (value / top) * HEIGHT).toFixed(1)}`;
}
