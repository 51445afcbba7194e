import type { CompareBlock, FlameBlock, SampleBlock } from '../../model/flame-block.ts';
import { decodeNumbers, decodeText, type Numbers } from './decode.ts';
import type { Range } from './phases.ts';

/** A call tree in typed arrays, in pre-order; node 0 is the root. */
export interface FlameData {
  readonly id: string;
  readonly title: string;
  readonly event: string;
  readonly unit: string;
  readonly names: readonly string[];
  readonly modules: readonly string[];
  /** Per function: index into `modules`, index into frameKinds. */
  readonly module: Numbers;
  readonly kind: Numbers;
  /** Per node. */
  readonly depth: Numbers;
  readonly fn: Numbers;
  readonly self: Numbers;
  readonly parent: Uint32Array;
  /** Node after the last of the subtree. */
  readonly end: Uint32Array;
  readonly samples: Samples | undefined;
  readonly compare?: Comparison | undefined;
}

/** The other side of a differential flame graph: `self` of the data is the candidate's. */
export interface Comparison {
  readonly baseline: string;
  readonly candidate: string;
  readonly per: string;
  /** Per node: the baseline's self, both totals, and 0 less, 1 noise, 2 more. */
  readonly selfBefore: Numbers;
  readonly totalBefore: Float64Array;
  readonly totalAfter: Float64Array;
  readonly shown: Numbers;
  /** Largest change of a node that is shown; 0 = none is. */
  readonly largest: number;
}

/** Whose cost the widths are of: a frame that is gone has none of the candidate's. */
export type Widths = 'candidate' | 'baseline' | 'both';

export interface Samples {
  /** Seconds. */
  readonly duration: number;
  readonly every: number;
  readonly threads: readonly string[];
  /** Microseconds from the start, ascending. */
  readonly time: Numbers;
  readonly node: Numbers;
  readonly thread: Numbers;
  /** One per sample. */
  readonly weight: Float64Array;
}

export async function loadFlame(block: FlameBlock): Promise<FlameData> {
  const [strings, module, kind, depth, fn, self, samples, compare] = await Promise.all([
    decodeText(block.strings).then((text) => JSON.parse(text) as { name: string[]; modules: string[] }),
    decodeNumbers(block.module),
    decodeNumbers(block.kind),
    decodeNumbers(block.depth),
    decodeNumbers(block.function),
    decodeNumbers(block.self),
    block.samples === undefined ? undefined : loadSamples(block.samples),
    block.compare === undefined ? undefined : loadComparison(block.compare),
  ]);
  const { id, title, event, unit } = block;
  const form = shape(depth);
  return {
    id,
    title,
    event,
    unit,
    names: strings.name,
    modules: strings.modules,
    module,
    kind,
    depth,
    fn,
    self,
    samples,
    compare: block.compare && compare && weigh(block.compare, compare, self, form.parent),
    ...form,
  };
}

async function loadComparison(block: CompareBlock): Promise<readonly [Numbers, Numbers]> {
  return [await decodeNumbers(block.self), await decodeNumbers(block.shown)];
}

function weigh(
  { baseline, candidate, per }: CompareBlock,
  [selfBefore, shown]: readonly [Numbers, Numbers],
  self: Numbers,
  parent: Uint32Array,
): Comparison {
  const totalBefore = totalsOf(selfBefore, parent);
  const totalAfter = totalsOf(self, parent);
  let largest = 0;
  for (let node = 0; node < shown.length; node++) {
    const change = Math.abs((totalAfter[node] as number) - (totalBefore[node] as number));
    if (shown[node] !== 1 && change > largest) largest = change;
  }
  return { baseline, candidate, per, selfBefore, totalBefore, totalAfter, shown, largest };
}

/** Self weights whose sums are the widths asked for. */
export function widthsOf(
  { self, compare }: Pick<FlameData, 'self' | 'compare'>,
  widths: Widths,
): ArrayLike<number> {
  if (compare === undefined || widths === 'candidate') return self;
  if (widths === 'baseline') return compare.selfBefore;
  const mean = new Float64Array(self);
  for (let node = 0; node < mean.length; node++)
    mean[node] = ((mean[node] as number) + (compare.selfBefore[node] as number)) / 2;
  return mean;
}

async function loadSamples(block: SampleBlock): Promise<Samples> {
  const [threads, time, node, thread, weights] = await Promise.all([
    decodeText(block.threads).then((text) => JSON.parse(text) as string[]),
    decodeNumbers(block.time),
    decodeNumbers(block.node),
    decodeNumbers(block.thread),
    decodeNumbers(block.weight),
  ]);
  const weight = new Float64Array(time.length);
  if (weights.length === 1) weight.fill(weights[0] as number);
  else weight.set(weights);
  return { duration: block.duration, every: block.every, threads, time, node, thread, weight };
}

/** Parents and subtree ends of a tree given by the depths of its nodes in pre-order. */
export function shape(depth: ArrayLike<number>): { parent: Uint32Array; end: Uint32Array } {
  const parent = new Uint32Array(depth.length);
  const end = new Uint32Array(depth.length);
  const open: number[] = [];
  for (let node = 0; node < depth.length; node++) {
    while (open.length > (depth[node] as number)) end[open.pop() as number] = node;
    parent[node] = open.at(-1) ?? 0;
    open.push(node);
  }
  for (const node of open) end[node] = depth.length;
  return { parent, end };
}

/** Self weights of the samples in these ranges of time of one thread (−1 = all); undefined when nothing is filtered. */
export function filteredSelf(
  { samples, depth }: Pick<FlameData, 'samples' | 'depth'>,
  ranges: readonly Range[] | undefined,
  thread: number,
): Float64Array | undefined {
  if (samples === undefined || (ranges === undefined && thread < 0)) return undefined;
  const self = new Float64Array(depth.length);
  const { time, node, weight, thread: threads } = samples;
  for (const [from, to] of sampleRanges(time, ranges)) {
    for (let i = from; i < to; i++) {
      if (thread >= 0 && threads[i] !== thread) continue;
      const at = node[i] as number;
      self[at] = (self[at] as number) + (weight[i] as number);
    }
  }
  return self;
}

/** Indices [from, to) of the samples in these ranges of time; undefined = all of them. */
export function sampleRanges(
  time: Numbers,
  ranges: readonly Range[] | undefined,
): (readonly [number, number])[] {
  if (ranges === undefined) return [[0, time.length]];
  return ranges.map(([from, to]) => [firstAt(time, from * 1e6), firstAt(time, to * 1e6)] as const);
}

/** Self weights summed up over subtrees. */
export function totalsOf(self: ArrayLike<number>, parent: Uint32Array): Float64Array {
  const total = new Float64Array(self);
  for (let node = total.length - 1; node > 0; node--) {
    const up = parent[node] as number;
    total[up] = (total[up] as number) + (total[node] as number);
  }
  return total;
}

/** Index of the first value at or above `wanted` in ascending numbers. */
export function firstAt(values: ArrayLike<number>, wanted: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
