import { formatShare, formatValue, type Unit } from '../../model/units.ts';
import { changeCells, changeHeads } from './change-lines.ts';
import { element } from './dom.ts';
import type { ViewState } from './view-state.ts';
import { VirtualRows } from './virtual-rows.ts';

/** The call tree as a table: the flame graph for screen readers, and for reading numbers. */
export class TreeView {
  readonly root: HTMLElement;
  readonly #rows: VirtualRows;
  readonly #zoom: (node: number) => void;
  #state: ViewState | undefined;
  #expanded = new Set<number>([0, 1]);
  #visible: number[] = [];
  #current = 0;

  /** `compared`: rows show totals before and after instead of totals and self. */
  constructor(zoom: (node: number) => void, compared: boolean) {
    this.#zoom = zoom;
    this.#rows = new VirtualRows((index) => this.#row(index), 'Call tree', 'treegrid');
    const head = element(
      'div',
      { class: 'row head', 'aria-hidden': 'true' },
      ...['function', ...(compared ? changeHeads : ['total', '', 'self', ''])].map((text) =>
        element('span', {}, text),
      ),
    );
    this.root = element('div', { class: 'tree-view' }, head, this.#rows.root);
    this.#rows.root.addEventListener('keydown', (event) => {
      if (this.#key(event.key)) event.preventDefault();
    });
  }

  show(state: ViewState, zoom: number): void {
    if (this.#state?.data !== state.data) this.#expanded = new Set([0, ...widestPath(state, 12)]);
    this.#state = state;
    for (let node = zoom; node !== 0; node = state.data.parent[node] as number) this.#expanded.add(node);
    this.#refresh();
    const index = zoom === 0 ? -1 : this.#visible.indexOf(zoom);
    if (index >= 0) {
      this.#current = index;
      this.#rows.reveal(index);
    }
  }

  #refresh(): void {
    const state = this.#state;
    if (state === undefined) return;
    const { data, total } = state;
    this.#visible = [];
    const waiting = [0];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      this.#visible.push(node);
      if (this.#expanded.has(node)) waiting.push(...childrenOf(state, node).reverse());
    }
    this.#visible = this.#visible.filter(
      (node) => (total[node] as number) > 0 || node === 0 || data.compare !== undefined,
    );
    this.#current = Math.min(this.#current, this.#visible.length - 1);
    this.#rows.root.setAttribute('aria-label', `Call tree by ${data.event}`);
    this.#rows.update(this.#visible.length);
  }

  #row(index: number): HTMLElement {
    const state = this.#state as ViewState;
    const { data, total, self } = state;
    const node = this.#visible[index] as number;
    const unit = data.unit as Unit;
    const whole = total[0] || 1;
    const depth = data.depth[node] as number;
    const open = this.#expanded.has(node);
    const leaf = (data.end[node] as number) === node + 1;
    const fn = data.fn[node] as number;
    const name = element(
      'span',
      { class: 'name', role: 'gridcell' },
      element('i', { class: 'twist', 'aria-hidden': 'true' }, leaf ? '·' : open ? '▾' : '▸'),
      element('bdi', {}, data.names[fn] ?? ''),
    );
    name.style.paddingLeft = `${Math.min(depth, 40) * 12}px`;
    const { compare } = data;
    const cells =
      compare === undefined
        ? [
            formatValue(total[node] as number, unit),
            formatShare((total[node] as number) / whole),
            formatValue(self[node] as number, unit),
            formatShare((self[node] as number) / whole),
          ]
        : changeCells(data, compare.totalBefore[node] as number, compare.totalAfter[node] as number);
    const found = state.matches?.functions[fn] === 1 || state.framed?.[fn] === 1;
    const row = element(
      'div',
      {
        class: `row${index === this.#current ? ' current' : ''}${found ? ' found' : ''}`,
        role: 'row',
        'aria-level': depth + 1,
        'aria-selected': String(index === this.#current),
        ...(leaf ? {} : { 'aria-expanded': String(open) }),
      },
      name,
      ...cells.map(cell),
    );
    row.addEventListener('click', (event) => {
      this.#current = index;
      if ((event.target as HTMLElement).closest('.twist') !== null) this.#toggle(node);
      else this.#zoom(node);
    });
    return row;
  }

  #toggle(node: number, open = !this.#expanded.has(node)): void {
    if (open) this.#expanded.add(node);
    else this.#expanded.delete(node);
    this.#refresh();
  }

  #key(key: string): boolean {
    const node = this.#visible[this.#current] as number;
    const move = (index: number): void => {
      this.#current = Math.max(0, Math.min(this.#visible.length - 1, index));
      this.#rows.reveal(this.#current);
      this.#rows.update(this.#visible.length);
    };
    if (key === 'ArrowDown') move(this.#current + 1);
    else if (key === 'ArrowUp') move(this.#current - 1);
    else if (key === 'ArrowRight')
      this.#expanded.has(node) ? move(this.#current + 1) : this.#toggle(node, true);
    else if (key === 'ArrowLeft') {
      if (this.#expanded.has(node)) this.#toggle(node, false);
      else move(this.#visible.indexOf(this.#state?.data.parent[node] as number));
    } else if (key === 'Enter') this.#zoom(node);
    else return false;
    return true;
  }
}

function cell(text: string): HTMLElement {
  return element('span', { class: 'number', role: 'gridcell' }, text);
}

function childrenOf({ data, total }: ViewState, node: number): number[] {
  const children: number[] = [];
  for (let child = node + 1; child < (data.end[node] as number); child = data.end[child] as number)
    children.push(child);
  return children.sort((a, b) => (total[b] as number) - (total[a] as number));
}

/** The path a reader would open first: the heaviest child of the heaviest child. */
function widestPath(state: ViewState, most: number): number[] {
  const path: number[] = [];
  for (
    let node = childrenOf(state, 0)[0];
    node !== undefined && path.length < most;
    node = childrenOf(state, node)[0]
  )
    path.push(node);
  return path;
}
