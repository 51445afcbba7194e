import { element, oncePerFrame } from './dom.ts';

const ROW_HEIGHT = 24;

/** A list of any length of which only the visible rows exist. */
export class VirtualRows {
  readonly root: HTMLElement;
  readonly #body = element('div', { class: 'rows', role: 'rowgroup' });
  readonly #make: (index: number) => HTMLElement;
  readonly #schedule = oncePerFrame(() => this.#render());
  #count = 0;

  constructor(make: (index: number) => HTMLElement, label: string, role: string) {
    this.#make = make;
    this.root = element('div', { class: 'virtual', role, 'aria-label': label, tabindex: 0 }, this.#body);
    this.root.addEventListener('scroll', this.#schedule, { passive: true });
    new ResizeObserver(this.#schedule).observe(this.root);
  }

  /** Shows `count` rows, made anew. */
  update(count: number): void {
    this.#count = count;
    this.root.setAttribute('aria-rowcount', String(count));
    this.#body.style.height = `${count * ROW_HEIGHT}px`;
    this.#schedule();
  }

  reveal(index: number): void {
    const top = index * ROW_HEIGHT;
    if (top < this.root.scrollTop) this.root.scrollTop = top;
    const overflow = top + ROW_HEIGHT - this.root.scrollTop - this.root.clientHeight;
    if (overflow > 0) this.root.scrollTop += overflow;
    this.#schedule();
  }

  #render(): void {
    const first = Math.max(0, Math.floor(this.root.scrollTop / ROW_HEIGHT) - 4);
    const last = Math.min(this.#count, first + Math.ceil(this.root.clientHeight / ROW_HEIGHT) + 8);
    const rows: HTMLElement[] = [];
    for (let index = first; index < last; index++) {
      const row = this.#make(index);
      row.style.transform = `translateY(${index * ROW_HEIGHT}px)`;
      row.setAttribute('aria-rowindex', String(index + 1));
      rows.push(row);
    }
    this.#body.replaceChildren(...rows);
  }
}
