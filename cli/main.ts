#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { Problem } from '../model/problem.ts';
import { visibleText } from '../model/visible-text.ts';
import { analyzeCommand } from './analyze.ts';
import { compareCommand } from './compare.ts';
import { exitCode } from './exit.ts';
import { explainCommand } from './explain.ts';
import { flamegraphCommand } from './flamegraph.ts';
import { foldCommand } from './fold.ts';
import { formatsCommand } from './formats.ts';
import { outliersCommand } from './outliers.ts';
import { removeUnfinished } from './output.ts';
import { simulateCommand } from './simulate.ts';
import { version } from './version.ts';

/** Ends at once: worker threads die with the process, half-written files are removed first. */
function interrupt(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): void {
  removeUnfinished();
  process.stderr.write('\nvtune: interrupted\n');
  process.exit(signal === 'SIGINT' ? exitCode.interrupted : 128 + (signal === 'SIGTERM' ? 15 : 1));
}

/** One clear line and the exit code for it; a stack trace only for what is a defect of vtune. */
function fail(error: unknown): never {
  removeUnfinished();
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? exitCode.fine : exitCode.usage);
  if (error instanceof Problem) {
    process.stderr.write(`vtune: ${visibleText(error.message)}\n`);
  } else {
    const text =
      error instanceof Error ? (process.env.VTUNE_DEBUG ? error.stack : error.message) : String(error);
    process.stderr.write(
      `vtune: unexpected error: ${visibleText(text ?? '')}; set VTUNE_DEBUG=1 for details and report it\n`,
    );
  }
  process.exit(exitCode.usage);
}

async function main(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt(signal));
  // A reader that has seen enough (head) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCode.fine);
    fail(error);
  });
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  const program = new Command('vtune')
    .description('Offline performance profiling and tuning: trace dumps in, measured verdicts out.')
    .version(version)
    .showHelpAfterError('(vtune --help tells more)')
    .exitOverride();
  for (const command of [
    analyzeCommand(),
    compareCommand(),
    outliersCommand(),
    flamegraphCommand(),
    foldCommand(),
    formatsCommand(),
    explainCommand(),
    simulateCommand(),
  ]) {
    program.addCommand(command.exitOverride().copyInheritedSettings(program));
  }
  await program.parseAsync();
}

await main().catch(fail);
