import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { Problem } from '../model/problem.ts';
import type { SchedulerPrediction, Simulation } from '../model/simulation.ts';
import { visibleText } from '../model/visible-text.ts';
import { renderSimulationText } from '../viz/text/simulation.ts';
import { isDescription, readDescription } from '../workers/descriptions.ts';
import { defaultImportOptions } from '../workers/importers/importer.ts';
import { WorkerPool } from '../workers/pool.ts';
import type {
  FittedCapture,
  SimulateTask,
  SimulationInput,
  Variant,
  VariantRequest,
} from '../workers/simulate-task.ts';
import { writeOutput } from './output.ts';
import { jobsOption, withTrace } from './read-trace.ts';
import { version } from './version.ts';

interface SimulateOptions {
  readonly scheduler?: string;
  readonly device?: string;
  readonly capturedScheduler?: string;
  readonly saveWorkload?: string;
  readonly saveDevice?: string;
  readonly set?: string[];
  readonly sweep?: string;
  readonly hz: number;
  readonly seed: number;
  readonly seeds: number;
  readonly seconds?: number;
  readonly targetDevice?: string;
  readonly kernel?: string;
  readonly json?: string;
  readonly jobs?: number;
  readonly quiet?: boolean;
}

export function simulateCommand(): Command {
  return new Command('simulate')
    .summary('what other IO schedulers would do with a workload')
    .description(
      'Simulates a workload on a modelled device under IO schedulers, and says how far such predictions were from measured runs.',
    )
    .argument('<workload...>', 'a fio job file, a workload as JSON, or captures of block requests')
    .option('--scheduler <names>', 'comma between them (default: all that are simulated)')
    .option(
      '--device <device>',
      'hdd, ssd, or a model as FILE.json (default: of a capture fitted to it, else hdd)',
    )
    .option('--captured-scheduler <name>', 'what ran while it was captured, where the capture does not tell')
    .option('--save-workload <file>', 'write the workload fitted to the capture, as JSON')
    .option('--save-device <file>', 'write the device used, as JSON')
    .option('--set <tunables...>', 'scheduler.tunable=number, as mq-deadline.writes_starved=4')
    .option('--sweep <range>', 'a prediction for every value: writes_starved=1..8')
    .addOption(
      number('--hz <frequency>', 'timer frequency of the kernel (CONFIG_HZ)', 24, 10_000).default(250),
    )
    .addOption(number('--seed <number>', 'first seed', 0, 2 ** 31 - 1).default(1))
    .addOption(number('--seeds <count>', 'how many seeds', 3, 100).default(3))
    .addOption(number('--seconds <time>', "simulated time, instead of the workload's", 1, 3600))
    .option('--target-device <name>', 'print the commands to choose the scheduler for /sys/block/NAME')
    .option(
      '--kernel <release>',
      'the kernel commands are for, as uname -r has it (default: the captured one)',
    )
    .option('--json <file>', 'write the predictions as JSON (- for stdout)')
    .addOption(jobsOption())
    .option('-q, --quiet', 'no table')
    .action(run);
}

async function run(paths: readonly string[], options: SimulateOptions): Promise<void> {
  const { scheduler, set = [], sweep, json, quiet } = options;
  const asked: VariantRequest = {
    set,
    ...(scheduler === undefined ? {} : { schedulers: scheduler.split(',') }),
    ...(sweep === undefined ? {} : { sweep }),
  };
  const simulation = (await isDescription(paths))
    ? await simulateDescription(paths[0] ?? '', options, asked)
    : await simulateCapture(paths, options, asked);
  for (const note of simulation.notes) process.stderr.write(`vtune: ${visibleText(note)}\n`);
  if (json !== undefined) await writeOutput(json, [JSON.stringify(simulation), '\n']);
  if (!quiet && json !== '-') process.stdout.write(renderSimulationText(simulation));
}

async function simulateDescription(
  file: string,
  options: SimulateOptions,
  asked: VariantRequest,
): Promise<Simulation> {
  for (const name of ['capturedScheduler', 'saveWorkload', 'saveDevice'] as const)
    if (options[name] !== undefined) throw onlyOfCaptures(name);
  const workload = await readDescription(file);
  const device = await readDeviceText(options.device ?? 'hdd');
  const pool = new WorkerPool(options.jobs ?? availableParallelism());
  try {
    return await simulateAll(pool, inputOf(options, workload, device), asked);
  } finally {
    await pool.close();
  }
}

/** Fits workload and device to captures first; from there on it is as if both had been described. */
async function simulateCapture(
  paths: readonly string[],
  options: SimulateOptions,
  asked: VariantRequest,
): Promise<Simulation> {
  const given = options.device === undefined ? undefined : await readDeviceText(options.device);
  const name = paths.length === 1 ? (paths[0] as string) : `${paths[0]} and ${paths.length - 1} more`;
  return withTrace(paths, defaultImportOptions, options, async (trace, pool) => {
    const task: SimulateTask = {
      step: 'fit',
      input: {
        trace,
        name,
        ...(given === undefined ? {} : { device: given }),
        ...(options.capturedScheduler === undefined ? {} : { scheduler: options.capturedScheduler }),
      },
    };
    const { workload, device, capture, captured } = await pool.run<FittedCapture>(
      'simulate-task',
      task,
      'fitting the capture',
    );
    if (options.saveWorkload !== undefined)
      await writeOutput(options.saveWorkload, [JSON.stringify(workload), '\n']);
    if (options.saveDevice !== undefined)
      await writeOutput(options.saveDevice, [JSON.stringify(device, null, 2), '\n']);
    const input: SimulationInput = {
      ...inputOf(
        options,
        { file: name, text: JSON.stringify(workload) },
        given ?? { file: device.name, text: JSON.stringify(device) },
      ),
      capture,
      ...(captured === undefined ? {} : { captured }),
    };
    return simulateAll(pool, input, asked);
  });
}

function inputOf(
  { hz, seed, seeds, seconds, targetDevice, kernel }: SimulateOptions,
  workload: SimulationInput['workload'],
  device: SimulationInput['device'],
): SimulationInput {
  return {
    workload,
    device,
    hz,
    seeds: Array.from({ length: seeds }, (_, i) => seed + i),
    version,
    ...(seconds === undefined ? {} : { seconds }),
    ...(targetDevice === undefined ? {} : { target: targetDevice }),
    ...(kernel === undefined ? {} : { kernel }),
  };
}

async function simulateAll(
  pool: WorkerPool,
  input: SimulationInput,
  asked: VariantRequest,
): Promise<Simulation> {
  const step = <Result>(task: SimulateTask): Promise<Result> =>
    pool.run<Result>('simulate-task', task, 'simulating');
  const variants = await step<readonly Variant[]>({ step: 'plan', input, asked });
  const predictions = await Promise.all(
    variants.map((variant) => step<SchedulerPrediction>({ step: 'predict', input, variant })),
  );
  return step<Simulation>({ step: 'gather', input, predictions });
}

async function readDeviceText(device: string): Promise<SimulationInput['device']> {
  return device.endsWith('.json') ? readDescription(device) : { file: device };
}

function onlyOfCaptures(option: string): Problem {
  const flag = option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return new Problem({
    code: 'usage',
    message: `--${flag} is for captures, and this is a description of a workload`,
    hint: 'give a block trace instead, as trace-cmd or blktrace records it',
  });
}

function number(flags: string, description: string, least: number, most: number): Option {
  return new Option(flags, description).argParser((text: string) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}.`);
    return value;
  });
}
