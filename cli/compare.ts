import { appendFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Budget } from '../model/budget.ts';
import type { Comparison } from '../model/comparison.ts';
import { Problem } from '../model/problem.ts';
import { renderComparison } from '../viz/html/comparison.ts';
import { renderComparisonSvg, type WidthChoice, widthChoices } from '../viz/svg/comparison.ts';
import { renderComparisonText } from '../viz/text/console.ts';
import { renderGithub } from '../viz/text/github.ts';
import { renderJunit } from '../viz/text/junit.ts';
import { renderMarkdown } from '../viz/text/markdown.ts';
import { renderSarif } from '../viz/text/sarif.ts';
import type { CompareOptions, CompareTask } from '../workers/compare-task.ts';
import { foldedComparison } from '../workers/exporters/folded-comparison.ts';
import { pprofDiff } from '../workers/exporters/pprof-diff.ts';
import { readBudget } from './budget-file.ts';
import { exitCode } from './exit.ts';
import { refuseOutputs, runHistory } from './history.ts';
import { writeOutput } from './output.ts';
import { type GroupPaths, readGroups } from './read-groups.ts';
import { jobsOption, type ReadOptions } from './read-trace.ts';
import { version } from './version.ts';

interface CompareCliOptions extends ReadOptions {
  readonly baseline?: string[];
  readonly candidate?: string[];
  readonly group?: string[][];
  readonly history?: string[];
  readonly order?: 'time' | 'name';
  readonly per?: string;
  readonly event?: string;
  readonly metric?: string[];
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

export function compareCommand(): Command {
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
      new Option('--widths <whose>', 'whose cost the widths of the SVG are of (default: candidate)').choices(
        widthChoices,
      ),
    )
    .option('--folded <file>', 'write the differential as two-column folded stacks')
    .option('--pprof <file>', 'write the differential for pprof')
    .addOption(jobsOption())
    .option('-q, --quiet', 'no progress bar, no summary')
    .action(run);
}

async function run(options: CompareCliOptions): Promise<void> {
  const budget = options.budget === undefined ? undefined : await readBudget(options.budget);
  const asked = askedOf(options, budget);
  if (options.history !== undefined) {
    const { baseline, candidate, group, junit, github, sarif, svg, widths, folded, pprof, order } = options;
    if (baseline !== undefined || candidate !== undefined || group !== undefined)
      throw usage('--history stands alone, without --baseline, --candidate and --group');
    refuseOutputs({ junit, github, sarif, svg, widths, folded, pprof });
    await runHistory(options.history, { ...asked, ...(order === undefined ? {} : { order }) }, options);
    return;
  }
  const { groups: paths, mode } = groupsOf(options);
  const comparison = await readGroups(paths, options, ({ groups, skippedInputs }, pool) => {
    const task: CompareTask = { groups, options: { ...asked, mode }, version, skippedInputs };
    return pool.run<Comparison>('compare-task', task, 'comparing the runs');
  });
  if (options.output !== undefined) await writeOutput(options.output, [renderComparison(comparison)]);
  if (options.json !== undefined) await writeOutput(options.json, [JSON.stringify(comparison), '\n']);
  await writeExports(comparison, options);
  const taken = [
    options.output,
    options.json,
    options.markdown,
    options.junit,
    options.sarif,
    options.svg,
    options.folded,
    options.pprof,
  ];
  if (options.github) await writeGithub(comparison);
  else if (!options.quiet && !taken.includes('-')) {
    const colour = Boolean(process.stdout.isTTY) && process.env.NO_COLOR === undefined;
    process.stdout.write(renderComparisonText(comparison, { colour, width: process.stdout.columns ?? 100 }));
    if (options.output !== undefined) process.stdout.write(`report: ${options.output}\n`);
  }
  process.exitCode = codeOf(comparison, options.failOn);
}

