import { formatShare, formatValue, type Unit } from '../../model/units.ts';
import { changeCells, changeHeads } from './change-lines.ts';
import { element } from './dom.ts';
import { changedFunctions, type FunctionCost, functionCosts } from './function-costs.ts';
import type { ViewState } from './view-state.ts';
import { VirtualRows } from './virtual-rows.ts';

/** Functions of the selected range and thread, by self. */
export class FunctionsView {
  readonly root: HTMLElement;
  readonly #rows: VirtualRows;
  #state: ViewState | undefined;
  #costs: FunctionCost[] = [];

  /** `compared`: rows show self before and after instead of self and total. */
  constructor(pick: (name: string) => void, compared: boolean) {
    this.#rows = new VirtualRows((index) => this.#row(index, pick), 'Functions of the selection', 'grid');
    const head = element(
      'div',
      { class: 'row head', 'aria-hidden': 'true' },
      ...['function', ...(compared ? changeHeads : ['self', '', 'total', ''])].map((text) =>
        element('span', {}, text),
      ),
    );
    this.root = element('div', { class: 'tree-view' }, head, this.#rows.root);
  }

  show(state: ViewState): void {
    if (this.#state?.total !== state.total) {
      this.#costs =
        state.data.compare === undefined
          ? functionCosts(state.data, state.self, state.total)
          : changedFunctions(state.data);
    }
    this.#state = state;
    this.#rows.update(this.#costs.length);
  }

  #row(index: number, pick: (name: string) => void): HTMLElement {
    const { data, total, framed, matches } = this.#state as ViewState;
    const { fn, self, total: all } = this.#costs[index] as FunctionCost;
    const unit = data.unit as Unit;
    const whole = total[0] || 1;
    const name = data.names[fn] ?? '';
    const found = framed?.[fn] === 1 || matches?.functions[fn] === 1;
    const row = element(
      'div',
      { class: `row${found ? ' found' : ''}`, role: 'row' },
      element('span', { class: 'name', role: 'gridcell' }, element('bdi', {}, name)),
      ...(data.compare === undefined
        ? [
            formatValue(self, unit),
            formatShare(self / whole),
            formatValue(all, unit),
            formatShare(all / whole),
          ]
        : changeCells(data, all, self)
      ).map((text) => element('span', { class: 'number', role: 'gridcell' }, text)),
    );
    row.addEventListener('click', () => pick(name));
    return row;
  }
}
