import type { TimelineSection } from '../../model/section.ts';
import { frameKinds } from '../../model/tables.ts';
import { formatValue } from '../../model/units.ts';
import { escapeMarkup } from '../../model/visible-text.ts';
import { nameHtml } from './escape.ts';

const WIDTH = 1000;
const HEIGHT = 90;

/** Areas on each other, or lines: one path per series. The browser adds the selected range. */
export function staticTimeline(section: TimelineSection): string {
  const { id, title, unit, step, start, series, lines = false } = section;
  const steps = series[0]?.values.length ?? 0;
  const heights = Array.from({ length: steps }, (_, i) => {
    const values = series.map(({ values }) => values[i] ?? 0);
    return lines ? Math.max(...values) : values.reduce((sum, value) => sum + value, 0);
  });
  const top = Math.max(...heights, Number.MIN_VALUE);
  const base = new Array<number>(steps).fill(0);
  const paths = series.map(({ name, values }, index) => {
    const colour = colourClass(name, index);
    if (lines) {
      return `<path class="line ${colour}" d="M${values.map((value, i) => point(i, steps, value, top)).join('L')}"/>`;
    }
    const lower = base.map((value, i) => point(i, steps, value, top)).reverse();
    values.forEach((value, i) => {
      base[i] = (base[i] as number) + value;
    });
    const upper = base.map((value, i) => point(i, steps, value, top));
    return `<path class="${colour}" d="M${[...upper, ...lower].join('L')}Z"/>`;
  });
  const legend = series.map(
    ({ name, values }, index) =>
      `<li><i class="swatch ${colourClass(name, index)}"></i>${nameHtml(name, 80)} ${formatValue(statOf(section, values), unit)}</li>`,
  );
  const end = start + steps * step;
  return `<div class="timeline-static" data-timeline="${escapeMarkup(id)}">
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${escapeMarkup(title)}">${paths.join('')}</svg>
<p class="ends"><span>${formatValue(start * 1e9, 'ns')}</span><span>each step ${formatValue(step * 1e9, 'ns')}, top ${formatValue(top, unit)}</span><span>${formatValue(end * 1e9, 'ns')}</span></p>
<p class="stat">${statNames[section.stat ?? 'sum']}</p><ul class="legend">${legend.join('')}</ul>
<p class="hidden">${nameHtml(title)}</p></div>`;
}

const statNames = { sum: 'in all', mean: 'on average', last: 'at the end' } as const;
/** Colours there are for series that are no kinds of code. */
const COLOURS = 10;

function colourClass(name: string, index: number): string {
  const isKind = name === 'idle' || (frameKinds as readonly string[]).includes(name);
  return isKind ? `kind-${name}` : `series-${index % COLOURS}`;
}

function statOf({ stat = 'sum' }: TimelineSection, values: readonly number[]): number {
  if (stat === 'last') return values.at(-1) ?? 0;
  const sum = values.reduce((a, b) => a + b, 0);
  return stat === 'mean' ? sum / Math.max(1, values.length) : sum;
}

function point(i: number, steps: number, value: number, top: number): string {
  const x = steps <= 1 ? i * WIDTH : (i / (steps - 1)) * WIDTH;
  return `${x.toFixed(1)} ${(HEIGHT - (value / top) * HEIGHT).toFixed(1)}`;
}