/** What the user asked of the analysis. */
function askedOf(
  { per, event, metric, minEffect, minFunctionEffect, minFunctionPoints }: CompareCliOptions,
  budget: Budget | undefined,
): Partial<CompareOptions> {
  return {
    ...(per === undefined ? {} : { per }),
    ...(event === undefined ? {} : { event }),
    ...(metric === undefined ? {} : { metrics: metric }),
    ...(minEffect === undefined ? {} : { minEffect }),
    ...(minFunctionEffect === undefined ? {} : { minFunctionEffect }),
    ...(minFunctionPoints === undefined ? {} : { minFunctionPoints }),
    ...(budget === undefined ? {} : { budget }),
  };
}

/** What else was asked for; every one is a reader of the comparison. */
async function writeExports(comparison: Comparison, options: CompareCliOptions): Promise<void> {
  const { markdown, junit, sarif, svg, folded, pprof } = options;
  if (markdown !== undefined) await writeOutput(markdown, [renderMarkdown(comparison)]);
  if (junit !== undefined) await writeOutput(junit, [renderJunit(comparison)]);
  if (sarif !== undefined) await writeOutput(sarif, [renderSarif(comparison)]);
  if (svg === undefined && folded === undefined && pprof === undefined) return;
  const flame = comparison.sections.find((section) => section.kind === 'flame');
  if (flame === undefined) {
    throw new Problem({
      code: 'no-samples',
      message: 'these runs hold no profiles to draw a difference of',
      hint: comparison.notRun[0]?.captureWith ?? 'record with perf record -g',
    });
  }
  if (svg !== undefined) {
    await writeOutput(
      svg,
      renderComparisonSvg(flame, options.widths ?? 'candidate', {
        width: 1200,
        minWidth: 0.1,
        icicle: false,
      }),
    );
  }
  if (folded !== undefined) await writeOutput(folded, foldedComparison(flame));
  if (pprof !== undefined) await writeOutput(pprof, [pprofDiff(flame)]);
}

/** Annotations on stdout; the comment's text is added to the step's summary, which steps share. */
async function writeGithub(comparison: Comparison): Promise<void> {
  process.stdout.write(renderGithub(comparison));
  const summary = process.env.GITHUB_STEP_SUMMARY;
  if (summary) await appendFile(summary, `${renderMarkdown(comparison)}\n`);
}

function codeOf({ gate }: Comparison, failOn: CompareCliOptions['failOn']): number {
  if (failOn === 'never') return exitCode.fine;
  if (gate.outcome === 'fail') return exitCode.gate;
  return gate.outcome === 'inconclusive' && failOn === 'inconclusive' ? exitCode.inconclusive : exitCode.fine;
}

function groupsOf({ baseline, candidate, group = [] }: CompareCliOptions): {
  groups: GroupPaths[];
  mode: 'gate' | 'groups';
} {
  if (group.length > 0) {
    if (baseline !== undefined || candidate !== undefined) {
      throw usage('--group stands alone, without --baseline and --candidate');
    }
    const groups = namedGroups(group.flat());
    if (groups.length < 2) throw usage('a comparison needs two groups or more');
    return { groups, mode: 'groups' };
  }
  if (baseline === undefined || candidate === undefined) throw usage('what to compare is missing');
  return {
    groups: [
      { name: 'baseline', paths: baseline },
      { name: 'candidate', paths: candidate },
    ],
    mode: 'gate',
  };
}

/** `free=runs/free` begins a group; a path without a name belongs to the group before it. */
function namedGroups(texts: readonly string[]): GroupPaths[] {
  const groups: { name: string; paths: string[] }[] = [];
  for (const text of texts) {
    const found = /^([^=/]+)=(.+)$/s.exec(text);
    const [, name, path] = found ?? [];
    const last = groups.at(-1);
    if (name !== undefined && path !== undefined) {
      const same = groups.find((each) => each.name === name);
      if (same === undefined) groups.push({ name, paths: [path] });
      else same.paths.push(path);
    } else if (last !== undefined) last.paths.push(text);
    else throw usage(`--group ${text} has no name`);
  }
  return groups;
}

function usage(message: string): Problem {
  return new Problem({
    code: 'usage',
    message,
    hint: 'vtune compare --baseline runs/main --candidate runs/new, or --group free=runs/free --group pinned=runs/pinned',
  });
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
