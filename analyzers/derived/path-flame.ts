import type { FlameSection, SampleSeries } from '../../model/section.ts';
import { decodeString } from '../../model/strings.ts';
import { frameKindId, NO_CPU } from '../../model/tables.ts';
import { stableOrder } from '../../model/time-order.ts';
import type { Unit } from '../../model/units.ts';
import type { Context } from '../context.ts';
import { functions } from './functions.ts';
import { pruneTree } from './prune-tree.ts';
import { traceSpan } from './trace-span.ts';
import { TreeNodes } from './tree-nodes.ts';

/** Nodes and rows one such flame graph ships. */
const MOST_NODES = 6000;
const MOST_ROWS = 30_000;
/** Steps of time rows are gathered into when there are more. */
const BINS = 400;
/** Innermost frames that say no more than that a thread slept. */
const schedulerFrame =
  /^(?:__schedule|schedule|preempt_schedule\w*|__cond_resched|__traceiter_\w+|perf_trace_\w+|perf_tp_event|trace_event_\w+|__bpf_trace_\w+|bpf_prog_\w+|bpf_trace_run\w*)$/;

/** Rows as they are added, or, when they become many, gathered by step of time, thread and node. */
interface Rows {
  readonly time: number[];
  readonly node: number[];
  /** Index into the thread labels. */
  readonly thread: number[];
  readonly cpu: number[];
  readonly weight: number[];
}

/**
 * A flame graph whose frames are words first (a state, a reason, a name) and then a call path:
 * time off the CPU, time in D, parts of a load. Frames of the scheduler itself are left out.
 */
export class PathFlame {
  readonly #context: Context;
  readonly #words = new Map<string, number>();
  readonly #nodes = new TreeNodes();
  readonly #stackNodes = new Map<number, number>();
  readonly #bare = new Map<number, number>();
  #rows: Rows = { time: [], node: [], thread: [], cpu: [], weight: [] };
  readonly #threads = new Map<string, number>();
  /** Row of each step, thread and node, once rows are gathered. */
  #gathered: Map<number, number> | undefined;
  #untimed = false;

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
    for (const word of words) node = this.#nodes.child(node, this.#word(word));
    node = this.#stackNode(node, this.#withoutScheduler(stack));
    this.#record(time, node, weight, thread, cpu);
  }

  #record(time: number, node: number, weight: number, thread: string, cpu: number): void {
    this.#nodes.add(node, weight);
    let label = this.#threads.get(thread);
    if (label === undefined) {
      label = this.#threads.size;
      this.#threads.set(thread, label);
    }
    if (Number.isNaN(time)) this.#untimed = true;
    if (this.#gathered === undefined && this.#rows.time.length >= MOST_ROWS) this.#gather();
    this.#put(time, node, label, cpu, weight);
  }

  #put(time: number, node: number, thread: number, cpu: number, weight: number): void {
    const rows = this.#rows;
    let at = time;
    if (this.#gathered !== undefined) {
      const { start, end } = this.#context.derive(traceSpan);
      const step = (end - start) / BINS || 1;
      const bin = Math.floor((time - start) / step);
      const key = (bin * 2 ** 20 + thread) * 2 ** 22 + node;
      const known = this.#gathered.get(key);
      if (known !== undefined) {
        rows.weight[known] = (rows.weight[known] as number) + weight;
        return;
      }
      this.#gathered.set(key, rows.time.length);
      at = start + (bin + 0.5) * step;
    }
    rows.time.push(at);
    rows.node.push(node);
    rows.thread.push(thread);
    rows.cpu.push(cpu);
    rows.weight.push(weight);
  }

  /** From here on rows of one node and thread within a step of time are one, so no weight is lost. */
  #gather(): void {
    const before = this.#rows;
    this.#rows = { time: [], node: [], thread: [], cpu: [], weight: [] };
    this.#gathered = new Map();
    before.time.forEach((time, row) => {
      const { node, thread, cpu, weight } = before;
      this.#put(time, node[row] as number, thread[row] as number, cpu[row] as number, weight[row] as number);
    });
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
    for (const word of words) node = this.#nodes.child(node, this.#word(word));
    for (const frame of frames) node = this.#nodes.child(node, 1 + (ofFrame[frame] as number));
    for (const word of last) node = this.#nodes.child(node, this.#word(word));
    this.#record(time, node, weight, thread, cpu);
  }

  get isEmpty(): boolean {
    return this.#rows.time.length === 0;
  }

  section(about: { id: string; title: string; event: string; unit: Unit; note?: string }): FlameSection {
    const { rows } = this.#context.derive(functions);
    const { tree, outputOf } = pruneTree(
      {
        ...this.#nodes.columns(),
        functions: [
          { name: 'all', module: '', kind: frameKindId.unknown },
          ...rows.map(({ name, module, kind }) => ({ name, module, kind: frameKindId[kind] })),
          ...[...this.#words.keys()].map((name) => ({ name, module: '', kind: frameKindId.unknown })),
        ],
      },
      MOST_NODES,
    );
    // Without times there is no order to draw and no range to select.
    const samples = this.#untimed ? {} : { samples: this.#series(outputOf) };
    return { kind: 'flame', ...about, tree, ...samples };
  }

  #series(outputOf: Uint32Array): SampleSeries {
    const { start, duration } = this.#context.derive(traceSpan);
    const { time, node, thread, cpu, weight } = this.#rows;
    const order = stableOrder(Float64Array.from(time));
    const inOrder = (values: readonly number[]): number[] =>
      Array.from(order, (row) => values[row] as number);
    return {
      start: start / 1e9,
      duration,
      time: inOrder(time).map((at) => Math.max(0, Math.round((at - start) / 1e3))),
      node: inOrder(node).map((id) => outputOf[id] as number),
      thread: inOrder(thread),
      cpu: inOrder(cpu),
      weight: inOrder(weight),
      threads: [...this.#threads.keys()],
      every: 1,
    };
  }

  #word(text: string): number {
    let id = this.#words.get(text);
    if (id === undefined) {
      id = 1 + this.#context.derive(functions).rows.length + this.#words.size;
      this.#words.set(text, id);
    }
    return id;
  }

  /** Node of a stack below a node. Call paths may be deeper than the runtime's own stack. */
  #stackNode(below: number, stack: number): number {
    const { parent, frame } = this.#context.trace.tables.stacks.columns;
    const { ofFrame } = this.#context.derive(functions);
    const path: number[] = [];
    let node = below;
    for (let at = stack; at !== 0; at = parent[at] as number) {
      const known = this.#stackNodes.get(below * 2 ** 26 + at);
      if (known !== undefined) {
        node = known;
        break;
      }
      path.push(at);
    }
    for (let i = path.length - 1; i >= 0; i--) {
      const at = path[i] as number;
      node = this.#nodes.child(node, 1 + (ofFrame[frame[at] as number] as number));
      this.#stackNodes.set(below * 2 ** 26 + at, node);
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
}
