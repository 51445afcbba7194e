import { Command, InvalidArgumentError, Option } from 'commander';
import type { Severity } from '../model/finding.ts';
import { severities } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import { visibleText } from '../model/visible-text.ts';
import { renderReport } from '../viz/html/report.ts';
import { renderTerminal } from '../viz/html/terminal.ts';
import type { Analysis, AnalysisTask, TensorChoice } from '../workers/analysis-task.ts';
import { defaultImportOptions } from '../workers/importers/importer.ts';
import { encodeSavedRun } from '../workers/saved-runs.ts';
import { readCsvMap } from './csv-map-file.ts';
import { exitCode } from './exit.ts';
import { writeOutput } from './output.ts';
import { jobsOption, type ReadOptions, requireRecords, withTrace } from './read-trace.ts';
import { severalRuns } from './several-runs.ts';
import { writeTuned } from './tuned-output.ts';
import { version } from './version.ts';

interface AnalyzeOptions extends ReadOptions {
  readonly output: string;
  readonly json?: string;
  readonly save?: string;
  readonly emitTuned?: string;
  readonly csvMap?: string;
  readonly label: Readonly<Record<string, string>>;
  readonly failOn?: Exclude<Severity, 'ok'>;
  readonly hz?: number;
  readonly loadAt?: number;
  readonly phases: boolean;
  readonly tensors: TensorChoice;
}

export function analyzeCommand(): Command {
  return new Command('analyze')
    .summary('explain captures: report.html and a summary')
    .description('Reads captures, explains what they show, and writes one self-contained HTML report.')
    .argument('<paths...>', 'captures: files, directories, tars, patterns, - for stdin')
    .option('-o, --output <file>', 'where to write the report', 'vtune-report.html')
    .option('--json <file>', 'also write the report as JSON (- for stdout)')
    .option('--csv-map <file>', 'what the columns of CSV files mean (JSON, see docs/csv.md)')
    .option('--save <file>', 'also save the run for vtune compare: run.vtune')
    .option('--emit-tuned <dir>', 'also write the recommended settings as a TuneD profile: DIR/tuned.conf')
    .addOption(
      new Option('--label <key=value>', 'name what the capture is of; may be given more than once')
        .argParser(addLabel)
        .default({}, 'none'),
    )
    .addOption(
      new Option('--fail-on <severity>', 'exit with 1 when a finding is this severe').choices([
        'critical',
        'warning',
        'note',
      ]),
    )
    .addOption(
      new Option(
        '--hz <n>',
        "timer frequency of the traced kernel (CONFIG_HZ), for the load average's tick",
      ).argParser(parseHz),
    )
    .addOption(
      new Option('--load-at <seconds>', 'split the load average at this moment of the trace too').argParser(
        parseSeconds,
      ),
    )
    .option('--no-phases', 'do not look for phases and odd windows')
    .addOption(
      new Option(
        '--tensors <backend>',
        'what computes components of windows: TensorFlow.js native or wasm, or plain',
      )
        .choices(['auto', 'native', 'wasm', 'plain'])
        .default('auto'),
    )
    .addOption(jobsOption())
    .option('-q, --quiet', 'no progress bar, no summary, no warnings')
    .action(run);
}

async function run(paths: string[], options: AnalyzeOptions): Promise<void> {
  const { report, saved } = await withTrace(
    paths,
    {
      ...defaultImportOptions,
      ...(options.csvMap === undefined ? {} : { csvMap: await readCsvMap(options.csvMap) }),
    },
    { ...options, labels: options.label },
    (trace, pool) => {
      requireRecords(trace);
      if (!options.quiet)
        for (const line of severalRuns(paths, trace)) process.stderr.write(`vtune: ${visibleText(line)}\n`);
      const { hz, loadAt, phases, tensors } = options;
      const asked = {
        ...(hz === undefined ? {} : { hz }),
        ...(loadAt === undefined ? {} : { loadAt }),
        phases,
        tensors,
      };
      const task: AnalysisTask = {
        trace,
        version,
        options: asked,
        ...(options.save === undefined ? {} : { save: 'also' as const }),
      };
      return pool.run<Analysis>('analysis-task', task, 'analysing the trace');
    },
  );
  if (report === undefined) throw new Error('the analysis made no report');
  await writeOutput(options.output, [renderReport(report)]);
  if (options.save !== undefined && saved !== undefined)
    await writeOutput(options.save, [encodeSavedRun(saved)]);
  if (options.emitTuned !== undefined) await writeTuned(options.emitTuned, report);
  if (options.json !== undefined) await writeOutput(options.json, [JSON.stringify(report), '\n']);
  if (!options.quiet && options.output !== '-' && options.json !== '-') {
    const colour = Boolean(process.stdout.isTTY) && process.env.NO_COLOR === undefined;
    process.stdout.write(renderTerminal(report, { colour, width: process.stdout.columns ?? 100 }));
    process.stdout.write(`report: ${options.output}\n`);
  }
  if (options.failOn !== undefined && worst(report) <= severities.indexOf(options.failOn)) {
    process.exitCode = exitCode.gate;
  }
}

function worst(report: Report): number {
  return Math.min(...report.findings.map(({ severity }) => severities.indexOf(severity)), severities.length);
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 0) || text.trim() === '')
    throw new InvalidArgumentError('expected seconds from the start of the trace.');
  return seconds;
}

function parseHz(text: string): number {
  const hz = Number(text);
  if (!Number.isInteger(hz) || hz < 24 || hz > 10_000) {
    throw new InvalidArgumentError('expected a whole number from 24 to 10000, as 100, 250, 300 or 1000.');
  }
  return hz;
}

function addLabel(text: string, labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [, key, value] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  if (key === undefined || value === undefined) throw new InvalidArgumentError('expected key=value.');
  return { ...labels, [key]: value };
}
