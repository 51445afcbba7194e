import { Command } from 'commander';
import type { Outliers } from '../model/outliers.ts';
import { renderOutliers } from '../viz/html/outliers.ts';
import { renderOutliersText } from '../viz/text/outliers.ts';
import type { OutliersTask } from '../workers/outliers-task.ts';
import { exitCode } from './exit.ts';
import { writeOutput } from './output.ts';
import { readGroups } from './read-groups.ts';
import { jobsOption, type ReadOptions } from './read-trace.ts';
import { version } from './version.ts';

interface OutliersOptions extends ReadOptions {
  readonly output?: string;
  readonly json?: string;
  readonly event?: string;
  readonly failOnOdd?: boolean;
}

export function outliersCommand(): Command {
  return new Command('outliers')
    .summary('which of many runs or hosts are unlike the others, and by which functions')
    .description(
      'Ranks runs by how unlike the others their profiles are, tells kinds of runs apart, and names the functions responsible.',
    )
    .argument('<paths...>', 'runs: dumps, directories of runs, saved runs (.vtune); five or more')
    .option('-o, --output <file>', 'also write a report')
    .option('--json <file>', 'also write the ranking as JSON (- for stdout)')
    .option('--event <name>', 'event whose samples are compared (default: the first that all runs share)')
    .option('--fail-on-odd', 'exit with 1 when a run is odd')
    .addOption(jobsOption())
    .option('-q, --quiet', 'no progress bar, no summary, no warnings')
    .action(run);
}

async function run(paths: string[], options: OutliersOptions): Promise<void> {
  const { output, json, event, quiet, failOnOdd } = options;
  const outliers = await readGroups(
    [{ name: 'runs', paths }],
    options,
    ({ groups: [group], skippedInputs }, pool) => {
      const task: OutliersTask = {
        runs: group?.runs ?? [],
        version,
        skippedInputs,
        ...(event === undefined ? {} : { event }),
      };
      return pool.run<Outliers>('outliers-task', task, 'ranking the runs');
    },
  );
  if (output !== undefined) await writeOutput(output, [renderOutliers(outliers)]);
  if (json !== undefined) await writeOutput(json, [JSON.stringify(outliers), '\n']);
  if (!quiet && output !== '-' && json !== '-') {
    const colour = Boolean(process.stdout.isTTY) && process.env.NO_COLOR === undefined;
    process.stdout.write(renderOutliersText(outliers, { colour, width: process.stdout.columns ?? 100 }));
    if (output !== undefined) process.stdout.write(`report: ${output}\n`);
  }
  if (failOnOdd === true && outliers.runs.some(({ odd }) => odd)) process.exitCode = exitCode.gate;
}
