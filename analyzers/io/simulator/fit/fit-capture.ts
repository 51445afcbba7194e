import type { Capture, DeviceModel, Workload } from '../../../../model/simulation.ts';
import type { Context } from '../../../context.ts';
import { kernelRelease, queueNames, queueSetting, schedulerOf } from '../../../derived/settings.ts';
import type { Variant } from '../variants.ts';
import { capturedQueue, capturedVariant } from './captured-queue.ts';
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
  const captured = scheduler === undefined ? undefined : capturedVariant(context, fitted.device, scheduler);
  const queue = capturedQueue(context, fitted.device);
  const kernel = kernelRelease(context);
  const [label] = queueNames(context, fitted.device);
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
      ...(kernel === undefined ? {} : { kernel }),
      ...(queue === undefined ? {} : { queue }),
      tasks: fitted.measured,
      demerit: { read, write, reads, writes, heldOut },
      notes: fitted.notes,
    },
    ...(captured === undefined ? {} : { captured }),
  };
}

function rotationalOf(context: Context, device: number): boolean | undefined {
  const text = queueSetting(context, device, 'rotational')?.trim();
  return text === '1' ? true : text === '0' ? false : undefined;
}
