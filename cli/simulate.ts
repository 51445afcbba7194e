import { readFile, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { Problem } from '../model/problem.ts';
import type { SchedulerPrediction, Simulation } from '../model/simulation.ts';
import { renderSimulationText } from '../viz/text/simulation.ts';
import { WorkerPool } from '../workers/pool.ts';
import type { SimulateTask, SimulationInput, Variant, VariantRequest } from '../workers/simulate-task.ts';
import { writeOutput } from './output.ts';
import { version } from './version.ts';

interface SimulateOptions {
  readonly scheduler?: string;
  readonly device: string;
  readonly set?: string[];
  readonly sweep?: string;
  readonly hz: number;
  readonly seed: number;
  readonly seeds: number;
  readonly seconds?: number;
  readonly targetDevice?: string;
  readonly json?: string;
  readonly quiet?: boolean;
}

/** Workloads and devices are written by people: what is larger was not meant. */
const MOST_BYTES = 64 * 2 ** 20;

export function simulateCommand(): Command {
  return new Command('simulate')
    .summary('what other IO schedulers would do with a workload')
    .description(
      'Simulates a workload on a modelled device under IO schedulers, and says how far such predictions were from measured runs.',
    )
    .argument('<workload>', 'a fio job file, or a workload as JSON')
    .option('--scheduler <names>', 'comma between them (default: all that are simulated)')
    .option('--device <device>', 'hdd, ssd, or a model as FILE.json', 'hdd')
    .option('--set <tunables...>', 'scheduler.tunable=number, as mq-deadline.writes_starved=4')
    .option('--sweep <range>', 'a prediction for every value: writes_starved=1..8')
    .addOption(
      number('--hz <frequency>', 'timer frequency of the kernel (CONFIG_HZ)', 24, 10_000).default(250),
    )
    .addOption(number('--seed <number>', 'first seed', 0, 2 ** 31 - 1).default(1))
    .addOption(number('--seeds <count>', 'how many seeds', 3, 100).default(3))
    .addOption(number('--seconds <time>', "simulated time, instead of the workload's", 1, 3600))
    .option('--target-device <name>', 'print the commands to choose the scheduler for /sys/block/NAME')
    .option('--json <file>', 'write the predictions as JSON (- for stdout)')
    .option('-q, --quiet', 'no table')
    .action(run);
}

async function run(file: string, options: SimulateOptions): Promise<void> {
  const { scheduler, device, set = [], sweep, hz, seed, seeds, seconds, targetDevice, json, quiet } = options;
  const input: SimulationInput = {
    workload: { file, text: await readText(file) },
    device: device.endsWith('.json') ? { file: device, text: await readText(device) } : { file: device },
    hz,
    seeds: Array.from({ length: seeds }, (_, i) => seed + i),
    version,
    ...(seconds === undefined ? {} : { seconds }),
    ...(targetDevice === undefined ? {} : { target: targetDevice }),
  };
  const asked: VariantRequest = {
    set,
    ...(scheduler === undefined ? {} : { schedulers: scheduler.split(',') }),
    ...(sweep === undefined ? {} : { sweep }),
  };
  const simulation = await simulateAll(input, asked);
  if (json !== undefined) await writeOutput(json, [JSON.stringify(simulation), '\n']);
  if (!quiet && json !== '-') process.stdout.write(renderSimulationText(simulation));
}

async function simulateAll(input: SimulationInput, asked: VariantRequest): Promise<Simulation> {
  const pool = new WorkerPool(availableParallelism());
  const step = <Result>(task: SimulateTask): Promise<Result> =>
    pool.run<Result>('simulate-task', task, 'simulating');
  try {
    const variants = await step<readonly Variant[]>({ step: 'plan', input, asked });
    const predictions = await Promise.all(
      variants.map((variant) => step<SchedulerPrediction>({ step: 'predict', input, variant })),
    );
    return await step<Simulation>({ step: 'gather', input, predictions });
  } finally {
    await pool.close();
  }
}

async function readText(file: string): Promise<string> {
  try {
    if ((await stat(file)).size > MOST_BYTES) {
      throw new Problem({
        code: 'too-large',
        message: 'is larger than 64 MiB, too large for a description',
        file,
        hint: 'give a fio job file or JSON as docs/simulator.md describes',
      });
    }
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Problem) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Problem(
      {
        code: code === 'EACCES' ? 'no-permission' : 'not-found',
        message: `cannot be read (${message})`,
        file,
        hint: 'check the path',
      },
      { cause: error },
    );
  }
}

function number(flags: string, description: string, least: number, most: number): Option {
  return new Option(flags, description).argParser((text: string) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}.`);
    return value;
  });
}
