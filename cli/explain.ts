import { Command, Option } from 'commander';
import { dumpTrace } from '../model/dump.ts';
import type { Report } from '../model/report.ts';
import { visibleText } from '../model/visible-text.ts';
import type { AnalysisTask } from '../workers/analysis-task.ts';
import { defaultImportOptions } from '../workers/importers/importer.ts';
import { writeOutput } from './output.ts';
import { jobsOption, type ReadOptions, withTrace } from './read-trace.ts';
import { version } from './version.ts';

interface ExplainOptions extends ReadOptions {
  readonly dump: 'trace' | 'report';
  readonly rows: string;
}

/** Shows the steps between bytes and pixels, for whoever wants to check them. */
export function explainCommand(): Command {
  return new Command('explain')
    .summary('show a step between capture and report')
    .description(
      'Prints what was read (tables) or what was concluded (report), to check the steps one by one.',
    )
    .argument('<paths...>', 'captures: files, directories, tars, patterns, - for stdin')
    .addOption(new Option('--dump <step>', 'which step').choices(['trace', 'report']).default('trace'))
    .option('--rows <n>', 'rows of each table', '50')
    .addOption(jobsOption())
    .option('-q, --quiet', 'no progress bar, no warnings')
    .action(run);
}

async function run(paths: string[], options: ExplainOptions): Promise<void> {
  const most = Number(options.rows);
  await withTrace(paths, defaultImportOptions, options, async (trace, pool) => {
    if (options.dump === 'trace') {
      await writeOutput('-', lines(dumpTrace(trace, Number.isInteger(most) && most >= 0 ? most : 50)));
      return;
    }
    const task: AnalysisTask = { trace, version };
    const report = await pool.run<Report>('analysis-task', task, 'analysing the trace');
    const { sections, ...rest } = report;
    const outline = sections.map(({ id, kind, title }) => ({ id, kind, title }));
    await writeOutput('-', [visibleText(JSON.stringify({ ...rest, sections: outline }, null, 2)), '\n']);
  });
}

function* lines(parts: Iterable<string>): Generator<string> {
  for (const part of parts) yield visibleText(part);
}
