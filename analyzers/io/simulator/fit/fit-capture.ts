import { deviceNumber } from '../../../../model/io-tables.ts';
import type { Capture, DeviceModel, SchedulerName, Workload } from '../../../../model/simulation.ts';
import { schedulerNames } from '../../../../model/simulation.ts';
import type { Context } from '../../../context.ts';
import { deviceNames } from '../../../derived/io/device-names.ts';
import { numberSetting, queueSetting, schedulerOf } from '../../../derived/settings.ts';
import { schedulers } from '../schedulers/index.ts';
import type { Variant } from '../variants.ts';
import { demeritOf } from './device-replay.ts';
import { fitDevice } from './fit-device.ts';
import { fitWorkload } from './fit-workload.ts';

export interface FittedCapture {
  readonly workload: Workload;
  readonly device: DeviceModel;
  readonly capture: Capture;
  /** The captured scheduler with the captured tunables; absent when it is not known or not simulated. */
  readonly captured?: Variant;
}

/** A workload, a device and what was measured; undefined when the capture has no completed reads or writes. */
export function fitCapture(
  context: Context,
  name: string,
  given: { readonly device?: DeviceModel; readonly scheduler?: string } = {},
): FittedCapture | undefined {
  const fitted = fitWorkload(context, name);
  if (fitted === undefined) return undefined;
  const scheduler = given.scheduler ?? schedulerOf(context, fitted.device);
  const label = context.derive(deviceNames).get(deviceNumber(fitted.device));
  const { model, demerit, heldOut } =
    given.device === undefined
      ? fitDevice(fitted.issued, name, rotationalOf(context, fitted.device))
      : { model: given.device, demerit: demeritOf(given.device, fitted.issued), heldOut: true };
  const { read, write, reads, writes } = demerit;
  return {
    workload: fitted.workload,
    device: model,
    capture: {
      ...(scheduler === undefined ? {} : { scheduler }),
      ...(label === undefined ? {} : { device: label }),
      tasks: fitted.measured,
      demerit: { read, write, reads, writes, heldOut },
      notes: fitted.notes,
    },
    ...known(context, fitted.device, scheduler),
  };
}

function rotationalOf(context: Context, device: number): boolean | undefined {
  const text = queueSetting(context, device, 'rotational')?.trim();
  return text === '1' ? true : text === '0' ? false : undefined;
}

/** Tunables as captured, where they differ from the defaults. */
function known(
  context: Context,
  device: number,
  name: string | undefined,
): { readonly captured: Variant } | Record<string, never> {
  const scheduler = schedulerNames.find((each): each is SchedulerName => each === name);
  if (scheduler === undefined) return {};
  const settings: Record<string, number> = {};
  for (const [tunable, fallback] of Object.entries(schedulers[scheduler]?.defaults ?? {})) {
    const { value, captured } = numberSetting(context, device, `iosched/${tunable}`, fallback);
    if (captured && value !== fallback && Number.isSafeInteger(value)) settings[tunable] = value;
  }
  return { captured: { scheduler, settings } };
}
