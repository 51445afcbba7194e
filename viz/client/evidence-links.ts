import { selectionFromHash } from '../../model/selection.ts';
import { byId } from './dom.ts';
import type { Change, Store } from './store.ts';

/** Everything a selection can hold, absent: what an evidence link starts from. */
const nothing: Change = {
  range: undefined,
  phase: undefined,
  event: undefined,
  thread: undefined,
  frame: undefined,
  zoom: undefined,
  query: undefined,
};

/** Evidence links select what proves the claim, and bring the panel that shows it into view. */
export function startEvidenceLinks(store: Store): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>('a[data-section]')) {
    link.addEventListener('click', (event) => {
      const panel = byId(link.dataset.section ?? '');
      if (panel === null) return;
      event.preventDefault();
      if (panel instanceof HTMLDetailsElement) panel.open = true;
      const hash = link.getAttribute('href') ?? '';
      if (hash.includes('=')) store.change({ ...nothing, ...selectionFromHash(hash) }, true);
      panel.scrollIntoView({ block: 'start' });
    });
  }
}
