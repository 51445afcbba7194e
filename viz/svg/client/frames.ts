import type { State } from './state.ts';
import { svgRoot } from './svg.ts';

const PAD = 10;
const CHARACTER = 6.6;
/** Shares differ by rounding to seven digits. */
const SLACK = 1e-6;

/** The drawn frames, in pre-order, with their places as shares of the whole. */
export class Frames {
  readonly #groups = [...document.querySelectorAll<SVGGElement>('#frames>g')];
  readonly #x: number[];
  readonly #w: number[];
  readonly #depth: number[];
  readonly #names: string[];
  /** What stands on each frame: its name, in a differential picture with its change. */
  readonly #labels: string[];
  readonly #rows = Number(svgRoot().dataset.rows);
  readonly #row = Number(svgRoot().dataset.row);
  readonly #head = Number(svgRoot().dataset.head);

  constructor() {
    const places = this.#groups.map(({ dataset }) => (dataset.f ?? '').split(' ').map(Number));
    this.#x = places.map(([x = 0]) => x);
    this.#w = places.map(([, w = 0]) => w);
    this.#depth = places.map(([, , depth = 0]) => depth);
    this.#names = this.#groups.map((group) =>
      (group.firstChild?.textContent ?? '').replace(/ \([^()]*\)[^()]*$/, ''),
    );
    this.#labels = this.#names.map((name, index) => `${name}${this.#groups[index]?.dataset.change ?? ''}`);
    this.#groups.forEach((group, index) => {
      group.dataset.i = String(index);
    });
  }

  indexOf(target: Element): number {
    const group = target.closest?.('#frames>g');
    return group instanceof SVGGElement ? Number(group.dataset.i) : -1;
  }

  title(index: number): string {
    return this.#groups[index]?.firstChild?.textContent ?? ' ';
  }

  /** The title, and the share of the frame zoomed into. */
  details(index: number, zoom: number): string {
    if (zoom === 0) return this.title(index);
    const share = (this.#w[index] as number) / (this.#w[zoom] as number);
    return share > 1
      ? this.title(index)
      : `${this.title(index)} · ${(share * 100).toFixed(2)} % of the zoomed frame`;
  }

  /** Places every frame for a zoom and a direction, and marks matches. */
  draw({ zoom, query, ignoreCase, icicle }: State): void {
    const at = zoom < this.#groups.length ? zoom : 0;
    const [x0, w0, d0] = [this.#x[at] as number, this.#w[at] as number, this.#depth[at] as number];
    const inner = svgRoot().viewBox.baseVal.width - 2 * PAD;
    const pattern = query === '' ? undefined : compile(query, ignoreCase);
    this.#groups.forEach((group, i) => {
      const [x, w, d] = [this.#x[i] as number, this.#w[i] as number, this.#depth[i] as number];
      const caller = d < d0 && x <= x0 + SLACK && x + w >= x0 + w0 - SLACK;
      const inside = d >= d0 && x >= x0 - SLACK && x + w <= x0 + w0 + SLACK;
      group.style.display = caller || inside ? '' : 'none';
      if (!caller && !inside) return;
      const left = caller ? 0 : (x - x0) / w0;
      const width = caller ? 1 : Math.min(1, w / w0);
      const found = pattern?.test(this.#names[i] as string) ?? false;
      group.setAttribute(
        'class',
        `${caller ? 'caller ' : ''}${found ? 'found' : pattern === undefined ? '' : 'pale'}`,
      );
      this.#place(
        group,
        PAD + left * inner,
        this.#head + (icicle ? d : this.#rows - 1 - d) * this.#row,
        width * inner,
        this.#labels[i] as string,
      );
    });
  }

  /** Share of the whole in matching frames, those inside a match not counted again; undefined for a bad pattern. */
  search(query: string, ignoreCase: boolean): { share: number; places: number } | undefined {
    const pattern = compile(query, ignoreCase);
    if (pattern === undefined) return undefined;
    let [share, places, until] = [0, 0, -1];
    this.#groups.forEach((_, i) => {
      const [x, w] = [this.#x[i] as number, this.#w[i] as number];
      if (i === 0 || x + SLACK / 2 < until || !pattern.test(this.#names[i] as string)) return;
      share += w;
      places++;
      until = x + w;
    });
    return { share, places };
  }

  focus(index: number): void {
    document.querySelector('#frames>g.focus')?.classList.remove('focus');
    this.#groups[index]?.classList.add('focus');
  }

  caller(index: number): number {
    for (let i = index - 1; i > 0; i--)
      if ((this.#depth[i] as number) === (this.#depth[index] as number) - 1) return i;
    return 0;
  }

  neighbour(index: number, key: string, icicle: boolean): number {
    const depth = this.#depth[index] as number;
    const away = icicle ? 'ArrowDown' : 'ArrowUp';
    if (key === 'ArrowLeft' || key === 'ArrowRight') {
      const step = key === 'ArrowLeft' ? -1 : 1;
      for (let i = index + step; i > 0 && i < this.#groups.length; i += step)
        if (this.#depth[i] === depth) return i;
      return index;
    }
    if (key !== away) return this.caller(index);
    let best = index;
    for (let i = index + 1; i < this.#groups.length && (this.#depth[i] as number) > depth; i++) {
      if (
        this.#depth[i] === depth + 1 &&
        (best === index || (this.#w[i] as number) > (this.#w[best] as number))
      )
        best = i;
    }
    return best;
  }

  #place(group: SVGGElement, x: number, y: number, width: number, label: string): void {
    const rect = group.querySelector('rect');
    rect?.setAttribute('x', x.toFixed(2));
    rect?.setAttribute('y', String(y));
    rect?.setAttribute('width', Math.max(0.1, width).toFixed(2));
    const most = Math.floor((width - 4) / CHARACTER);
    let text = group.querySelector('text');
    if (most < 3) {
      text?.remove();
      return;
    }
    if (text === null) {
      text = document.createElementNS('http://www.w3.org/2000/svg', 'text');
      group.append(text);
    }
    text.setAttribute('x', (x + 3).toFixed(2));
    text.setAttribute('y', String(y + 11.5));
    text.textContent = label.length <= most ? label : `${label.slice(0, most - 1)}…`;
  }
}

function compile(query: string, ignoreCase: boolean): RegExp | undefined {
  try {
    return new RegExp(query, ignoreCase ? 'i' : '');
  } catch {
    return undefined;
  }
}
