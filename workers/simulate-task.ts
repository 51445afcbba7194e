import { builtInDevices } from '../analyzers/io/simulator/devices/built-in.ts';
import { caveatsOf, predict } from '../analyzers/io/simulator/predict.ts';
import { readDevice } from '../analyzers/io/simulator/read-device.ts';
import { checkFits, readWorkload } from '../analyzers/io/simulator/read-workload.ts';
import { planVariants, type Variant, type VariantRequest } from '../analyzers/io/simulator/variants.ts';
import { Problem } from '../model/problem.ts';
import type { DeviceModel, SchedulerPrediction, Simulation, Workload } from '../model/simulation.ts';
import type { Answer } from './tasks.ts';

export type { Variant, VariantRequest };

export interface SimulationInput {
  readonly workload: { readonly file: string; readonly text: string };
  /** Without text the name of a built-in device. */
  readonly device: { readonly file: string; readonly text?: string };
  /** Instead of the workload's own. */
  readonly seconds?: number;
  readonly hz: number;
  readonly seeds: readonly number[];
  readonly target?: string;
  readonly version: string;
}

/** First what is to be simulated, then each variant (by as many workers as there are), then all as one. */
export type SimulateTask =
  | { readonly step: 'plan'; readonly input: SimulationInput; readonly asked: VariantRequest }
  | { readonly step: 'predict'; readonly input: SimulationInput; readonly variant: Variant }
  | {
      readonly step: 'gather';
      readonly input: SimulationInput;
      readonly predictions: readonly SchedulerPrediction[];
    };

/** Worker entry: simulates off the main thread, which stays free to be interrupted. */
export default function run(
  task: SimulateTask,
): Answer<readonly Variant[] | SchedulerPrediction | Simulation> {
  try {
    const { workload, device } = read(task.input);
    if (task.step === 'plan') return planVariants(task.asked);
    if (task.step === 'gather') return gather(task.input, workload, device, task.predictions);
    const { hz, seeds, target } = task.input;
    return predict({
      workload,
      device,
      ...task.variant,
      hz,
      seeds,
      ...(target === undefined ? {} : { target }),
    });
  } catch (error) {
    if (error instanceof Problem) return { problem: error.details };
    throw error;
  }
}

function read({ workload: { text, file }, device, seconds }: SimulationInput): {
  workload: Workload;
  device: DeviceModel;
} {
  const asWritten = readWorkload(text, file);
  const workload = seconds === undefined ? asWritten : { ...asWritten, duration: seconds * 1e9 };
  const model = device.text === undefined ? builtIn(device.file) : readDevice(device.text, device.file);
  checkFits(workload, model, file);
  return { workload, device: model };
}

function builtIn(name: string): DeviceModel {
  const found = Object.hasOwn(builtInDevices, name) ? builtInDevices[name] : undefined;
  if (found !== undefined) return found;
  throw new Problem({
    code: 'usage',
    message: `there is no device ${name}`,
    hint: `say ${Object.keys(builtInDevices).join(' or ')}, or name a file that ends in .json`,
  });
}

function gather(
  { hz, seeds, version }: SimulationInput,
  workload: Workload,
  device: DeviceModel,
  predictions: readonly SchedulerPrediction[],
): Simulation {
  const { name, duration } = workload;
  return {
    version,
    workload: name,
    device: device.name,
    duration,
    seeds,
    hz,
    predictions,
    caveats: caveatsOf(workload, predictions),
  };
}
