import type { FlameSection, SampleSeries } from '../../model/section.ts';
import { decodeString } from '../../model/strings.ts';
import { frameKindId, NO_CPU } from '../../model/tables.ts';
import type { Unit } from '../../model/units.ts';
import type { Context } from '../context.ts';
import { functions } from './functions.ts';
import { pruneTree } from './prune-tree.ts';
import { traceSpan } from './trace-span.ts';

/** Nodes and rows one such flame graph ships. */
const MOST_NODES = 6000;
const MOST_ROWS = 30_000;
/** Steps of time rows are gathered into when there are more. */
const BINS = 400;
/** Innermost frames that say no more than that a thread slept. */
const schedulerFrame =
  /^(?:__schedule|schedule|preempt_schedule\w*|__cond_resched|__traceiter_\w+|perf_trace_\w+|perf_tp_event|trace_event_\w+|__bpf_trace_\w+|bpf_prog_\w+|bpf_trace_run\w*)$/;

interface Row {
  readonly time: number;
  readonly node: number;
  readonly thread: string;
  readonly cpu: number;
  weight: number;
}

/**
 * A flame graph whose frames are words first (a state, a reason, a name) and then a call path:
 * time off the CPU, time in D, parts of a load. Frames of the scheduler itself are left out.
 */
export class PathFlame {
  readonly #context: Context;
  readonly #words = new Map<string, number>();
  readonly #parent: number[] = [0];
  readonly #function: number[] = [0];
  readonly #self: number[] = [0];
  readonly #children = new Map<number, number>();
  readonly #stackNodes = new Map<number, number>();
  readonly #bare = new Map<number, number>();
  #rows: Row[] = [];

  constructor(context: Context) {
    this.#context = context;
  }

  /** `time` is ns; `words` outermost first; `weight` in the unit of the section. */
  add(
    time: number,
    words: readonly string[],
    stack: number,
    weight: number,
    thread: string,
    cpu: number = NO_CPU,
  ): void {
    let node = 0;
    for (const word of words) node = this.#child(node, this.#word(word));
    node = this.#stackNode(node, this.#withoutScheduler(stack));
    this.#record(time, node, weight, thread, cpu);
  }

  #record(time: number, node: number, weight: number, thread: string, cpu: number): void {
    this.#self[node] = (this.#self[node] as number) + weight;
    this.#rows.push({ time, node, thread, cpu, weight });
    if (this.#rows.length > MOST_ROWS * 8) this.#rows = this.#gather();
  }

  /** The same with a call path given as frames, outermost first, and words at its end. */
  addFrames(
    time: number,
    words: readonly string[],
    frames: readonly number[],
    last: readonly string[],
    weight: number,
    thread: string,
    cpu: number,
  ): void {
    const { ofFrame } = this.#context.derive(functions);
    let node = 0;
    for (const word of words) node = this.#child(node, this.#word(word));
    for (const frame of frames) node = this.#child(node, 1 + (ofFrame[frame] as number));
    for (const word of last) node = this.#child(node, this.#word(word));
    this.#record(time, node, weight, thread, cpu);
  }

  get isEmpty(): boolean {
    return this.#rows.length === 0;
  }

  section(about: { id: string; title: string; event: string; unit: Unit; note?: string }): FlameSection {
    const { rows } = this.#context.derive(functions);
    const { tree, outputOf } = pruneTree(
      {
        parent: Uint32Array.from(this.#parent),
        function: Uint32Array.from(this.#function),
        self: Float64Array.from(this.#self),
        functions: [
          { name: 'all', module: '', kind: frameKindId.unknown },
          ...rows.map(({ name, module, kind }) => ({ name, module, kind: frameKindId[kind] })),
          ...[...this.#words.keys()].map((name) => ({ name, module: '', kind: frameKindId.unknown })),
        ],
      },
      MOST_NODES,
    );
    // Without times there is no order to draw and no range to select.
    const timed = this.#rows.every(({ time }) => !Number.isNaN(time));
    return { kind: 'flame', ...about, tree, ...(timed ? { samples: this.#series(outputOf) } : {}) };
  }

  #series(outputOf: Uint32Array): SampleSeries {
    const { start, duration } = this.#context.derive(traceSpan);
    const rows = this.#rows.length > MOST_ROWS ? this.#gather() : this.#rows;
    rows.sort((a, b) => a.time - b.time);
    const labels = new Map<string, number>();
    const thread = rows.map((row) => {
      const known = labels.get(row.thread) ?? labels.size;
      labels.set(row.thread, known);
      return known;
    });
    return {
      start: start / 1e9,
      duration,
      time: rows.map(({ time }) => Math.max(0, Math.round((time - start) / 1e3))),
      node: rows.map(({ node }) => outputOf[node] as number),
      thread,
      cpu: rows.map(({ cpu }) => cpu),
      weight: rows.map(({ weight }) => weight),
      threads: [...labels.keys()],
      every: 1,
    };
  }

  /** Rows of one node and thread within a step of time become one, so no weight is lost. */
  #gather(): Row[] {
    const { start, end } = this.#context.derive(traceSpan);
    const step = (end - start) / BINS || 1;
    const gathered = new Map<string, Row>();
    for (const row of this.#rows) {
      const bin = Math.floor((row.time - start) / step);
      const key = `${bin} ${row.node} ${row.thread}`;
      const known = gathered.get(key);
      if (known === undefined) gathered.set(key, { ...row, time: start + (bin + 0.5) * step });
      else known.weight += row.weight;
    }
    return [...gathered.values()];
  }

  #word(text: string): number {
    let id = this.#words.get(text);
    if (id === undefined) {
      id = 1 + this.#context.derive(functions).rows.length + this.#words.size;
      this.#words.set(text, id);
    }
    return id;
  }

  /** Node of a stack below a node. */
  #stackNode(below: number, stack: number): number {
    if (stack === 0) return below;
    const key = below * 2 ** 26 + stack;
    let node = this.#stackNodes.get(key);
    if (node === undefined) {
      const { parent, frame } = this.#context.trace.tables.stacks.columns;
      const { ofFrame } = this.#context.derive(functions);
      const up = this.#stackNode(below, parent[stack] as number);
      node = this.#child(up, 1 + (ofFrame[frame[stack] as number] as number));
      this.#stackNodes.set(key, node);
    }
    return node;
  }

  /** Caller at which the scheduler's own frames begin. */
  #withoutScheduler(stack: number): number {
    let bare = this.#bare.get(stack);
    if (bare === undefined) {
      const { stacks, frames } = this.#context.trace.tables;
      bare = stack;
      while (bare !== 0) {
        const name = frames.columns.name[stacks.columns.frame[bare] as number] as number;
        if (!schedulerFrame.test(decodeString(this.#context.trace.strings, name))) break;
        bare = stacks.columns.parent[bare] as number;
      }
      this.#bare.set(stack, bare);
    }
    return bare;
  }

  #child(parent: number, fn: number): number {
    const key = parent * 2 ** 26 + fn;
    let node = this.#children.get(key);
    if (node === undefined) {
      node = this.#parent.length;
      this.#parent.push(parent);
      this.#function.push(fn);
      this.#self.push(0);
      this.#children.set(key, node);
    }
    return node;
  }
}
