import type { DeviceModel } from '../../../model/simulation.ts';
import { createDisk } from './devices/disk.ts';
import { createSsd } from './devices/ssd.ts';
import type { Requests } from './requests.ts';

export interface DeviceHost {
  readonly requests: Requests;
  now(): number;
  /** Says when the device will be done with a request; `finished` is called then. */
  finishAt(row: number, time: number): void;
}

/** A device under simulation: takes up to its queue depth, ends each request when the model says. */
export interface Device {
  readonly rotational: boolean;
  submit(row: number): void;
  finished(row: number): void;
  /** ns in which it served something. */
  busy(): number;
}

export function createDevice(model: DeviceModel, host: DeviceHost): Device {
  return model.kind === 'disk' ? createDisk(model, host) : createSsd(model, host);
}
