import type { DeviceModel, DiskModel, SsdModel } from '../../../../model/simulation.ts';
import { hdd, ssd } from '../devices/built-in.ts';
import { type Demerit, demeritOf } from './device-replay.ts';
import { type IssuedRequests, sliceIssued } from './issued-requests.ts';
import { createServiceDistance } from './service-strata.ts';

export interface FittedDevice {
  readonly model: DeviceModel;
  /** Of requests the fit has not seen: the second half of the capture; of the same ones when these are few. */
  readonly demerit: Demerit;
  readonly heldOut: boolean;
}

/** Requests a fit looks at: enough for a curve, few enough for some hundred replays. */
const MOST = 3000;
/** Fewer are not divided. */
const FEWEST_TO_DIVIDE = 400;
/** Factors tried on each parameter, and how often all parameters are gone through. */
const FACTORS = [2, 0.5, 1.25, 0.8, 1.06, 0.94];
const PASSES = 6;
/** Requests that shapes (channels, turns a minute) are chosen by. */
const ROUGHLY = 500;
/** A shape is another than the first when it brings the figure down to this part: else nothing tells them apart. */
const CLEARLY = 0.95;
/** Share of requests that overtook an earlier one, above which the device reorders. */
const OVERTAKING = 0.02;

const diskParameters = [
  'overhead',
  'settle',
  'kneeSeek',
  'fullSeek',
  'writeSettle',
  'interfaceRate',
] as const satisfies readonly (keyof DiskModel)[];
const ssdParameters = [
  'overhead',
  'readPage',
  'programPage',
  'channelRate',
  'interfaceRate',
  'bufferedWrite',
] as const satisfies readonly (keyof SsdModel)[];

/**
 * A device model for a capture: coordinate descent on the demerit figure, from the built-in models on.
 * `rotational` is what the kernel said; undefined: the kind that comes closer. Throws RangeError without requests.
 */
export function fitDevice(issued: IssuedRequests, name: string, rotational?: boolean): FittedDevice {
  const count = Math.min(issued.issue.length, 2 * MOST);
  if (count === 0) throw new RangeError('no requests to fit a device to');
  const heldOut = count >= FEWEST_TO_DIVIDE;
  const half = heldOut ? Math.floor(count / 2) : count;
  const [seen, unseen] = [sliceIssued(issued, 0, half), sliceIssued(issued, heldOut ? half : 0, count)];
  const common = {
    bytes: roomFor(issued),
    queueDepth: Math.min(1024, mostInFlight(issued)),
    name: `fitted to ${name}`,
  };
  const candidates: DeviceModel[] = [];
  if (rotational !== false)
    candidates.push(fitDisk({ ...hdd, ...common, reorders: overtakes(issued) }, seen));
  if (rotational !== true) candidates.push(fitSsd({ ...ssd, ...common }, seen));
  const judged = candidates.map((model) => ({ model, demerit: demeritOf(model, seen).all }));
  judged.sort((a, b) => a.demerit - b.demerit);
  const { model } = judged[0] as (typeof judged)[number];
  return { model, demerit: demeritOf(model, unseen), heldOut };
}

function fitDisk(start: DiskModel, seen: IssuedRequests): DiskModel {
  const spindles = [7200, 5400, 10_000, 15_000].map((rotationsPerMinute) => ({
    ...start,
    rotationsPerMinute,
  }));
  const shapes = spindles.flatMap((disk) => [disk, { ...disk, readAhead: 2 ** 21 }]);
  const scaled = (disk: DiskModel, factor: number): DiskModel => ({
    ...disk,
    zoneRates: disk.zoneRates.map((rate) => rounded(rate * factor)),
  });
  const steps: Steps<DiskModel> = (disk, factor) => [
    ...diskParameters.map((parameter) => ({ ...disk, [parameter]: rounded(disk[parameter] * factor) })),
    scaled(disk, factor),
  ];
  return fitBest(shapes, seen, createServiceDistance, steps, 1);
}

