import { Context } from '../analyzers/context.ts';
import { recordBlock } from '../analyzers/io/needs.ts';
import type { Machine } from '../analyzers/io/simulator/apply/availability.ts';
import { parseRelease } from '../analyzers/io/simulator/apply/kernel-release.ts';
import { builtInDevices } from '../analyzers/io/simulator/devices/built-in.ts';
import { type FittedCapture, fitCapture } from '../analyzers/io/simulator/fit/fit-capture.ts';
import {
  changeValidation,
  replayErrors,
  replayValidation,
} from '../analyzers/io/simulator/fit/replay-error.ts';
import { caveatsOf, predict } from '../analyzers/io/simulator/predict.ts';
import { readDevice } from '../analyzers/io/simulator/read-device.ts';
import { checkFits, readWorkload } from '../analyzers/io/simulator/read-workload.ts';
import { planVariants, type Variant, type VariantRequest } from '../analyzers/io/simulator/variants.ts';
import { Problem } from '../model/problem.ts';
import type { Capture, DeviceModel, SchedulerPrediction, Simulation, Workload } from '../model/simulation.ts';
import type { Trace } from '../model/trace.ts';
import type { Answer } from './tasks.ts';

export type { FittedCapture, Variant, VariantRequest };

export interface SimulationInput {
  readonly workload: { readonly file: string; readonly text: string };
  /** Without text the name of a built-in device. */
  readonly device: { readonly file: string; readonly text?: string };
  /** Instead of the workload's own. */
  readonly seconds?: number;
  readonly hz: number;
  readonly seeds: readonly number[];
  /** Name in /sys/block for the commands. */
  readonly target?: string;
  /** Release of the kernel, instead of the captured one. */
  readonly kernel?: string;
  /** What the workload was fitted to, and the variant that ran there, when it is simulated. */
  readonly capture?: Capture;
  readonly captured?: Variant;
  readonly version: string;
}

/** A capture to fit a workload to, and a device unless one is given. */
export interface FitInput {
  readonly trace: Trace;
  readonly name: string;
  readonly device?: SimulationInput['device'];
  readonly scheduler?: string;
}

/** Of a capture first the fit. Then what is to be simulated, then each variant (by as many workers as there are), then all as one. */
export type SimulateTask =
  | { readonly step: 'fit'; readonly input: FitInput }
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
): Answer<FittedCapture | readonly Variant[] | SchedulerPrediction | Simulation> {
  try {
    if (task.step === 'fit') return fitted(task.input);
    const { workload, device } = read(task.input);
    if (task.step === 'plan') return withCaptured(planVariants(task.asked), task.input.captured);
    if (task.step === 'gather') return gather(task.input, workload, device, task.predictions);
    const { hz, seeds, captured, capture } = task.input;
    return predict({
      workload,
      device,
      ...task.variant,
      hz,
      seeds,
      asCaptured: captured !== undefined && isSame(task.variant, captured),
      machine: machineOf(task.input),
      ...(capture?.queue !== undefined && isCaptured(task.input.target, capture)
        ? { queue: capture.queue }
        : {}),
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
  // What was assumed of the time no longer matters when it is said.
  const { notes: _, ...rest } = asWritten;
  const workload = seconds === undefined ? asWritten : { ...rest, duration: seconds * 1e9 };
  const model = readModel(device);
  checkFits(workload, model, file);
  return { workload, device: model };
}

/** Settings of a captured queue are of that device; of another one only the kernel is known. */
function machineOf({ target, kernel, capture }: SimulationInput): Machine {
  const text = kernel ?? capture?.kernel;
  const release = text === undefined ? undefined : parseRelease(text);
  if (kernel !== undefined && release === undefined)
    throw new Problem({
      code: 'usage',
      message: `--kernel ${kernel}: expected a release, as 4.19.0-25-amd64`,
      hint: 'uname -r on the machine says it',
    });
  const device = target ?? capture?.device;
  const listed = kernel === undefined && isCaptured(target, capture) ? capture?.queue?.listed : undefined;
  return {
    ...(release === undefined ? {} : { release }),
    ...(listed === undefined ? {} : { listed }),
    ...(device === undefined ? {} : { device }),
  };
}

function isCaptured(target: string | undefined, capture: Capture | undefined): boolean {
  return target === undefined || capture?.device === undefined || target === capture.device;
}

function readModel({ file, text }: SimulationInput['device']): DeviceModel {
  return text === undefined ? builtIn(file) : readDevice(text, file);
}

function fitted({ trace, name, device, scheduler }: FitInput): FittedCapture {
  const found = fitCapture(new Context(trace), name, {
    ...(device === undefined ? {} : { device: readModel(device) }),
    ...(scheduler === undefined ? {} : { scheduler }),
  });
  if (found !== undefined) return found;
  throw new Problem({
    code: 'no-samples',
    message: 'holds no completed reads or writes of a block device, so no workload can be fitted to it',
    file: name,
    hint: `capture them: ${recordBlock}`,
  });
}

/**
 * The captured scheduler is simulated too, whatever was asked for: it tells how far off the others may be. Asked
 * for without tunables, it has the captured ones.
 */
function withCaptured(variants: readonly Variant[], captured: Variant | undefined): readonly Variant[] {
  if (captured === undefined || variants.some((variant) => isSame(variant, captured))) return variants;
  const untuned: Variant = { scheduler: captured.scheduler, settings: {} };
  const others = variants.filter((variant) => !isSame(variant, untuned));
  return [captured, ...others];
}

function isSame(a: Variant, b: Variant): boolean {
  const names = Object.keys(a.settings);
  return (
    a.scheduler === b.scheduler &&
    names.length === Object.keys(b.settings).length &&
    names.every((name) => a.settings[name] === b.settings[name])
  );
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
  { hz, seeds, version, capture, captured, kernel = capture?.kernel }: SimulationInput,
  workload: Workload,
  device: DeviceModel,
  predictions: readonly SchedulerPrediction[],
): Simulation {
  const { name, duration } = workload;
  const again = captured && predictions.find((prediction) => isSame(prediction, captured));
  const replay = capture && again && replayErrors(capture, again);
  const validation = replay && replayValidation(again?.scheduler ?? '', replay);
  const validated =
    validation === undefined
      ? predictions
      : predictions.map((each) => ({
          ...each,
          validation: changeValidation(again?.scheduler ?? '', each.scheduler, device, validation),
        }));
  return {
    version,
    workload: name,
    device: device.name,
    duration,
    seeds,
    hz,
    ...(kernel === undefined ? {} : { kernel }),
    predictions: validated,
    ...(capture === undefined
      ? {}
      : { capture: { ...capture, ...(replay === undefined ? {} : { replay }) } }),
    notes: workload.notes ?? [],
    caveats: caveatsOf(workload, validated, {
      captured: capture !== undefined,
      ...(kernel === undefined ? {} : { kernel }),
    }),
  };
}
