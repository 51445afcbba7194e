import type { DeviceModel, DiskModel, SsdModel } from '../../../../model/simulation.ts';

/** Outermost to innermost: 120 down to 60 MB/s in 16 zones. */
const zoneRates = Array.from({ length: 16 }, (_, zone) => 120 - (60 * zone) / 15);

/**
 * A 500 GiB disk at 7200 rpm without read-ahead: the disk that docs/simulator.md validates against, whose log of
 * 19 000 requests shows no hit in a buffer.
 */
export const hdd: DiskModel = {
  kind: 'disk',
  name: 'hdd: 500 GiB, 7200 rpm, 4 requests at once, in order',
  bytes: 500 * 2 ** 30,
  rotationsPerMinute: 7200,
  zoneRates,
  settle: 800,
  knee: 0.3,
  kneeSeek: 8000,
  fullSeek: 16_000,
  writeSettle: 200,
  trackSkew: 800,
  overhead: 100,
  readAhead: 0,
  interfaceRate: 300,
  queueDepth: 4,
  reorders: false,
  reply: 80,
};

/** A SATA flash drive: 8 channels, read 60 µs and program 600 µs a page, 16 MiB of write buffer. Not fitted to a drive. */
export const ssd: SsdModel = {
  kind: 'ssd',
  name: 'ssd: 256 GiB, 8 channels, 32 requests at once',
  bytes: 256 * 2 ** 30,
  channels: 8,
  stripe: 4096,
  pageBytes: 4096,
  readPage: 60,
  programPage: 600,
  channelRate: 400,
  interfaceRate: 550,
  writeBuffer: 16 * 2 ** 20,
  bufferedWrite: 20,
  overhead: 10,
  queueDepth: 32,
  reply: 5,
};

export const builtInDevices: Readonly<Record<string, DeviceModel>> = { hdd, ssd };
