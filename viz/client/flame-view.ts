import type { Unit } from '../../model/units.ts';
import { formatShare, formatValue } from '../../model/units.ts';
import { changeLines } from './change-lines.ts';
import { announce, element, oncePerFrame } from './dom.ts';
import { boxAt, drawFlame, ROW, rowTop, type Window } from './flame-canvas.ts';
import { handleKey } from './flame-keys.ts';
import { palette } from './palette.ts';
import { isDark, onThemeChange } from './theme.ts';
import type { Tooltip } from './tooltip.ts';
import type { ViewState } from './view-state.ts';

const ZOOM_MS = 140;
const TALLEST = 560;

export interface FlameEvents {
  /** The user asks to zoom into a node; 0 = the whole. */
  zoom(node: number): void;
  /** The user picked a node's function; undefined = none. */
  pick(fn: string | undefined): void;
}

/** The flame graph: a canvas as large as what is visible, in a box that scrolls by rows. */
export class FlameView {
  readonly root: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  /** Milliseconds each of the last drawings took. */
  readonly frameTimes: number[] = [];
  icicle = true;
  #state: ViewState | undefined;
  #zoom = 0;
  #x: [number, number] = [0, 1];
  #focus = -1;
  readonly #scroller: HTMLElement;
  readonly #spacer: HTMLElement;
  readonly #events: FlameEvents;
  readonly #tooltip: Tooltip;
  readonly #schedule = oncePerFrame(() => this.#draw());

