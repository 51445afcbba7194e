import type { Command } from 'commander';
import type { Budget } from '../model/budget.ts';
import type { Comparison } from '../model/comparison.ts';
import type { CompareOptions, CompareTask } from '../workers/compare-task.ts';
import { readBudget } from './budget-file.ts';
import { groupsOf, usage } from './compare-groups.ts';
import { type CompareCliOptions, compareOptions } from './compare-options.ts';
import { writeComparison } from './compare-outputs.ts';
import { exitCode } from './exit.ts';
import { splitByLabel } from './group-by-label.ts';
import { refuseOutputs, runHistory } from './history.ts';
import { readGroups } from './read-groups.ts';
import { readSpread } from './read-spread.ts';
import { version } from './version.ts';

export function compareCommand(): Command {
  return compareOptions().action(run);
}

async function run(positional: string[], options: CompareCliOptions): Promise<void> {
  const budget = options.budget === undefined ? undefined : await readBudget(options.budget);
  const spread = options.spreadFrom === undefined ? undefined : await readSpread(options.spreadFrom);
  const asked = askedOf(options, budget, spread);
  if (options.history !== undefined) {
    const { baseline, candidate, group, groupBy, junit, github, sarif, svg, widths, folded, pprof, order } =
      options;
    const others = [baseline, candidate, group, groupBy].some((each) => each !== undefined);
    if (others || positional.length > 0)
      throw usage('--history stands alone, without PATHs, --baseline, --candidate and --group');
    refuseOutputs({ junit, github, sarif, svg, widths, folded, pprof });
    await runHistory(options.history, { ...asked, ...(order === undefined ? {} : { order }) }, options);
    return;
  }
  const { groups: paths, mode, by } = groupsOf(options, positional);
  // Two settings named in order are a change from one to the other; found by a label they have no order.
  const gated = mode === 'groups' && by === undefined && paths.length === 2;
  const comparison = await readGroups(paths, options, (read, pool) => {
    const { skippedInputs } = read;
    const groups = by === undefined ? read.groups : splitByLabel(read.groups, by);
    const task: CompareTask = {
      groups,
      options: { ...asked, mode, ...(gated ? { gated } : {}) },
      version,
      skippedInputs,
    };
    return pool.run<Comparison>('compare-task', task, 'comparing the runs');
  });
  await writeComparison(comparison, options);
  process.exitCode = codeOf(comparison, options.failOn);
}

/** What the user asked of the analysis. */
function askedOf(
  { per, event, metric, level, minEffect, minFunctionEffect, minFunctionPoints }: CompareCliOptions,
  budget: Budget | undefined,
  knownDispersion: CompareOptions['knownDispersion'],
): Partial<CompareOptions> {
  return {
    ...(per === undefined ? {} : { per }),
    ...(event === undefined ? {} : { event }),
    ...(metric === undefined ? {} : { metrics: metric }),
    ...(minEffect === undefined ? {} : { minEffect }),
    ...(minFunctionEffect === undefined ? {} : { minFunctionEffect }),
    ...(minFunctionPoints === undefined ? {} : { minFunctionPoints }),
    ...(level === undefined ? {} : { level }),
    ...(budget === undefined ? {} : { budget }),
    ...(knownDispersion === undefined ? {} : { knownDispersion }),
  };
}

function codeOf({ gate }: Comparison, failOn: CompareCliOptions['failOn']): number {
  if (failOn === 'never') return exitCode.fine;
  if (gate.outcome === 'fail') return exitCode.gate;
  return gate.outcome === 'inconclusive' && failOn === 'inconclusive' ? exitCode.inconclusive : exitCode.fine;
}
