import type { ArrayModel, DeviceModel, DiskModel, SsdModel } from '../../../model/simulation.ts';
import {
  booleanField,
  choiceField,
  type FieldPlace,
  type FieldReaders,
  inside,
  integerField,
  listField,
  numberField,
  optionalField,
  parseJson,
  readObject,
  textField,
  unexpected,
} from './fields.ts';

const MOST_BYTES = 2 ** 46;
const microseconds = numberField(0, 1e7);
const positive = numberField(0.001, 1e6);

const diskFields: FieldReaders<DiskModel> = {
  kind: choiceField(['disk'] as const),
  name: textField('disk'),
  bytes: integerField(2 ** 20, MOST_BYTES),
  rotationsPerMinute: numberField(100, 100_000),
  zoneRates: listField(positive, 1, 4096),
  settle: microseconds,
  knee: numberField(0.001, 0.999),
  kneeSeek: microseconds,
  fullSeek: microseconds,
  writeSettle: microseconds,
  trackSkew: microseconds,
  overhead: microseconds,
  readAhead: integerField(0, 2 ** 32),
  interfaceRate: positive,
  queueDepth: integerField(1, 1024),
  reorders: booleanField(),
  longestWait: optionalField(microseconds),
  reply: microseconds,
};
const ssdFields: FieldReaders<SsdModel> = {
  kind: choiceField(['ssd'] as const),
  name: textField('ssd'),
  bytes: integerField(2 ** 20, MOST_BYTES),
  channels: integerField(1, 4096),
  stripe: integerField(512, 2 ** 30),
  pageBytes: integerField(512, 2 ** 20),
  readPage: microseconds,
  programPage: microseconds,
  channelRate: positive,
  interfaceRate: positive,
  writeBuffer: integerField(0, 2 ** 32),
  bufferedWrite: microseconds,
  overhead: microseconds,
  queueDepth: integerField(1, 1024),
  reply: microseconds,
};

const arrayFields: FieldReaders<ArrayModel> = {
  kind: choiceField(['array'] as const),
  name: textField('array'),
  bytes: integerField(2 ** 20, MOST_BYTES),
  spindles: integerField(2, 256),
  stripe: integerField(512, 2 ** 30),
  disk: readDisk,
  interfaceRate: positive,
  queueDepth: integerField(1, 1024),
  reply: microseconds,
};

/** A device from JSON, checked field by field; fields and units are those of DiskModel, SsdModel and ArrayModel. */
export function readDevice(text: string, file: string): DeviceModel {
  const value = parseJson(text, file);
  const place = { file, path: '' };
  if (typeof value !== 'object' || value === null) throw unexpected(place, 'an object', value);
  const kind = (value as { readonly kind?: unknown }).kind;
  switch (kind) {
    case 'disk':
      return readDisk(value, place);
    case 'ssd':
      return readObject(ssdFields, value, place);
    case 'array':
      return readArray(value, place);
    default:
      throw unexpected({ file, path: 'kind' }, 'disk, ssd or array', kind);
  }
}

function readDisk(value: unknown, place: FieldPlace): DiskModel {
  const disk = readObject(diskFields, value, place);
  const { settle, kneeSeek, fullSeek } = disk;
  if (kneeSeek < settle) throw unexpected(inside(place, 'kneeSeek'), `at least settle (${settle})`, kneeSeek);
  if (fullSeek < kneeSeek)
    throw unexpected(inside(place, 'fullSeek'), `at least kneeSeek (${kneeSeek})`, fullSeek);
  return disk;
}

function readArray(value: unknown, place: FieldPlace): ArrayModel {
  const array = readObject(arrayFields, value, place);
  const { bytes, spindles, stripe, disk } = array;
  if (stripe % 512 !== 0) throw unexpected(inside(place, 'stripe'), 'a multiple of 512', stripe);
  const most = spindles * Math.floor(disk.bytes / stripe) * stripe;
  if (bytes > most)
    throw unexpected(
      inside(place, 'bytes'),
      `at most ${most}, the whole stripes of ${spindles} disks`,
      bytes,
    );
  return array;
}
