import type { History } from '../model/history.ts';
import { Problem } from '../model/problem.ts';
import { renderHistory } from '../viz/html/history.ts';
import { renderHistoryText } from '../viz/text/history.ts';
import { renderHistoryMarkdown } from '../viz/text/history-markdown.ts';
import type { HistoryOptions, HistoryTask } from '../workers/history-task.ts';
import { exitCode } from './exit.ts';
import { writeOutput } from './output.ts';
import { readGroups } from './read-groups.ts';
import type { ReadOptions } from './read-trace.ts';
import { version } from './version.ts';

export interface HistoryOutputs extends ReadOptions {
  readonly output?: string;
  readonly json?: string;
  readonly markdown?: string;
  readonly failOn?: 'regression' | 'inconclusive' | 'never';
}

/** `vtune compare --history`: where in an ordered set of runs something changed. */
export async function runHistory(
  paths: readonly string[],
  asked: Partial<HistoryOptions>,
  options: HistoryOutputs,
): Promise<void> {
  const history = await readGroups(
    [{ name: 'history', paths }],
    options,
    ({ groups: [group], skippedInputs }, pool) => {
      const task: HistoryTask = { runs: group?.runs ?? [], options: asked, version, skippedInputs };
      return pool.run<History>('history-task', task, 'looking for changes');
    },
  );
  const { output, json, markdown, quiet, failOn } = options;
  if (output !== undefined) await writeOutput(output, [renderHistory(history)]);
  if (json !== undefined) await writeOutput(json, [JSON.stringify(history), '\n']);
  if (markdown !== undefined) await writeOutput(markdown, [renderHistoryMarkdown(history)]);
  if (!quiet && ![output, json, markdown].includes('-')) {
    const colour = Boolean(process.stdout.isTTY) && process.env.NO_COLOR === undefined;
    process.stdout.write(renderHistoryText(history, { colour, width: process.stdout.columns ?? 100 }));
    if (output !== undefined) process.stdout.write(`report: ${output}\n`);
  }
  process.exitCode = codeOf(history, failOn);
}

/** A history describes; it fails a job only where that is asked for. */
function codeOf({ regressed, series }: History, failOn: HistoryOutputs['failOn']): number {
  if (failOn === undefined || failOn === 'never') return exitCode.fine;
  if (regressed) return exitCode.gate;
  const known = series.some(({ levels }) => levels.length > 0);
  return !known && failOn === 'inconclusive' ? exitCode.inconclusive : exitCode.fine;
}

/** Outputs of a comparison that a history has not. */
export function refuseOutputs(given: Readonly<Record<string, unknown>>): void {
  const wrong = Object.keys(given).find((name) => given[name] !== undefined && given[name] !== false);
  if (wrong === undefined) return;
  throw new Problem({
    code: 'usage',
    message: `--history has no --${wrong}`,
    hint: 'a history is written by -o, --json and --markdown',
  });
}
