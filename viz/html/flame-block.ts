import type { FlameSection, SampleSeries } from '../../model/section.ts';
import { encodeNumbers, encodeText } from '../encode.ts';

/** A flame section as the page carries it: strings and numbers deflated; viz/client/flame-data.ts reads it. */
export interface FlameBlock {
  readonly id: string;
  readonly title: string;
  readonly event: string;
  readonly unit: string;
  /** Deflated JSON: `{name: string[], modules: string[]}`. */
  readonly strings: string;
  readonly module: string;
  readonly kind: string;
  readonly depth: string;
  readonly function: string;
  readonly self: string;
  readonly samples?: SampleBlock;
}

export interface SampleBlock {
  readonly start: number;
  readonly duration: number;
  readonly every: number;
  /** Deflated JSON: string[]. */
  readonly threads: string;
  readonly time: string;
  readonly node: string;
  readonly thread: string;
  readonly weight: string;
}

/** Totals are left out: they are sums of self, and the page makes them anew for every selection. */
export function flameBlock({ id, title, event, unit, tree, samples }: FlameSection): FlameBlock {
  const { functions, modules, nodes } = tree;
  return {
    id,
    title,
    event,
    unit,
    strings: encodeText(JSON.stringify({ name: functions.name, modules })),
    module: encodeNumbers(functions.module),
    kind: encodeNumbers(functions.kind),
    depth: encodeNumbers(nodes.depth),
    function: encodeNumbers(nodes.function),
    self: encodeNumbers(nodes.self),
    ...(samples === undefined ? {} : { samples: sampleBlock(samples) }),
  };
}

function sampleBlock(samples: SampleSeries): SampleBlock {
  return {
    start: samples.start,
    duration: samples.duration,
    every: samples.every,
    threads: encodeText(JSON.stringify(samples.threads)),
    time: encodeNumbers(samples.time),
    node: encodeNumbers(samples.node),
    thread: encodeNumbers(samples.thread),
    weight: encodeNumbers(samples.weight),
  };
}
