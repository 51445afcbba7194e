import { Command, Option } from 'commander';
import { dumpTrace } from '../model/dump.ts';
import { formatValue } from '../model/units.ts';
import { visibleText } from '../model/visible-text.ts';
import type { Analysis, AnalysisTask } from '../workers/analysis-task.ts';
import { defaultImportOptions } from '../workers/importers/importer.ts';
import type { TreeResult } from '../workers/tree-task.ts';
import { writeOutput } from './output.ts';
import { jobsOption, type ReadOptions, withTrace } from './read-trace.ts';
import { version } from './version.ts';

interface ExplainOptions extends ReadOptions {
  readonly dump: 'trace' | 'tree' | 'report';
  readonly rows: string;
}

/** Shows the steps between bytes and pixels, for whoever wants to check them. */
export function explainCommand(): Command {
  return new Command('explain')
    .summary('show a step between capture and report')
    .description(
      'Prints what was read (tables), the call tree, or what was concluded (report), to check the steps one by one.',
    )
    .argument('<paths...>', 'captures: files, directories, tars, patterns, - for stdin')
    .addOption(
      new Option('--dump <step>', 'which step').choices(['trace', 'tree', 'report']).default('trace'),
    )
    .option('--rows <n>', 'rows of each table, or of the tree', '50')
    .addOption(jobsOption())
    .option('-q, --quiet', 'no progress bar, no warnings')
    .action(run);
}

async function run(paths: string[], options: ExplainOptions): Promise<void> {
  const most = Number(options.rows);
  const rows = Number.isInteger(most) && most >= 0 ? most : 50;
  await withTrace(paths, defaultImportOptions, options, async (trace, pool) => {
    if (options.dump === 'trace') {
      await writeOutput('-', lines(dumpTrace(trace, rows)));
      return;
    }
    if (options.dump === 'tree') {
      const result = await pool.run<TreeResult>(
        'tree-task',
        { trace, reverse: false },
        'building the call tree',
      );
      await writeOutput('-', treeLines(result, rows));
      return;
    }
    const task: AnalysisTask = { trace, version };
    const { report } = await pool.run<Analysis>('analysis-task', task, 'analysing the trace');
    if (report === undefined) throw new Error('the analysis made no report');
    const { sections, ...rest } = report;
    const outline = sections.map(({ id, kind, title }) => ({ id, kind, title }));
    await writeOutput('-', [visibleText(JSON.stringify({ ...rest, sections: outline }, null, 2)), '\n']);
  });
}

function* lines(parts: Iterable<string>): Generator<string> {
  for (const part of parts) yield visibleText(part);
}

/** `total  self  name`, callees indented below their callers, heaviest first. */
function* treeLines(
  { tree, event, unit }: Extract<TreeResult, { tree: unknown }>,
  rows: number,
): Generator<string> {
  const { depth, function: functions, self, total } = tree.nodes;
  yield `call tree by ${event}, ${depth.length} nodes: total, self, name\n`;
  for (let node = 0; node < Math.min(rows, depth.length); node++) {
    const name = tree.functions.name[functions[node] as number] ?? '';
    const amounts = [total[node], self[node]]
      .map((value) => formatValue(value as number, unit).padStart(12))
      .join(' ');
    yield `${visibleText(`${amounts}  ${'  '.repeat(depth[node] as number)}${name}`)}\n`;
  }
}
