import type { FlameBlock } from '../../model/flame-block.ts';
import { copyText } from './copy.ts';
import { byId } from './dom.ts';
import { startEvidenceLinks } from './evidence-links.ts';
import type { Figures } from './figures.ts';
import { loadFlame } from './flame-data.ts';
import type { FlamePanel } from './flame-panel.ts';
import { startHelp } from './help.ts';
import { phaseStretches } from './phases.ts';
import { enhanceSections, type Page } from './sections.ts';
import { Store } from './store.ts';
import { startTheme } from './theme.ts';
import { TimeAxis } from './time-axis.ts';
import { Tooltip } from './tooltip.ts';

async function start(): Promise<void> {
  document.documentElement.classList.add('js');
  startTheme(byId('theme'));
  startCopyButtons();
  const help = startHelp(byId('help'));
  const blocks = JSON.parse(byId('flames')?.textContent ?? '[]') as FlameBlock[];
  const flames = new Map((await Promise.all(blocks.map(loadFlame))).map((data) => [data.id, data] as const));
  const page: Page = {
    store: new Store(),
    tooltip: new Tooltip(),
    flames,
    stretches: phaseStretches(),
    panels: [],
  };
  enhanceSections(page);
  // The axis shows what there is most of.
  const [timed] = [...flames.values()]
    .filter(({ samples }) => samples !== undefined && samples.duration > 0)
    .sort((a, b) => (b.samples?.time.length ?? 0) - (a.samples?.time.length ?? 0));
  if (timed !== undefined) {
    document.querySelector('.panel')?.before(new TimeAxis(timed, page.store, page.stretches).root);
    for (const still of document.querySelectorAll('[data-timeline]')) still.classList.add('still');
  }
  startEvidenceLinks(page.store);
  startKeys(page, help);
  openForPrint();
  requestAnimationFrame(() => {
    window.vtune = { ready: performance.now(), panels: page.panels } satisfies Figures;
    document.documentElement.dataset.ready = 'true';
  });
}

/** Paper cannot be unfolded: everything is open while printing. */
function openForPrint(): void {
  let opened: HTMLDetailsElement[] = [];
  window.addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll<HTMLDetailsElement>('details:not([open])')];
    for (const panel of opened) panel.open = true;
  });
  window.addEventListener('afterprint', () => {
    for (const panel of opened) panel.open = false;
  });
}

function startCopyButtons(): void {
  for (const button of document.querySelectorAll<HTMLElement>('.command .copy')) {
    button.hidden = false;
    button.addEventListener('click', () =>
      copyText(button.parentElement?.querySelector('code')?.textContent ?? '', button),
    );
  }
  const link = byId('copy-link');
  if (link === null) return;
  link.hidden = false;
  link.addEventListener('click', () => copyText(location.href, link));
}

/** Keys that work wherever the focus is, but in fields. */
function startKeys(page: Page, help: () => void): void {
  const panel = (): FlamePanel | undefined =>
    page.panels.find(({ data }) => data.event === page.store.selection.event) ?? page.panels[0];
  document.addEventListener('keydown', (event) => {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || target.matches('input, select, textarea')) return;
    if (event.key === '/') panel()?.focusSearch();
    else if (event.key === 'n') panel()?.stepMatch(1);
    else if (event.key === 'N') panel()?.stepMatch(-1);
    else if (event.key === '?') help();
    else return;
    event.preventDefault();
  });
}

start().catch((error: unknown) => {
  // The static page stays; say why it did not come alive.
  const note = document.createElement('p');
  note.className = 'card critical';
  note.textContent = `The interactive parts could not start: ${error instanceof Error ? error.message : String(error)}`;
  document.querySelector('main')?.prepend(note);
});
