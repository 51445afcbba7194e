import type { DeviceModel, SchedulerPrediction, Workload } from '../../../model/simulation.ts';
import { applyCommands } from './apply-commands.ts';
import { hdd } from './devices/built-in.ts';
import { forecast } from './forecast.ts';
import { defaultHost } from './host.ts';
import { knownErrors, knownErrorsOf } from './known-errors.ts';
import type { Variant } from './variants.ts';

export interface PredictionSetup extends Variant {
  readonly workload: Workload;
  readonly device: DeviceModel;
  readonly hz: number;
  readonly seeds: readonly number[];
  /** As in /sys/block. */
  readonly target?: string;
}

/** What one scheduler would do, how far such predictions were from measured runs, and how to choose it. */
export function predict({
  workload,
  device,
  scheduler,
  settings,
  hz,
  seeds,
  target,
}: PredictionSetup): SchedulerPrediction {
  const { modelled = '' } = knownErrors[scheduler] ?? {};
  // The errors are known for what was measured, and for nothing else.
  const asMeasured = device === hdd && hz === defaultHost.hz;
  const validation = asMeasured ? knownErrorsOf(scheduler, settings) : undefined;
  const setup = { workload, device, scheduler, settings, host: { ...defaultHost, hz } };
  return {
    scheduler,
    modelled,
    settings,
    ...forecast(setup, seeds),
    ...(validation !== undefined ? { validation } : {}),
    ...(target === undefined ? {} : { apply: applyCommands(scheduler, settings, target) }),
  };
}

/** What a reader must know of every simulation; `captured`: the workload was fitted to a capture. */
export function caveatsOf(
  { tasks }: Workload,
  predictions: readonly SchedulerPrediction[],
  captured = false,
): string[] {
  const readers = tasks.filter(({ write, pattern }) => !write && pattern === 'random').length;
  const has = (name: string): boolean => predictions.some(({ scheduler }) => scheduler === name);
  return [
    'the spread over seeds is chance within the model; it does not say how wrong the model is',
    ...(captured
      ? []
      : [
          'errors are of other workloads on the modelled disk, one recording each; yours may lie further off',
        ]),
    ...(tasks.some(({ recorded }) => recorded !== undefined)
      ? ['recorded operations are the same for every seed: a narrow spread is no sign of certainty']
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
