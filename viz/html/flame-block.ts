import type { CompareBlock, FlameBlock, SampleBlock } from '../../model/flame-block.ts';
import type { FlameComparison, FlameSection, SampleSeries } from '../../model/section.ts';
import { encodeNumbers, encodeText } from '../encode.ts';

/** The section as the page carries it. */
export function flameBlock({ id, title, event, unit, tree, samples, compare }: FlameSection): FlameBlock {
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
    ...(compare === undefined ? {} : { compare: compareBlock(compare) }),
  };
}

function compareBlock({ baseline, candidate, per, self, shown }: FlameComparison): CompareBlock {
  return {
    baseline,
    candidate,
    per,
    self: encodeNumbers(self),
    shown: encodeNumbers(shown.map((sign) => sign + 1)),
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
