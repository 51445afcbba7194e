import type { DeviceModel, DiskModel, SsdModel } from '../../../model/simulation.ts';
import {
  booleanField,
  choiceField,
  type FieldReaders,
  integerField,
  listField,
  numberField,
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

/** A device from JSON, checked field by field; fields and units are those of DiskModel and SsdModel. */
export function readDevice(text: string, file: string): DeviceModel {
  const value = parseJson(text, file);
  const place = { file, path: '' };
  if (typeof value !== 'object' || value === null) throw unexpected(place, 'an object', value);
  const kind = (value as { readonly kind?: unknown }).kind;
  if (kind === 'ssd') return readObject(ssdFields, value, place);
  if (kind !== 'disk') throw unexpected({ file, path: 'kind' }, 'disk or ssd', kind);
  const disk = readObject(diskFields, value, place);
  if (disk.kneeSeek < disk.settle)
    throw unexpected({ file, path: 'kneeSeek' }, `at least settle (${disk.settle})`, disk.kneeSeek);
  if (disk.fullSeek < disk.kneeSeek)
    throw unexpected({ file, path: 'fullSeek' }, `at least kneeSeek (${disk.kneeSeek})`, disk.fullSeek);
  return disk;
}
