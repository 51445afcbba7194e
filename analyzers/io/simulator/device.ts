import type { DeviceModel } from '../../../model/simulation.ts';
import { createArray } from './devices/array.ts';
import { createDisk } from './devices/disk.ts';
import { createSsd } from './devices/ssd.ts';
import type { Requests } from './requests.ts';

export interface DeviceHost {
  readonly requests: Requests;
  now(): number;
  /** Says when the device will be done with a request, or a part of one; `finished` is called then with the same number. */
  finishAt(subject: number, time: number): void;
}

/** A device under simulation: takes up to its queue depth, ends each request when the model says. */
export interface Device {
  readonly rotational: boolean;
  submit(row: number): void;
  /** The request that is done with this; -1 when more of it is to come. */
  finished(subject: number): number;
  /** ns in which it served something. */
  busy(): number;
}

export function createDevice(model: DeviceModel, host: DeviceHost): Device {
  switch (model.kind) {
    case 'disk':
      return createDisk(model, host);
    case 'ssd':
      return createSsd(model, host);
    case 'array':
      return createArray(model, host);
  }
}
