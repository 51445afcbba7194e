import type { HistorySection } from '../../model/section.ts';
import { formatValue } from '../../model/units.ts';
import { escapeMarkup } from '../../model/visible-text.ts';
import { nameHtml } from './escape.ts';

const WIDTH = 1000;
const HEIGHT = 190;
const LEFT = 84;
const RIGHT = 12;
const TOP = 34;
const BOTTOM = 22;
/** Part of the scale left free above and below the outermost value. */
const MARGIN = 0.08;
/** Half of what a character of a change's text takes, about. */
const HALF_CHARACTER = 3.4;

/** A dot per run on a scale from the smallest to the largest, the mean of each level with its interval, a line per change. */
export function staticHistory(section: HistorySection): string {
  const { id, title, unit, runs, values, levels, changes, odd } = section;
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return '<p class="dim">No run has a value.</p>';
  const [smallest, largest] = [Math.min(...known), Math.max(...known)];
  const span = largest - smallest || Math.abs(largest) || 1;
  const x = (run: number): number => LEFT + ((run + 0.5) / Math.max(1, runs.length)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number): number => {
    const share = (value - smallest + span * MARGIN) / (span * (1 + 2 * MARGIN));
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
  };
  const at = (position: number): string => position.toFixed(1);
  const strange = new Set(odd);
  const dots = values.map((value, run) =>
    value === null
      ? ''
      : `<circle${strange.has(run) ? ' class="odd"' : ''} cx="${at(x(run))}" cy="${at(y(value))}" r="3"><title>${escapeMarkup(`${runs[run] ?? ''}: ${formatValue(value, unit)}${strange.has(run) ? ', an odd run' : ''}`)}</title></circle>`,
  );
  const steps = levels.map(({ first, last, mean, low, high }) => {
    const [from, to] = [x(first - 0.5), x(last + 0.5)];
    const band =
      low === null || high === null
        ? ''
        : `<rect class="interval" x="${at(from)}" width="${at(to - from)}" y="${at(y(high))}" height="${at(Math.max(1, y(low) - y(high)))}"/>`;
    return `${band}<line class="mean" x1="${at(from)}" x2="${at(to)}" y1="${at(y(mean))}" y2="${at(y(mean))}"/>`;
  });
  const lines = changes.map(({ run, text, tone, passing }, i) => {
    const place = x(run - 0.5);
    const half = text.length * HALF_CHARACTER;
    const middle = Math.min(WIDTH - RIGHT - half, Math.max(LEFT + half, place));
    return `<g class="change ${tone}${passing ? ' passing' : ''}"><line x1="${at(place)}" x2="${at(place)}" y1="${TOP - 6}" y2="${HEIGHT - BOTTOM}"/><text text-anchor="middle" x="${at(middle)}" y="${i % 2 === 0 ? 11 : 24}">${escapeMarkup(text)}</text></g>`;
  });
  const scale = [largest, (largest + smallest) / 2, smallest].map(
    (value) =>
      `<text class="dim axis" text-anchor="end" x="${LEFT - 8}" y="${at(y(value) + 4)}">${escapeMarkup(formatValue(value, unit))}</text>`,
  );
  return `<div class="history-static" data-history="${escapeMarkup(id)}">
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeMarkup(title)}">${steps.join('')}${lines.join('')}${dots.join('')}${scale.join('')}</svg>
<p class="ends"><span>${nameHtml(runs[0] ?? '', 60)}</span><span>${nameHtml(runs.at(-1) ?? '', 60)}</span></p></div>`;
}
