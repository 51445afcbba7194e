import { axisBottom, brushX, type ScaleLinear, type Selection, scaleLinear, select } from 'd3';
import { phaseColour } from '../../model/phase-colour.ts';
import { element } from './dom.ts';
import { type FlameData, firstAt } from './flame-data.ts';
import type { PhaseStretch } from './phases.ts';
import type { Store } from './store.ts';

const HEIGHT = 46;
/** Strip of phases below the density. */
const RIBBON = 8;
const AXIS = 18;
const BINS = 300;
/** More stretches than this are a texture, no ribbon. */
const MOST_STRETCHES = 400;

/** The one time axis of the page: sample density, and a brush that filters everything. Sticks to the top. */
export class TimeAxis {
  readonly root = element('div', {
    class: 'time-axis',
    role: 'group',
    'aria-label': 'Time axis: drag to select a range',
  });
  readonly #store: Store;
  readonly #stretches: readonly PhaseStretch[];
  readonly #ribbon: number;
  readonly #duration: number;
  readonly #density: Float64Array;
  #scale: ScaleLinear<number, number> = scaleLinear();
  #drawing = false;

  constructor(data: FlameData, store: Store, stretches: readonly PhaseStretch[]) {
    this.#store = store;
    this.#stretches = stretches;
    this.#ribbon = stretches.length > 1 && stretches.length <= MOST_STRETCHES ? RIBBON : 0;
    this.#duration = data.samples?.duration ?? 0;
    this.#density = densityOf(data, this.#duration);
    new ResizeObserver(() => this.#draw()).observe(this.root);
    store.subscribe((selection, before) => {
      if ((selection.range !== before.range || selection.phase !== before.phase) && !this.#drawing)
        this.#draw();
    });
    document.addEventListener('keydown', (event) => {
      if (
        event.key === 'Escape' &&
        (store.selection.range !== undefined || store.selection.phase !== undefined) &&
        !(event.target instanceof HTMLInputElement)
      ) {
        store.change({ range: undefined, phase: undefined }, true);
        this.#draw();
      }
    });
  }

  #draw(): void {
    const width = this.root.clientWidth;
    if (width === 0) return;
    this.#scale = scaleLinear([0, this.#duration], [0, width]);
    const svg = select<HTMLElement, unknown>(this.root)
      .selectAll<SVGSVGElement, unknown>('svg')
      .data<unknown>([0])
      .join('svg')
      .attr('width', width)
      .attr('height', HEIGHT + this.#ribbon + AXIS);
    svg.selectAll('*').remove();
    svg.append('path').attr('class', 'density').attr('d', this.#path(width));
    svg
      .append('g')
      .attr('transform', `translate(0,${HEIGHT + this.#ribbon})`)
      .call(
        axisBottom(this.#scale)
          .ticks(Math.max(2, Math.floor(width / 90)))
          .tickFormat((seconds) => `${seconds} s`),
      );
    if (this.#ribbon > 0) this.#drawPhases(svg);
    const brush = brushX<unknown>()
      .extent([
        [0, 0],
        [width, HEIGHT],
      ])
      .on(
        'brush end',
        (event: { selection: [number, number] | null; sourceEvent: Event | null; type: string }) => {
          if (event.sourceEvent === null) return;
          this.#drawing = true;
          this.#store.change(
            { range: this.#rangeOf(event.selection), zoom: undefined },
            event.type === 'end',
          );
          this.#drawing = false;
        },
      );
    const group = svg.append('g').attr('class', 'brush').call(brush);
    const { range } = this.#store.selection;
    if (range !== undefined) group.call(brush.move, [this.#scale(range[0]), this.#scale(range[1])]);
  }

  /** Phases below the density, in the colours of the report's ribbon; a click selects one, another click all again. */
  #drawPhases(svg: Selection<SVGSVGElement, unknown, HTMLElement, unknown>): void {
    const names = [...new Set(this.#stretches.map(({ phase }) => phase))];
    const chosen = this.#store.selection.phase;
    svg
      .append('g')
      .attr('class', 'phases')
      .selectAll('rect')
      .data(this.#stretches)
      .join('rect')
      .attr('class', ({ phase }) => phaseColour(names.indexOf(phase)))
      .classed('faint', ({ phase }) => chosen !== undefined && phase !== chosen)
      .attr('x', ({ from }) => this.#scale(from))
      .attr('y', HEIGHT)
      .attr('width', ({ from, to }) => Math.max(0.5, this.#scale(to) - this.#scale(from)))
      .attr('height', RIBBON)
      .on('click', (_, { phase }) =>
        this.#store.change({ phase: phase === chosen ? undefined : phase, zoom: undefined }, true),
      )
      .append('title')
      .text(({ phase }) => `phase ${phase}`);
  }

  #rangeOf(pixels: [number, number] | null): readonly [number, number] | undefined {
    if (pixels === null) return undefined;
    const [from, to] = pixels.map((x) => Math.round(this.#scale.invert(x) * 1000) / 1000) as [number, number];
    return to > from ? [Math.max(0, from), to] : undefined;
  }

  #path(width: number): string {
    const top = Math.max(...this.#density, Number.MIN_VALUE);
    const points = Array.from(this.#density, (value, i) => {
      const y = (HEIGHT - (value / top) * (HEIGHT - 4)).toFixed(1);
      return `L${((i / BINS) * width).toFixed(1)} ${y}L${(((i + 1) / BINS) * width).toFixed(1)} ${y}`;
    });
    return `M0 ${HEIGHT}${points.join('')}L${width} ${HEIGHT}Z`;
  }
}

/** Weight over time; of sleeps, whose weight is how long they last, their number where they begin. */
function densityOf({ samples, unit }: FlameData, duration: number): Float64Array {
  const density = new Float64Array(BINS);
  if (samples === undefined) return density;
  const counted = unit === 'task-s';
  for (let bin = 0; bin < BINS; bin++) {
    const edge = (i: number): number => firstAt(samples.time, (i / BINS) * duration * 1e6);
    const to = bin === BINS - 1 ? samples.time.length : edge(bin + 1);
    for (let i = edge(bin); i < to; i++)
      density[bin] = (density[bin] as number) + (counted ? 1 : (samples.weight[i] as number));
  }
  return density;
}
