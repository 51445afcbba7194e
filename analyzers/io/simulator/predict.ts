import type {
  CapturedQueue,
  DeviceModel,
  SchedulerName,
  SchedulerPrediction,
  Workload,
} from '../../../model/simulation.ts';
import { chooseScheduler } from './apply/apply-commands.ts';
import { availabilityOf, type Machine } from './apply/availability.ts';
import { hdd } from './devices/built-in.ts';
import { forecast } from './forecast.ts';
import { defaultHost } from './host.ts';
import { knownErrors, knownErrorsOf } from './known-errors.ts';
import { startTogether } from './start-together.ts';
import type { Variant } from './variants.ts';

export interface PredictionSetup extends Variant {
  readonly workload: Workload;
  readonly device: DeviceModel;
  readonly hz: number;
  readonly seeds: readonly number[];
  /** Where it would be chosen, and what was chosen there when it was captured. */
  readonly machine?: Machine;
  readonly queue?: CapturedQueue;
  /** Tasks begin to the microsecond as the workload says, because this is what ran there. */
  readonly asCaptured?: boolean;
}

/** What one scheduler would do, how far such predictions were from measured runs, and how to choose it. */
export function predict({
  workload,
  device,
  scheduler,
  settings,
  hz,
  seeds,
  machine = {},
  queue,
  asCaptured = false,
}: PredictionSetup): SchedulerPrediction {
  const { modelled = '' } = knownErrors[scheduler] ?? {};
  // The errors are known for what was measured, and for nothing else.
  const asMeasured = device === hdd && hz === defaultHost.hz && workload.pageCache === undefined;
  const validation = asMeasured ? knownErrorsOf(scheduler, settings) : undefined;
  const setup = {
    workload: asCaptured ? workload : startTogether(workload),
    device,
    scheduler,
    settings,
    host: { ...defaultHost, ...workload.pageCache, hz },
  };
  return {
    scheduler,
    modelled,
    settings,
    ...forecast(setup, seeds),
    ...(validation !== undefined ? { validation } : {}),
    ...choiceOf(scheduler, settings, machine, queue),
  };
}

function choiceOf(
  scheduler: SchedulerName,
  settings: Variant['settings'],
  machine: Machine,
  queue: CapturedQueue | undefined,
): Pick<SchedulerPrediction, 'apply' | 'notOnThisKernel'> {
  const { device } = machine;
  if (device !== undefined) return chooseScheduler(scheduler, settings, { ...machine, device }, queue);
  const found = availabilityOf(scheduler, settings, machine);
  return found.can ? {} : { notOnThisKernel: found.why };
}

/** What a reader must know of every simulation; `captured`: the workload was fitted to a capture. */
export function caveatsOf(
  { tasks, pageCache }: Workload,
  predictions: readonly SchedulerPrediction[],
  { captured = false, kernel }: { readonly captured?: boolean; readonly kernel?: string } = {},
): string[] {
  const readers = tasks.filter(({ write, pattern }) => !write && pattern === 'random').length;
  const impossible = predictions.flatMap(({ scheduler, notOnThisKernel: why }) =>
    why === undefined ? [] : [`${scheduler} (${why})`],
  );
  const has = (name: string): boolean => predictions.some(({ scheduler }) => scheduler === name);
  const [first, ...others] = errorSources(predictions);
  return [
    ...(impossible.length === 0
      ? []
      : [
          `not on this kernel${kernel === undefined ? '' : `, ${kernel}`}: ${[...new Set(impossible)].join('; ')}`,
        ]),
    ...(first === undefined
      ? []
      : others.map(([names, against]) => `errors of ${names} are known against ${against}`)),
    'the spread over seeds is chance within the model; it does not say how wrong the model is',
    ...(captured
      ? []
      : [
          'errors are of other workloads on the modelled disk, one recording each; yours may lie further off',
        ]),
    ...(tasks.some(({ recorded }) => recorded !== undefined)
      ? ['recorded operations are the same for every seed: a narrow spread is no sign of certainty']
      : []),
    ...(tasks.some(({ buffered }) => buffered) && pageCache?.writeEstimates === undefined
      ? [
          'how long buffered writers sleep depends on what was written before: this begins with a device nobody has written to',
        ]
      : []),
    ...(has('none') ? ['host times were fitted to rates under none: its small error is a fit, no test'] : []),
    ...(has('cfq') && readers >= 4
      ? [
          `among random readers (${readers} here) cfq serves first who comes last: some starve where there are more than two beyond what the device takes; so says the source of Linux 4.4, no kernel was measured`,
        ]
      : []),
    ...(has('bfq') && tasks.length > 1
      ? [
          'bfq may serve processes that start within 180 ms of one another as one, and lets in what deep writers submit before others come: both depend on who is first, which is chance here',
        ]
      : []),
  ];
}

/** Schedulers by what their errors are known against, in the order of the predictions. */
function errorSources(predictions: readonly SchedulerPrediction[]): (readonly [string, string])[] {
  const found = new Map<string, Set<string>>();
  for (const { scheduler, validation } of predictions) {
    if (validation === undefined) continue;
    const names = found.get(validation.against) ?? new Set();
    found.set(validation.against, names.add(scheduler));
  }
  return [...found].map(([against, names]) => [[...names].join(', '), against] as const);
}
