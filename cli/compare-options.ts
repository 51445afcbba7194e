import { Command, InvalidArgumentError, Option } from 'commander';
import { type WidthChoice, widthChoices } from '../viz/svg/comparison.ts';
import { jobsOption, type ReadOptions } from './read-trace.ts';

export interface CompareCliOptions extends ReadOptions {
  readonly baseline?: string[];
  readonly candidate?: string[];
  readonly group?: string[][];
  readonly groupBy?: string;
  readonly history?: string[];
  readonly order?: 'time' | 'name';
  readonly per?: string;
  readonly event?: string;
  readonly metric?: string[];
  readonly level?: number;
  readonly spreadFrom?: string;
  readonly minEffect?: number;
  readonly minFunctionEffect?: number;
  readonly minFunctionPoints?: number;
  readonly budget?: string;
  readonly failOn?: 'regression' | 'inconclusive' | 'never';
  readonly output?: string;
  readonly json?: string;
  readonly markdown?: string;
  readonly junit?: string;
  readonly github?: boolean;
  readonly sarif?: string;
  readonly svg?: string;
  readonly widths?: WidthChoice;
  readonly folded?: string;
  readonly pprof?: string;
}

/** The command without what it does. */
export function compareOptions(): Command {
  return new Command('compare')
    .summary('hold runs against each other: a gate for CI, or settings side by side')
    .description(
      'Compares runs, function by function and metric by metric, and says what differs, how sure that is, and what would settle what is not.',
    )
    .option(
      '--baseline <paths...>',
      'runs to compare with: dumps, directories of runs, saved runs (.vtune) or report.json',
    )
    .option('--candidate <paths...>', 'runs to judge')
    .addOption(
      new Option(
        '--group <name=paths...>',
        'one of several groups: NAME=PATH and more PATHs; give it twice or more',
      ).argParser((text: string, before: string[] | undefined) => [...(before ?? []), text]),
    )
    .argument('[paths...]', 'runs to be grouped by their labels: captures/*/w1')
    .option(
      '--group-by <labels>',
      'labels that make groups of the PATHs, as scheduler or scheduler,low_latency (default: the scheduler, else the one knob in which runs differ)',
    )
    .option('--history <paths...>', 'saved runs in order: where did something change, and did it last?')
    .addOption(
      new Option(
        '--order <by>',
        'order of a history (default: by the time of recording, else by name)',
      ).choices(['time', 'name']),
    )
    .option(
      '--per <unit>',
      'what costs are counted over: run, second, total, or a result that counts work, as requests',
    )
    .option('--event <name>', 'event whose profile is compared (default: the first all runs have)')
    .option('--metric <globs...>', 'headline metrics, instead of the default ones')
    .addOption(
      share(
        '--level <share>',
        'false claims accepted: share of those about functions, chance of any about metrics (default: 5%)',
      ),
    )
    .option(
      '--spread-from <file>',
      'with one run a side: take the spread between runs from this comparison of equal runs (--json)',
    )
    .addOption(
      share('--min-effect <share>', 'smallest change of a headline metric that matters (default: 2%)'),
    )
    .addOption(
      share('--min-function-effect <share>', 'smallest change of a function that matters (default: 10%)'),
    )
    .addOption(share('--min-function-points <share>', 'and as a part of the total (default: 0.5%)'))
    .option('--budget <file>', 'rules per metric and function (vtune.budget.json)')
    .addOption(
      new Option(
        '--fail-on <what>',
        'exit with 1 on a regression; also with 3 when inconclusive; or never (default: regression; of a history never)',
      ).choices(['regression', 'inconclusive', 'never']),
    )
    .option('-o, --output <file>', 'write the HTML report')
    .option('--json <file>', 'write the comparison as JSON (- for stdout)')
    .option('--markdown <file>', 'write it as a comment for a merge request')
    .option('--junit <file>', 'write it as JUnit XML')
    .option('--github', 'print annotations, and add to $GITHUB_STEP_SUMMARY where that is set')
    .option('--sarif <file>', 'write regressions with known source lines as SARIF 2.1.0')
    .option('--svg <file>', 'draw the differential flame graph as a standalone SVG')
    .addOption(
      new Option(
        '--widths <whose>',
        'whose cost the widths of the SVG are of (default: both, the mean, where new and vanished frames show)',
      ).choices(widthChoices),
    )
    .option('--folded <file>', 'write the differential as two-column folded stacks')
    .option('--pprof <file>', 'write the differential for pprof')
    .addOption(jobsOption())
    .option('-q, --quiet', 'no progress bar, no summary');
}

function share(flags: string, description: string): Option {
  return new Option(flags, description).argParser(parseShare);
}

/** `3%` or `0.03`. */
export function parseShare(text: string): number {
  const found = /^(\d+(?:\.\d+)?|\.\d+)\s*(%?)$/.exec(text.trim());
  const value = Number(found?.[1]) / (found?.[2] === '%' ? 100 : 1);
  if (found === null || !(value >= 0) || value > 100)
    throw new InvalidArgumentError('expected a share, as 3% or 0.03.');
  return value;
}
