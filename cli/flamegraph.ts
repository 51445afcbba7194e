import { Command, InvalidArgumentError, Option } from 'commander';
import { formatCount, formatValue } from '../model/units.ts';
import { type Colours, colourSchemes } from '../viz/svg/colours.ts';
import { renderFlameSvg } from '../viz/svg/render.ts';
import { defaultImportOptions } from '../workers/importers/importer.ts';
import type { TreeRequest, TreeResult } from '../workers/tree-task.ts';
import { writeOutput } from './output.ts';
import { inputsOf, jobsOption, type ReadOptions, requireSamples, withTrace } from './read-trace.ts';

interface FlamegraphOptions extends ReadOptions {
  readonly output: string;
  readonly title?: string;
  readonly event?: string;
  readonly reverse?: boolean;
  readonly icicle?: boolean;
  readonly colors: Colours;
  readonly minWidth: number;
  readonly width: number;
}

export function flamegraphCommand(): Command {
  return new Command('flamegraph')
    .summary('draw a standalone interactive SVG')
    .description(
      'Draws a flame graph as one SVG file that any browser opens offline: zoom, search, icicle, keys, links.',
    )
    .argument('[paths...]', 'captures: files, directories, tars, patterns, - for stdin')
    .option('-o, --output <file>', 'where to write (- for stdout)', 'flamegraph.svg')
    .option('--title <text>', 'title of the picture')
    .option('--event <name>', 'event to draw (default: the first in the capture)')
    .option('--reverse', 'merge stacks from their innermost frame: who calls the hot functions')
    .option('--icicle', 'callers on top')
    .addOption(new Option('--colors <scheme>', 'what colours tell').choices(colourSchemes).default('kind'))
    .addOption(pixels('--min-width <px>', 'leave out frames narrower than this', 0.1, 0))
    .addOption(pixels('--width <px>', 'width of the picture', 1200, 200))
    .addOption(jobsOption())
    .option('-q, --quiet', 'no progress bar, no warnings')
    .action(run);
}

async function run(paths: string[], options: FlamegraphOptions): Promise<void> {
  const result = await withTrace(
    inputsOf(paths),
    { ...defaultImportOptions, everyEvent: true },
    options,
    (trace, pool) => {
      requireSamples(trace);
      const request: TreeRequest = {
        trace,
        reverse: options.reverse ?? false,
        ...(options.event === undefined ? {} : { event: options.event }),
      };
      return pool.run<TreeResult>('tree-task', request, 'building the call tree');
    },
  );
  const { tree, event, unit, samples } = result;
  const total = tree.nodes.total[0] ?? 0;
  const amount = unit === 'samples' ? '' : ` · ${formatValue(total, unit)}`;
  await writeOutput(
    options.output,
    renderFlameSvg(tree, {
      title: options.title ?? `${options.reverse ? 'Callers of hot functions' : 'Flame graph'} by ${event}`,
      subtitle: `${formatCount(samples)} samples of ${event}${amount}`,
      unit,
      width: options.width,
      minWidth: options.minWidth,
      icicle: options.icicle ?? false,
      colours: options.colors,
    }),
  );
}

function pixels(flags: string, description: string, value: number, least: number): Option {
  return new Option(flags, description).default(value).argParser((text) => {
    const number = Number(text);
    if (!Number.isFinite(number) || number < least || number > 1e5) {
      throw new InvalidArgumentError(`expected a number of pixels from ${least} to 100000.`);
    }
    return number;
  });
}
