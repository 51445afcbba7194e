import { element } from './dom.ts';

const keys: readonly (readonly [string, string])[] = [
  ['click, Enter', 'zoom into a frame'],
  ['double click, Esc', 'zoom out to the whole'],
  ['Backspace', 'zoom out by one'],
  ['arrow keys', 'walk: callees, callers, neighbours'],
  ['f, right click', 'mark a function everywhere'],
  ['/', 'search functions by regular expression'],
  ['n, N', 'next and previous match'],
  ['drag on the time axis', 'select a range; Esc clears it'],
  ['?', 'this help'],
];

/** A dialog with what the keys do. */
export function startHelp(button: HTMLElement | null): () => void {
  const close = element('button', { type: 'button' }, 'close');
  const rows = keys.map(([key, text]) =>
    element('tr', {}, element('th', { scope: 'row' }, key), element('td', {}, text)),
  );
  const dialog = element(
    'dialog',
    { class: 'help', 'aria-label': 'Keys' },
    element('h2', {}, 'Keys'),
    element('table', {}, ...rows),
    close,
  );
  close.addEventListener('click', () => dialog.close());
  document.body.append(dialog);
  const open = (): void => dialog.showModal();
  if (button !== null) {
    button.hidden = false;
    button.addEventListener('click', open);
  }
  return open;
}
