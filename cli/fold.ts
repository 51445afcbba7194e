import { Command, Option } from 'commander';
import { Problem } from '../model/problem.ts';
import type { Trace } from '../model/trace.ts';
import { type FoldedStacks, foldedLines, foldTrace } from '../workers/exporters/fold.ts';
import { diffLines } from '../workers/exporters/fold-diff.ts';
import { resolveInlined } from '../workers/exporters/inline.ts';
import type { ImportOptions, PerfDialect } from '../workers/importers/importer.ts';
import { writeOutput } from './output.ts';
import { inputsOf, jobsOption, type ReadOptions, requireSamples, withTrace } from './read-trace.ts';

interface FoldCommandOptions extends ReadOptions {
  pid?: boolean;
  tid?: boolean;
  kernel?: boolean;
  jit?: boolean;
  all?: boolean;
  addrs?: boolean;
  inline?: boolean;
  event?: string;
  eventFilter?: string;
  compat?: Exclude<PerfDialect, 'vtune'>;
  weight: string;
  diff?: boolean;
  normalize?: boolean;
  stripHex?: boolean;
  output: string;
}

export function foldCommand(): Command {
  return new Command('fold')
    .summary('print folded stacks: comm;outer;inner weight')
    .description(
      'Prints folded stacks, a drop-in for the usual collapse scripts. Reads stdin without a PATH.',
    )
    .argument('[paths...]', 'captures: files, directories, tars, patterns, - for stdin')
    .option('--pid', 'show the process id with the process name')
    .option('--tid', 'show process and thread id with the process name')
    .option('--kernel', 'mark kernel functions with _[k]')
    .option('--jit', 'mark functions compiled at run time with _[j]')
    .option('--all', 'all marks: --kernel and --jit')
    .option('--addrs', 'show the address of frames without a symbol')
    .option('--inline', 'mark inlined functions with _[i], and look up those perf did not print')
    .option('--event <name>', 'event to fold (default: the first in the capture)')
    .option('--event-filter <name>', 'the same as --event')
    .addOption(
      new Option('--compat <script>', 'agree with a collapse script to the letter').choices([
        'flamegraph',
        'inferno',
      ]),
    )
    .option(
      '--weight <what>',
      'period, samples, or the name of a tracepoint field such as bytes_alloc',
      'period',
    )
    .option('--diff', 'two columns, before and after, for exactly two PATHs')
    .option('-n, --normalize', 'with --diff: scale before to the total of after')
    .option('-s, --strip-hex', 'with --diff: treat all 0x… numbers as equal')
    .option('-o, --output <file>', 'where to write', '-')
    .addOption(jobsOption())
    .option('-q, --quiet', 'no progress bar, no warnings')
    .action(run);
}

async function run(paths: string[], options: FoldCommandOptions): Promise<void> {
  const inputs = inputsOf(paths);
  if (!options.diff) {
    await writeOutput(options.output, foldedLines(await fold(inputs, options)), 'latin1');
    return;
  }
  const [before, after, ...more] = inputs;
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Problem({
      code: 'usage',
      message: `--diff needs two inputs, got ${inputs.length}`,
      hint: 'vtune fold --diff before.txt after.txt',
    });
  }
  const [first, second] = [await fold([before], options), await fold([after], options)];
  const { normalize = false, stripHex = false } = options;
  await writeOutput(options.output, diffLines(first, second, { normalize, stripHex }), 'latin1');
}

async function fold(paths: readonly string[], options: FoldCommandOptions): Promise<FoldedStacks> {
  const dialect = options.compat ?? 'vtune';
  const event = options.event ?? options.eventFilter;
  const imports: ImportOptions = {
    dialect,
    addresses: Boolean(options.addrs || options.inline),
    everyEvent: true,
    weight:
      options.weight === 'period' || options.weight === 'samples'
        ? options.weight
        : { field: options.weight },
  };
  return withTrace(paths, imports, options, async (read) => {
    // The collapse scripts print nothing and succeed; a user of ours is told.
    if (dialect === 'vtune') requireSamples(read);
    const trace = options.inline ? await resolveInlined(read) : read;
    return foldTrace(trace, {
      dialect: isFolded(trace) ? 'verbatim' : dialect,
      pid: Boolean(options.pid),
      tid: Boolean(options.tid),
      kernel: Boolean(options.kernel || options.all),
      jit: Boolean(options.jit || options.all),
      inline: Boolean(options.inline),
      addrs: Boolean(options.addrs),
      ...(event === undefined ? {} : { event }),
    });
  });
}

/** Stacks that were folded before are not folded again: their names stay as they are. */
function isFolded(trace: Trace): boolean {
  return trace.imports.every(({ importer }) => importer === 'folded');
}
