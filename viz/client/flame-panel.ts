import { frameKinds } from '../../model/tables.ts';
import { formatCount, formatShare } from '../../model/units.ts';
import { copyText } from './copy.ts';
import { announce, element } from './dom.ts';
import type { FlameData, Widths } from './flame-data.ts';
import { FlameView } from './flame-view.ts';
import { FunctionsView } from './functions-view.ts';
import type { Order } from './layout.ts';
import type { PhaseStretch } from './phases.ts';
import type { Store } from './store.ts';
import type { Tooltip } from './tooltip.ts';
import { TreeView } from './tree-view.ts';
import { type ViewState, viewState } from './view-state.ts';

/** Flame graph, call tree and functions of one event, with their controls; all show the one selection. */
export class FlamePanel {
  readonly flame: FlameView;
  /** Milliseconds the last change of selection took to reach every view. */
  lastUpdate = 0;
  readonly #data: FlameData;
  readonly #store: Store;
  readonly #stretches: readonly PhaseStretch[];
  readonly #details: HTMLDetailsElement | null;
  readonly #tree: TreeView;
  readonly #functions: FunctionsView;
  readonly #search = element('input', {
    type: 'search',
    placeholder: 'search functions: regular expression',
    'aria-label': 'search functions',
    spellcheck: 'false',
  });
  readonly #found = element('output', { class: 'found-text' });
  readonly #crumbs = element('p', { class: 'crumbs' });
  #order: Order = 'left-heavy';
  #widths: Widths = 'both';
  #match = -1;
  #state: ViewState;

  constructor(
    place: HTMLElement,
    data: FlameData,
    store: Store,
    tooltip: Tooltip,
    stretches: readonly PhaseStretch[] = [],
  ) {
    this.#data = data;
    this.#stretches = stretches;
    this.#store = store;
    this.#details = place.closest('details');
    this.#details?.addEventListener('toggle', () => this.update());
    const zoom = (node: number): void =>
      store.change({ zoom: node === 0 ? undefined : node, ...this.#event() }, true);
    const pick = (frame: string | undefined): void =>
      store.change({ frame: frame === store.selection.frame ? undefined : frame, ...this.#event() }, true);
    this.flame = new FlameView({ zoom, pick }, tooltip);
    this.#tree = new TreeView(zoom, data.compare !== undefined);
    this.#functions = new FunctionsView(pick, data.compare !== undefined);
    this.#state = viewState(data, store.selection, this.#order, undefined, 'both', stretches);
    place.append(this.#toolbar(), this.#crumbs, this.flame.root, legend(data), this.#tabs());
    store.subscribe(() => this.update());
    this.update();
  }

  get data(): FlameData {
    return this.#data;
  }

  /** Shows the store's selection, if it is about this event. */
  update(): void {
    const { selection } = this.#store;
    if (selection.event !== undefined && selection.event !== this.#data.event) return;
    // What is folded away is brought up to date when it is opened.
    if (this.#details?.open === false) return;
    const started = performance.now();
    this.#state = viewState(this.#data, selection, this.#order, this.#state, this.#widths, this.#stretches);
    const zoom = this.#validZoom(selection.zoom);
    this.flame.show(this.#state, zoom);
    this.#tree.show(this.#state, zoom);
    this.#functions.show(this.#state);
    this.#showMatches();
    this.#showCrumbs(zoom);
    this.lastUpdate = performance.now() - started;
  }

  focusSearch(): void {
    this.#search.focus();
    this.#search.select();
  }

  /** Zooms to the next (1) or previous (−1) outermost match. */
  stepMatch(step: 1 | -1): void {
    const nodes = this.#state.matches?.outermost ?? [];
    if (nodes.length === 0) return;
    this.#match = (this.#match + step + nodes.length) % nodes.length;
    const node = nodes[this.#match] as number;
    this.#store.change({ zoom: node, ...this.#event() }, true);
    this.flame.focusBox(this.flame.boxOf(node));
    this.#showMatches();
  }

  /** Selections name their event only where the report has several. */
  #event(): { event?: string } {
    return document.querySelectorAll('[data-flame]').length > 1 ? { event: this.#data.event } : {};
  }

  #validZoom(zoom: number | undefined): number {
    return zoom !== undefined && zoom < this.#data.depth.length && (this.#state.total[zoom] as number) > 0
      ? zoom
      : 0;
  }

  #toolbar(): HTMLElement {
    const orders: readonly [Order, string][] = [
      ['left-heavy', 'left heavy'],
      ['alphabetical', 'A–Z'],
      ...(this.#data.samples === undefined ? [] : [['time', 'time order'] as [Order, string]]),
    ];
    const order = element(
      'select',
      { 'aria-label': 'order of siblings' },
      ...orders.map(([value, text]) => element('option', { value }, text)),
    );
    order.addEventListener('change', () => {
      this.#order = order.value as Order;
      this.update();
    });
    const direction = element('button', { type: 'button', 'aria-pressed': 'false' }, 'flame');
    direction.addEventListener('click', () => {
      this.flame.icicle = !this.flame.icicle;
      direction.textContent = this.flame.icicle ? 'flame' : 'icicle';
      direction.setAttribute('aria-pressed', String(!this.flame.icicle));
      this.flame.redraw();
    });
    const copy = element('button', { type: 'button' }, 'copy stack');
    copy.addEventListener('click', () => copyText(this.#stackText(), copy));
    this.#listenToSearch();
    const button = (text: string, label: string, act: () => void): HTMLElement => {
      const made = element('button', { type: 'button', 'aria-label': label }, text);
      made.addEventListener('click', act);
      return made;
    };
    return element(
      'div',
      { class: 'toolbar', role: 'toolbar', 'aria-label': `Flame graph of ${this.#data.event}` },
      this.#search,
      button('‹', 'previous match', () => this.stepMatch(-1)),
      button('›', 'next match', () => this.stepMatch(1)),
      this.#found,
      element('span', { class: 'gap' }),
      ...this.#threadChoice(),
      ...this.#widthChoice(),
      order,
      direction,
      copy,
    );
  }

  #listenToSearch(): void {
    this.#search.value = this.#store.selection.query ?? '';
    this.#search.addEventListener('input', () => {
      this.#match = -1;
      this.#store.change({ query: this.#search.value === '' ? undefined : this.#search.value });
    });
    this.#search.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') this.stepMatch(event.shiftKey ? -1 : 1);
      if (event.key === 'Escape') {
        this.#search.value = '';
        this.#store.change({ query: undefined });
        this.flame.canvas.focus();
      }
    });
  }

  #threadChoice(): HTMLElement[] {
    const { samples } = this.#data;
    if (samples === undefined || samples.threads.length < 2) return [];
    const weight = new Float64Array(samples.threads.length);
    for (let i = 0; i < samples.thread.length; i++) {
      const thread = samples.thread[i] as number;
      weight[thread] = (weight[thread] as number) + (samples.weight[i] as number);
    }
    const order = [...samples.threads.keys()]
      .sort((a, b) => (weight[b] as number) - (weight[a] as number))
      .slice(0, 200);
    const select = element(
      'select',
      { 'aria-label': 'thread' },
      element('option', { value: '' }, `all ${formatCount(samples.threads.length)} threads`),
      ...order.map((thread) =>
        element('option', { value: samples.threads[thread] ?? '' }, samples.threads[thread] ?? ''),
      ),
    );
    select.addEventListener('change', () =>
      this.#store.change({ thread: select.value || undefined, zoom: undefined, ...this.#event() }, true),
    );
    const show = (): void => {
      select.value = this.#store.selection.thread ?? '';
    };
    this.#store.subscribe(show);
    show();
    return [select];
  }

  /** Both orders of a differential flame graph, and one in which frames that came or went are seen beside the others. */
  #widthChoice(): HTMLElement[] {
    const { compare } = this.#data;
    if (compare === undefined) return [];
    const choices: readonly [Widths, string][] = [
      ['both', 'widths: mean of both'],
      ['candidate', `widths: ${compare.candidate}`],
      ['baseline', `widths: ${compare.baseline}`],
    ];
    const select = element(
      'select',
      { 'aria-label': 'widths' },
      ...choices.map(([value, text]) => element('option', { value }, text)),
    );
    select.addEventListener('change', () => {
      this.#widths = select.value as Widths;
      this.update();
    });
    return [select];
  }

  #tabs(): HTMLElement {
    const panes = [
      ['call tree', this.#tree.root],
      ['functions', this.#functions.root],
    ] as const;
    const buttons = panes.map(([text], i) =>
      element('button', { type: 'button', role: 'tab', 'aria-selected': String(i === 0) }, text),
    );
    const show = (chosen: number): void => {
      panes.forEach(([, pane], i) => {
        pane.hidden = i !== chosen;
        buttons[i]?.setAttribute('aria-selected', String(i === chosen));
      });
      this.update();
    };
    buttons.forEach((button, i) => {
      button.addEventListener('click', () => show(i));
    });
    panes[1][1].hidden = true;
    return element(
      'div',
      { class: 'tabs' },
      element('div', { role: 'tablist' }, ...buttons),
      ...panes.map(([, pane]) => pane),
    );
  }

  #showMatches(): void {
    const { matches, total, badQuery } = this.#state;
    this.#search.setAttribute('aria-invalid', String(badQuery));
    if (document.activeElement !== this.#search) this.#search.value = this.#store.selection.query ?? '';
    let text = '';
    if (badQuery) text = 'not a regular expression';
    else if (matches !== undefined) {
      const position = this.#match < 0 ? '' : `${this.#match + 1} of `;
      const share = formatShare(matches.weight / (total[0] || 1));
      text =
        matches.outermost.length === 0
          ? 'no match'
          : `${share} in ${position}${formatCount(matches.outermost.length)} places`;
    }
    if (text !== this.#found.textContent) announce(text);
    this.#found.textContent = text;
  }

  /** What is shown is a part: say which, each with a way out. */
  #showCrumbs(zoom: number): void {
    const { selection } = this.#store;
    const crumb = (text: string, label: string, clear: () => void): HTMLElement => {
      const button = element('button', { type: 'button', 'aria-label': label }, '✕');
      button.addEventListener('click', clear);
      return element('span', { class: 'crumb' }, element('bdi', {}, text), button);
    };
    const parts: HTMLElement[] = [];
    if (this.#state.range !== undefined) {
      const [from, to] = this.#state.range;
      parts.push(
        crumb(`${from.toFixed(2)} s – ${to.toFixed(2)} s`, 'clear range', () =>
          this.#store.change({ range: undefined }, true),
        ),
      );
    }
    if (selection.phase !== undefined && this.#state.ranges !== undefined)
      parts.push(
        crumb(`phase ${selection.phase}`, 'all phases', () => this.#store.change({ phase: undefined }, true)),
      );
    if (this.#state.thread >= 0)
      parts.push(
        crumb(selection.thread ?? '', 'all threads', () => this.#store.change({ thread: undefined }, true)),
      );
    if (selection.frame !== undefined)
      parts.push(
        crumb(selection.frame, 'clear function', () => this.#store.change({ frame: undefined }, true)),
      );
    if (zoom !== 0) {
      const name = this.#data.names[this.#data.fn[zoom] as number] ?? '';
      parts.push(crumb(`zoom: ${name}`, 'zoom out', () => this.#store.change({ zoom: undefined }, true)));
    }
    this.#crumbs.replaceChildren(...parts);
  }

  #stackText(): string {
    const { layout } = this.#state;
    const box = this.flame.focus;
    const names: string[] = [];
    for (
      let node = box < 0 ? this.flame.zoomed : (layout.node[box] as number);
      node !== 0;
      node = this.#data.parent[node] as number
    ) {
      names.push(this.#data.names[this.#data.fn[node] as number] ?? '');
    }
    return names.reverse().join(';');
  }
}

/** The words for the colours, those that occur. */
function legend(data: FlameData): HTMLElement {
  if (data.compare !== undefined) {
    const words = [
      ['more', 'costs more'],
      ['less', 'costs less'],
      ['noise', 'noise: the tests do not tell'],
    ] as const;
    return element(
      'ul',
      { class: 'legend' },
      ...words.map(([name, text]) =>
        element('li', {}, element('i', { class: `swatch change-${name}` }), text),
      ),
    );
  }
  const kinds = new Set(
    Array.from(data.fn, (fn, node) => ((data.depth[node] as number) < 2 ? -1 : (data.kind[fn] as number))),
  );
  const names = ['process', ...frameKinds.filter((_, kind) => kinds.has(kind))];
  return element(
    'ul',
    { class: 'legend' },
    ...names.map((name) => element('li', {}, element('i', { class: `swatch kind-${name}` }), name)),
  );
}