function fitSsd(start: SsdModel, seen: IssuedRequests): SsdModel {
  // The built-in one first: one request at a time tells nothing of channels.
  const shapes = [8, 16, 4, 32, 2, 1].flatMap((channels) =>
    (seen.write.includes(1) ? [2 ** 24, 0, 2 ** 28] : [start.writeBuffer]).map((writeBuffer) => ({
      ...start,
      channels,
      writeBuffer,
    })),
  );
  const steps: Steps<SsdModel> = (drive, factor) =>
    ssdParameters.map((parameter) => ({ ...drive, [parameter]: rounded(drive[parameter] * factor) }));
  // Channels show late: half of them twice as fast are close by until all is fitted.
  return fitBest(shapes, seen, demeritFigure, steps, 4);
}

type Steps<Model> = (model: Model, factor: number) => readonly Model[];
/** What is made small: of requests, then of a model. */
type Figure<Model> = (issued: IssuedRequests) => (model: Model) => number;

const demeritFigure: Figure<DeviceModel> = (issued) => (model) => demeritOf(model, issued).all;

/**
 * Shapes are judged when each has been fitted roughly: unfitted, a wrong one may be the closest. The first of them and
 * the `finalists` closest are then fitted to all.
 */
function fitBest<Model extends DeviceModel>(
  shapes: readonly Model[],
  seen: IssuedRequests,
  figure: Figure<Model>,
  steps: Steps<Model>,
  finalists: number,
): Model {
  const some = sliceIssued(seen, 0, Math.min(ROUGHLY, seen.issue.length));
  const [roughly, closely] = [figure(some), figure(seen)];
  const judged = shapes.map((shape) => descend(shape, roughly, steps, 2));
  const last = [...judged].sort((a, b) => a.distance - b.distance)[finalists - 1]?.distance;
  const fitted = judged
    .filter(({ distance }, i) => i === 0 || last === undefined || distance <= last)
    .map(({ model }) => descend(model, closely, steps, PASSES));
  return fitted.reduce((least, each) => (each.distance < least.distance * CLEARLY ? each : least)).model;
}

/** Goes on as long as one step of one parameter makes the figure smaller. */
function descend<Model extends DeviceModel>(
  from: Model,
  distanceOf: (model: Model) => number,
  steps: Steps<Model>,
  passes: number,
): { model: Model; distance: number } {
  let found = { model: from, distance: distanceOf(from) };
  for (let pass = 0; pass < passes; pass++) {
    const before = found.distance;
    for (const factor of FACTORS) {
      const count = steps(found.model, factor).length;
      for (let i = 0; i < count; i++) {
        const model = steps(found.model, factor)[i] as Model;
        if (!possible(model)) continue;
        const distance = distanceOf(model);
        if (distance < found.distance) found = { model, distance };
      }
    }
    if (before - found.distance < 1e-3) break;
  }
  return found;
}

/** Within what a device may be said to be (read-device.ts). */
function possible(model: DeviceModel): boolean {
  if (model.kind !== 'disk') return true;
  return model.settle <= model.kneeSeek && model.kneeSeek <= model.fullSeek;
}

function rounded(value: number): number {
  return Math.min(1e6, Math.max(0.01, Number(value.toPrecision(3))));
}

/** Bytes: no less than the built-in disk, whose curve is by the share of the stroke. */
function roomFor({ sector, sectors }: IssuedRequests): number {
  let end = 0;
  for (let i = 0; i < sector.length; i++) end = Math.max(end, (sector[i] as number) + (sectors[i] as number));
  return Math.max(hdd.bytes, Math.ceil((end * 512) / 2 ** 30) * 2 ** 30);
}

function mostInFlight({ issue, latency }: IssuedRequests): number {
  const ends = issue.map((time, i) => time + (latency[i] as number)).sort();
  let most = 1;
  for (let i = 0, done = 0; i < issue.length; i++) {
    while ((ends[done] as number) <= (issue[i] as number)) done++;
    most = Math.max(most, i + 1 - done);
  }
  return most;
}

/** The device ends requests in another order than it got them. */
function overtakes({ issue, latency }: IssuedRequests): boolean {
  let latest = 0;
  let overtaken = 0;
  for (let i = 0; i < issue.length; i++) {
    const end = (issue[i] as number) + (latency[i] as number);
    if (end < latest) overtaken++;
    else latest = end;
  }
  return overtaken > OVERTAKING * issue.length;
}
