import type {
  BarsSection,
  CellUnit,
  Section,
  SectionKind,
  TableSection,
  TimelineSection,
} from '../../model/section.ts';
import { selectionToHash } from '../../model/selection.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import { escapeMarkup } from '../../model/visible-text.ts';
import { nameHtml } from './escape.ts';
import { staticDistribution } from './static-distribution.ts';
import { staticFlame } from './static-flame.ts';
import { staticHeatmap } from './static-heatmap.ts';
import { staticHistory } from './static-history.ts';
import { staticMatrix } from './static-matrix.ts';
import { staticRibbon } from './static-ribbon.ts';
import { staticSmallFlames } from './static-small-flames.ts';
import { staticTimeline } from './static-timeline.ts';

type StaticRenderer<K extends SectionKind> = (section: Extract<Section, { kind: K }>) => string;

/** A static picture or table for every kind: a kind without one does not compile. */
const renderers: { readonly [K in SectionKind]: StaticRenderer<K> } = {
  flame: staticFlame,
  timeline: (section: TimelineSection) => staticTimeline(section),
  bars: staticBars,
  table: staticTable,
  distribution: staticDistribution,
  history: staticHistory,
  heatmap: staticHeatmap,
  ribbon: staticRibbon,
  'small-flames': staticSmallFlames,
  matrix: staticMatrix,
};

/** A panel: the sentence that says what it shows, the static content, and a place for the drawing. Print opens all. */
export function sectionHtml(section: Section, open = true): string {
  const render = renderers[section.kind] as (section: Section) => string;
  const id = escapeMarkup(section.id);
  return `<details class="panel ${section.kind}" id="${id}" data-kind="${section.kind}"${open ? ' open' : ''}>
<summary><h2>${nameHtml(section.title)}</h2></summary>
${section.note === undefined ? '' : `<p class="note">${nameHtml(section.note, 600)}</p>`}
${render(section)}
</details>`;
}

function staticBars({ title, unit, rows }: BarsSection): string {
  const lines = rows.map(({ label, value, share, low, high, n }) => {
    const interval =
      low === undefined || high === undefined ? '' : `${formatShare(low)} – ${formatShare(high)}`;
    return `<tr><th scope="row">${nameHtml(label, 60)}</th><td class="bar"><i style="width:${(share * 100).toFixed(2)}%"></i></td><td class="number">${formatShare(share)}</td><td class="number dim">${interval}</td><td class="number">${formatValue(value, unit)}</td><td class="number dim">${formatCount(n)}</td></tr>`;
  });
  return `<div class="scroll"><table class="bars"><caption class="hidden">${nameHtml(title)}</caption><thead><tr><th scope="col"></th><th scope="col"></th><th scope="col" class="number">share</th><th scope="col" class="number">95 % CI</th><th scope="col" class="number">amount</th><th scope="col" class="number">samples</th></tr></thead><tbody>${lines.join('\n')}</tbody></table></div>`;
}

/** Rows beyond these start folded away: the first screen is for reading, not scrolling. */
const SHOWN_ROWS = 12;

function staticTable({ title, columns, rows, of }: TableSection): string {
  const head = columns
    .map(
      ({ name, unit }) =>
        `<th scope="col"${unit === 'text' ? '' : ' class="number"'}>${escapeMarkup(name)}</th>`,
    )
    .join('');
  const lines = rows.map(({ cells, selection }, position) => {
    const hash = selection === undefined ? '' : selectionToHash(selection);
    const body = cells
      .map((cell, i) => cellHtml(cell, columns[i]?.unit ?? 'text', i === 0 ? hash : ''))
      .join('');
    return `<tr${position >= SHOWN_ROWS ? ' class="more"' : ''}${hash === '' ? '' : ` data-selection="${escapeMarkup(hash)}"`}>${body}</tr>`;
  });
  const left =
    of > rows.length
      ? `<p class="dim">The largest ${formatCount(rows.length)} of ${formatCount(of)}.</p>`
      : '';
  return `<div class="scroll"><table class="data"><caption class="hidden">${nameHtml(title)}</caption><thead><tr>${head}</tr></thead><tbody>${lines.join('\n')}</tbody></table></div>${left}`;
}

/** Cells of so few characters are not broken: a word in two lines is hard to read. */
const SHORT = 24;

function cellHtml(cell: string | number, unit: CellUnit, hash: string): string {
  if (typeof cell === 'number') {
    const text = unit === 'text' ? String(cell) : formatValue(cell, unit);
    return `<td class="number" data-value="${cell}">${escapeMarkup(text)}</td>`;
  }
  const name = nameHtml(cell, 140);
  return `<td${cell.length <= SHORT ? ' class="short"' : ''}>${hash === '' ? name : `<a href="${escapeMarkup(hash)}">${name}</a>`}</td>`;
}