  constructor(events: FlameEvents, tooltip: Tooltip) {
    this.#events = events;
    this.#tooltip = tooltip;
    this.canvas = element('canvas', {
      tabindex: 0,
      role: 'application',
      'aria-label':
        'Flame graph. Arrow keys walk, Enter zooms, Escape zooms out. The call tree below holds the same as a table.',
    });
    this.#spacer = element('div', { class: 'spacer' });
    this.#scroller = element('div', { class: 'flame-scroll' }, this.canvas, this.#spacer);
    this.root = this.#scroller;
    this.#scroller.addEventListener('scroll', this.#schedule, { passive: true });
    new ResizeObserver(this.#schedule).observe(this.#scroller);
    onThemeChange(this.#schedule);
    this.#listen();
  }

  get focus(): number {
    return this.#focus;
  }

  get state(): ViewState | undefined {
    return this.#state;
  }

  /** Shows a new state, zoomed into `zoom`; animates when only the zoom changed. */
  show(state: ViewState, zoom: number): void {
    const sameLayout = this.#state?.layout === state.layout;
    this.#state = state;
    const moved = zoom !== this.#zoom;
    this.#zoom = zoom;
    if (!sameLayout) this.#focus = -1;
    const target = this.#extent(zoom);
    if (sameLayout && moved && !matchMedia('(prefers-reduced-motion: reduce)').matches) this.#animate(target);
    else {
      this.#x = target;
      this.#schedule();
    }
    const height = state.layout.rows * ROW;
    this.#scroller.style.height = `${Math.min(TALLEST, height + 2)}px`;
    this.#spacer.style.height = `${Math.max(0, height - Math.min(TALLEST, height))}px`;
    if (!sameLayout) this.#scroller.scrollTop = this.icicle ? 0 : height;
  }

  /** Puts the focus on a box, scrolls it into view and tells its name. */
  focusBox(box: number): void {
    const { layout } = this.#state ?? {};
    if (layout === undefined || box < 0) return;
    this.#focus = box;
    const y = rowTop(this.#rowOf(box), layout.rows, { icicle: this.icicle, top: 0 });
    if (y < this.#scroller.scrollTop) this.#scroller.scrollTop = y;
    const overflow = y + ROW - (this.#scroller.scrollTop + this.#scroller.clientHeight);
    if (overflow > 0) this.#scroller.scrollTop += overflow;
    announce(this.describe(box).join(', '));
    this.#schedule();
  }

  /** First box of a node in the current order, or −1. */
  boxOf(node: number): number {
    return this.#state?.layout.node.indexOf(node) ?? -1;
  }

  zoomTo(node: number): void {
    this.#events.zoom(node);
  }

  get zoomed(): number {
    return this.#zoom;
  }

  /** Name, module and kind, amounts and shares of a box. */
  describe(box: number): string[] {
    const state = this.#state;
    if (state === undefined) return [];
    const { data, layout, self, total } = state;
    const node = layout.node[box] as number;
    const fn = data.fn[node] as number;
    const unit = data.unit as Unit;
    const width = (layout.x1[box] as number) - (layout.x0[box] as number);
    const all = total[node] as number;
    const up = total[data.parent[node] as number] as number;
    const module = data.modules[data.module[fn] as number] ?? '';
    const kind = ['unknown', 'user', 'kernel', 'jit', 'inlined'][data.kind[fn] as number] ?? '';
    const what =
      (data.depth[node] as number) === 0
        ? 'everything'
        : (data.depth[node] as number) === 1
          ? 'process'
          : kind;
    const about = [data.names[fn] ?? '', module === '' ? what : `${what} · ${module}`];
    if (data.compare !== undefined) return [...about, ...changeLines(data, node)];
    return [
      ...about,
      `total ${formatValue(all, unit)} = ${formatShare(all / (total[0] || 1))}, of its caller ${formatShare(all / (up || 1))}`,
      `self ${formatValue(self[node] as number, unit)} = ${formatShare((self[node] as number) / (total[0] || 1))}`,
      ...(layout.order === 'time' ? [`this stretch ${formatValue(width, unit)}`] : []),
    ];
  }

  redraw(): void {
    this.#schedule();
  }

  #rowOf(box: number): number {
    return this.#state?.data.depth[this.#state.layout.node[box] as number] ?? 0;
  }

  #extent(node: number): [number, number] {
    const { layout } = this.#state ?? {};
    if (layout === undefined) return [0, 1];
    const box = node === 0 ? -1 : this.boxOf(node);
    return box < 0 ? [0, layout.whole || 1] : [layout.x0[box] as number, layout.x1[box] as number];
  }

  #animate(target: [number, number]): void {
    const from = this.#x;
    const start = performance.now();
    const step = (now: number): void => {
      const done = Math.min(1, Math.max(0, (now - start) / ZOOM_MS));
      const eased = 1 - (1 - done) ** 3;
      this.#x = [from[0] + (target[0] - from[0]) * eased, from[1] + (target[1] - from[1]) * eased];
      this.#draw();
      if (done < 1) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  #window(): Window {
    return {
      x0: this.#x[0],
      x1: this.#x[1],
      top: this.#scroller.scrollTop,
      width: this.#scroller.clientWidth,
      height: this.#scroller.clientHeight,
      icicle: this.icicle,
    };
  }

  #draw(): void {
    const state = this.#state;
    const view = this.#window();
    const context = this.canvas.getContext('2d', { alpha: false });
    if (state === undefined || context === null || view.width === 0) return;
    const started = performance.now();
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
      this.canvas.style.width = `${view.width}px`;
      this.canvas.style.height = `${view.height}px`;
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const zoomDepth = this.#zoom === 0 ? 0 : (state.data.depth[this.#zoom] as number);
    drawFlame(context, state, view, { focus: this.#focus, zoomDepth }, palette(isDark()));
    this.frameTimes.push(performance.now() - started);
    if (this.frameTimes.length > 500) this.frameTimes.shift();
  }

  #listen(): void {
    const { canvas } = this;
    const at = (event: MouseEvent): number =>
      this.#state === undefined
        ? -1
        : boxAt(this.#state.layout, this.#window(), event.offsetX, event.offsetY);
    canvas.addEventListener('mousemove', (event) => {
      const box = at(event);
      if (box !== this.#focus) {
        this.#focus = box;
        this.#schedule();
      }
      if (box < 0) this.#tooltip.hide();
      else this.#tooltip.show(this.describe(box), event.clientX, event.clientY);
    });
    canvas.addEventListener('mouseleave', () => this.#tooltip.hide());
    canvas.addEventListener('click', (event) => {
      const box = at(event);
      if (box >= 0) this.#events.zoom(this.#state?.layout.node[box] as number);
    });
    canvas.addEventListener('dblclick', () => this.#events.zoom(0));
    canvas.addEventListener('contextmenu', (event) => {
      const box = at(event);
      if (box < 0) return;
      event.preventDefault();
      const { data, layout } = this.#state as ViewState;
      const name = data.names[data.fn[layout.node[box] as number] as number];
      this.#events.pick(name);
    });
    canvas.addEventListener('keydown', (event) => {
      if (handleKey(this, event, (name) => this.#events.pick(name))) event.preventDefault();
    });
    canvas.addEventListener('focus', () => {
      if (this.#focus < 0 && (this.#state?.layout.node.length ?? 0) > 0)
        this.focusBox(Math.max(0, this.boxOf(this.#zoom)));
    });
  }
}
