import { phaseColour } from '../../model/phase-colour.ts';
import type { RibbonSection } from '../../model/section.ts';
import { selectionToHash } from '../../model/selection.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import { escapeMarkup } from '../../model/visible-text.ts';
import { nameHtml } from './escape.ts';

/** Stretches narrower than this share of the time have no room for a letter. */
const ROOM = 0.03;

/** Phases as coloured stretches, each a link that selects its phase; odd windows as marks above; a table of phases. */
export function staticRibbon(section: RibbonSection): string {
  const { title, start, end, stretches, phases, odd } = section;
  const part = (seconds: number): number => ((seconds - start) / (end - start || 1)) * 100;
  const place = (from: number, to: number): string =>
    `left:${part(from).toFixed(3)}%;width:${(part(to) - part(from)).toFixed(3)}%`;
  const order = new Map(phases.map(({ phase }, i) => [phase, i] as const));
  const boxes = stretches.map(({ phase, from, to }) => {
    const span = `phase ${phase}: ${formatValue(from, 's')} – ${formatValue(to, 's')}`;
    const letter = (to - from) / (end - start || 1) < ROOM ? '' : escapeMarkup(phase);
    return `<a class="${phaseColour(order.get(phase) ?? 0)}" style="${place(from, to)}" href="${escapeMarkup(selectionToHash({ phase }))}" title="${escapeMarkup(span)}">${letter}</a>`;
  });
  const marks = odd.map(
    ({ from, to, text }) => `<i style="${place(from, to)}" title="${escapeMarkup(text)}"></i>`,
  );
  const rows = phases.map(
    ({ phase, title: known, seconds, share, stretches: count }, i) =>
      `<tr data-phase="${escapeMarkup(phase)}"><td><i class="swatch ${phaseColour(i)}"></i> <a href="${escapeMarkup(selectionToHash({ phase }))}">${escapeMarkup(phase)}</a></td><td>${nameHtml(known, 140)}</td><td class="number">${formatValue(seconds, 's')}</td><td class="number">${formatShare(share)}</td><td class="number">${formatCount(count)}</td></tr>`,
  );
  return `<div class="ribbon-static" data-ribbon="${escapeMarkup(JSON.stringify(stretches.map(({ phase, from, to }) => [phase, from, to])))}">
<div class="odd" aria-hidden="true">${marks.join('')}</div>
<div class="stretches" role="group" aria-label="${escapeMarkup(title)}">${boxes.join('')}</div>
<p class="ends"><span>${formatValue(start, 's')}</span>${odd.length === 0 ? '' : `<span>marks above: ${formatCount(odd.length)} odd ${odd.length === 1 ? 'window' : 'windows'}</span>`}<span>${formatValue(end, 's')}</span></p>
<div class="scroll"><table class="data"><caption class="hidden">${nameHtml(title)}</caption><thead><tr><th scope="col">phase</th><th scope="col">known by</th><th scope="col" class="number">time</th><th scope="col" class="number">share</th><th scope="col" class="number">stretches</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div></div>`;
}
