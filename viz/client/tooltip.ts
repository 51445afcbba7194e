import { element } from './dom.ts';

/** One floating note for the whole page. Its lines are text, whatever names they hold. */
export class Tooltip {
  readonly #root = element('div', { class: 'tooltip', role: 'tooltip', hidden: true });

  constructor() {
    document.body.append(this.#root);
  }

  show([name = '', ...lines]: readonly string[], x: number, y: number): void {
    const shown = name.length > 300 ? `${name.slice(0, 200)}…${name.slice(-80)}` : name;
    this.#root.replaceChildren(
      element('b', {}, element('bdi', {}, shown)),
      ...lines.map((line) => element('p', {}, line)),
    );
    this.#root.hidden = false;
    const { offsetWidth, offsetHeight } = this.#root;
    const left = Math.min(x + 14, innerWidth - offsetWidth - 8);
    const top = y + 18 + offsetHeight > innerHeight ? y - offsetHeight - 10 : y + 18;
    this.#root.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
  }

  hide(): void {
    this.#root.hidden = true;
  }
}
