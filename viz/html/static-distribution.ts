import type { DistributionSection } from '../../model/section.ts';
import { formatCount, formatValue } from '../../model/units.ts';
import { escapeMarkup } from '../../model/visible-text.ts';
import { nameHtml } from './escape.ts';

const WIDTH = 1000;
const ROW = 34;
const LEFT = 190;
const RIGHT = 250;
/** Part of the scale left free on either side of the outermost value. */
const MARGIN = 0.04;

/** A strip of dots per group on one scale, the interval of the mean as a bar, and the numbers in words. */
export function staticDistribution({ id, title, unit, groups }: DistributionSection): string {
  const all = groups.flatMap(({ values, low, high }) => [
    ...values,
    ...[low, high].filter((value) => value !== null),
  ]);
  if (all.length === 0) return '<p class="dim">No run has a value.</p>';
  const [smallest, largest] = [Math.min(...all), Math.max(...all)];
  const span = largest - smallest || Math.abs(largest) || 1;
  const place = (value: number): string => {
    const share = (value - smallest + span * MARGIN) / (span * (1 + 2 * MARGIN));
    return (LEFT + share * (WIDTH - LEFT - RIGHT)).toFixed(1);
  };
  const rows = groups.map(({ name, values, mean, low, high, verdict }, row) => {
    const y = row * ROW + ROW / 2 + 4;
    const label = name.length > 26 ? `${name.slice(0, 25)}…` : name;
    const bar =
      low === null || high === null
        ? ''
        : `<rect class="interval" x="${place(low)}" y="${y - 8}" width="${Math.max(1, Number(place(high)) - Number(place(low))).toFixed(1)}" height="16" rx="3"/>`;
    const dots = values.map(
      (value, i) =>
        `<circle cx="${place(value)}" cy="${(y + ((i % 5) - 2) * 2).toFixed(1)}" r="4"><title>${escapeMarkup(`run ${i + 1}: ${formatValue(value, unit)}`)}</title></circle>`,
    );
    const text = `${formatValue(mean, unit)}, n = ${formatCount(values.length)}: ${verdict}`;
    return `<g class="series-${row % 10}"><text x="0" y="${y + 4}"><title>${escapeMarkup(name)}</title>${escapeMarkup(label)}</text>${bar}${dots.join('')}<line class="mean" x1="${place(mean)}" x2="${place(mean)}" y1="${y - 11}" y2="${y + 11}"/><text class="dim" x="${WIDTH - RIGHT + 12}" y="${y + 4}">${escapeMarkup(text)}</text></g>`;
  });
  const height = groups.length * ROW + 26;
  const axis = [smallest, (smallest + largest) / 2, largest].map(
    (value, i) =>
      `<text class="dim axis" text-anchor="${['start', 'middle', 'end'][i]}" x="${place(value)}" y="${height - 4}">${escapeMarkup(formatValue(value, unit))}</text>`,
  );
  return `<div class="distribution-static" data-distribution="${escapeMarkup(id)}">
<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeMarkup(title)}">${rows.join('')}${axis.join('')}</svg>
<p class="hidden">${nameHtml(title)}</p></div>`;
}
