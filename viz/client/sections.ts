import type { SectionKind } from '../../model/section.ts';
import { selectionFromHash } from '../../model/selection.ts';
import { element } from './dom.ts';
import type { FlameData } from './flame-data.ts';
import { FlamePanel } from './flame-panel.ts';
import type { PhaseStretch } from './phases.ts';
import type { Store } from './store.ts';
import type { Tooltip } from './tooltip.ts';

export interface Page {
  readonly store: Store;
  readonly tooltip: Tooltip;
  /** By section id. */
  readonly flames: ReadonlyMap<string, FlameData>;
  /** Which phase the run was in, when. */
  readonly stretches: readonly PhaseStretch[];
  readonly panels: FlamePanel[];
}

/** What the script adds to a panel that already reads without it. A kind without an entry does not compile. */
const enhancers: { readonly [K in SectionKind]: (panel: HTMLElement, page: Page) => void } = {
  flame: enhanceFlame,
  timeline: () => undefined,
  bars: () => undefined,
  table: enhanceTable,
  distribution: () => undefined,
  history: () => undefined,
  heatmap: () => undefined,
  ribbon: markPhase,
  'small-flames': markPhase,
  matrix: enhanceMatrix,
};

export function enhanceSections(page: Page): void {
  for (const panel of document.querySelectorAll<HTMLElement>('.panel[data-kind]')) {
    enhancers[panel.dataset.kind as SectionKind]?.(panel, page);
  }
}

function enhanceFlame(panel: HTMLElement, page: Page): void {
  const place = panel.querySelector<HTMLElement>('[data-flame]');
  const data = page.flames.get(panel.id);
  if (place === null || data === undefined) return;
  panel.classList.add('live');
  page.panels.push(new FlamePanel(place, data, page.store, page.tooltip, page.stretches));
}

/** Whatever links to the selected phase is marked. */
function markPhase(panel: HTMLElement, { store }: Page): void {
  const links = [...panel.querySelectorAll<HTMLAnchorElement>('a[href*="phase="]')].map((link) => ({
    // The card or row the link is the name of; a stretch is its own.
    place: link.closest<HTMLElement>('tr, article') ?? link,
    phase: selectionFromHash(link.getAttribute('href') ?? '').phase,
  }));
  const mark = (): void => {
    const { phase } = store.selection;
    for (const link of links)
      link.place.classList.toggle('selected', phase !== undefined && link.phase === phase);
  };
  store.subscribe(mark);
  mark();
}

/** A click on a window selects its time. */
function enhanceMatrix(panel: HTMLElement, { store }: Page): void {
  const place = panel.querySelector<HTMLElement>('.matrix-static');
  const drawing = place?.querySelector('svg');
  if (!place || !drawing) return;
  const [start, step, steps] = [place.dataset.start, place.dataset.step, place.dataset.steps].map(Number) as [
    number,
    number,
    number,
  ];
  drawing.classList.add('clickable');
  drawing.addEventListener('click', (event) => {
    const box = drawing.getBoundingClientRect();
    const window = Math.min(steps - 1, Math.floor(((event.clientX - box.left) / box.width) * steps));
    const edge = (at: number): number => Math.round((start + at * step) * 1e7) / 1e7;
    store.change({ range: [Math.max(0, edge(window)), edge(window + 1)], zoom: undefined }, true);
  });
}

/** Columns sort on click; rows of the selected function or thread are marked; long tables unfold. */
function enhanceTable(panel: HTMLElement, { store }: Page): void {
  const body = panel.querySelector('tbody');
  if (body === null) return;
  panel.querySelectorAll('th').forEach((head, column) => {
    const button = element('button', { type: 'button', class: 'sort' }, head.textContent ?? '');
    head.replaceChildren(button);
    let ascending = !head.classList.contains('number');
    button.addEventListener('click', () => {
      const rows = [...body.rows].sort(
        (a, b) => compareCells(a.cells[column], b.cells[column]) * (ascending ? 1 : -1),
      );
      body.append(...rows);
      panel.querySelectorAll('th').forEach((other) => {
        other.removeAttribute('aria-sort');
      });
      head.setAttribute('aria-sort', ascending ? 'ascending' : 'descending');
      ascending = !ascending;
    });
  });
  const more = body.querySelectorAll('tr.more').length;
  if (more > 0) {
    panel.classList.add('folded');
    const unfold = element('button', { type: 'button', class: 'unfold' }, `show ${more} more`);
    unfold.addEventListener('click', () => {
      panel.classList.remove('folded');
      unfold.remove();
    });
    panel.append(unfold);
  }
  const mark = (): void => {
    const { frame, thread } = store.selection;
    for (const row of body.rows) {
      const name = row.cells[0]?.textContent;
      row.classList.toggle(
        'selected',
        row.dataset.selection !== undefined && (name === frame || name === thread),
      );
    }
  };
  store.subscribe(mark);
  mark();
}

function compareCells(a: HTMLElement | undefined, b: HTMLElement | undefined): number {
  const [first, second] = [a?.dataset.value, b?.dataset.value];
  if (first !== undefined && second !== undefined) return Number(first) - Number(second);
  return (a?.textContent ?? '').localeCompare(b?.textContent ?? '');
}
