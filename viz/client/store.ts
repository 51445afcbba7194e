import { type Selection, selectionFromHash, selectionToHash } from '../../model/selection.ts';

export type Listener = (selection: Selection, before: Selection) => void;

/** Keys to change; `undefined` takes one away. */
export type Change = { readonly [K in keyof Selection]?: Selection[K] | undefined };

/** The one selection of the page. It is the URL hash, so links, back and forward show what was seen. */
export class Store {
  #selection: Selection = selectionFromHash(location.hash);
  readonly #listeners: Listener[] = [];

  constructor() {
    window.addEventListener('hashchange', () => this.#adopt(selectionFromHash(location.hash)));
  }

  get selection(): Selection {
    return this.#selection;
  }

  subscribe(listener: Listener): void {
    this.#listeners.push(listener);
  }

  /** Changes parts of the selection. `step`: worth a step of its own for the back button. */
  change(change: Change, step = false): void {
    const merged = Object.fromEntries(
      Object.entries({ ...this.#selection, ...change }).filter(([, value]) => value !== undefined),
    ) as Selection;
    const hash = selectionToHash(merged);
    if (hash === selectionToHash(this.#selection)) return;
    const url = hash === '' ? location.pathname + location.search : hash;
    if (step) history.pushState(null, '', url);
    else history.replaceState(null, '', url);
    this.#adopt(merged);
  }

  #adopt(selection: Selection): void {
    const before = this.#selection;
    this.#selection = selection;
    for (const listener of this.#listeners) listener(selection, before);
  }
}
