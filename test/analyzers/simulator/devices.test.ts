import { expect, it } from 'vitest';
import { createDevice } from '../../../analyzers/io/simulator/device.ts';
import { hdd, ssd } from '../../../analyzers/io/simulator/devices/built-in.ts';
import { longestWaitOf } from '../../../analyzers/io/simulator/devices/disk.ts';
import { readDevice } from '../../../analyzers/io/simulator/read-device.ts';
import { createRequests } from '../../../analyzers/io/simulator/requests.ts';
import { Problem } from '../../../model/problem.ts';
import type { ArrayModel, DeviceModel, DiskModel, SsdModel } from '../../../model/simulation.ts';
import { requestFromArt, requestToArt, words } from '../../support/scheduler-bench.ts';

/** Submits requests at once at 0 and says when each ends, µs. */
function ends(model: DeviceModel, art: string): Record<string, number> {
  const requests = createRequests(64);
  const pending: { row: number; time: number }[] = [];
  const out: Record<string, number> = {};
  let now = 0;
  const device = createDevice(model, {
    requests,
    now: () => now,
    finishAt: (row, time) => pending.push({ row, time }),
  });
  for (const word of words(art)) device.submit(requestFromArt(requests, word, 0));
  for (;;) {
    pending.sort((a, b) => a.time - b.time);
    const next = pending.shift();
    if (next === undefined) return out;
    now = next.time;
    const done = device.finished(next.row);
    if (done >= 0) out[requestToArt(requests, done)] = Number((now / 1000).toFixed(3));
  }
}

/**
 * 6000 rpm: a turn takes 10 ms. One zone of 100 MB/s: a track is 1 MB, and 1000 bytes pass in 10 µs. No skew, so the
 * angle of a byte is its place in its track. 1000 tracks; a seek of a quarter of the stroke takes 1 + 7·√¼/√¼ = 8 ms.
 */
const disk: DiskModel = {
  ...hdd,
  bytes: 1e9,
  rotationsPerMinute: 6000,
  zoneRates: [100],
  settle: 1000,
  knee: 0.25,
  kneeSeek: 8000,
  fullSeek: 14_000,
  writeSettle: 500,
  trackSkew: 0,
  overhead: 100,
  reorders: false,
};

it('disk: overhead, seek, rotation and transfer of three requests, worked out by hand', () => {
  // R16+16: byte 8192, no seek. The command takes 100 µs, in which 81.92 has gone by: it is back at 10 081.92;
  //   8192 bytes pass in 81.92 µs: done at 10 163.84.
  // R500000: byte 256 000 000, track 256, angle 0. The way of 255 983 616 of 10⁹ is beyond the knee:
  //   8000 + 6000 · 0.005983616 / 0.75 = 8047.869 µs. At 10 163.84 + 100 + 8047.869 = 18 311.709 the platter
  //   stands at 8311.709 of a turn: the track begins at 20 000; 4096 bytes: done at 20 040.96.
  // W500976: byte 256 499 712, same track, no seek and no settling: 20 140.96 is angle 140.96, wanted is
  //   4997.12: there at 24 997.12, done at 25 038.08.
  expect(ends(disk, 'R16+16 R500000 W500976')).toEqual({
    'R16+16': 10_163.84,
    R500000: 20_040.96,
    W500976: 25_038.08,
  });
});

it('disk: a write pays for settling where a read catches the same turn', () => {
  // From 0: head at track 0. Byte 250 000 384 would be beyond the knee by nothing: 8000.003 µs; angle 3.84 µs.
  // Command and seek end at 8100.003: read there at 10 003.84. A write settles until 8600.003: the same turn.
  const fast = ends(disk, 'R488282');
  const settled = ends(disk, 'W488282');
  expect(fast).toEqual({ R488282: 10_044.8 });
  expect(settled).toEqual({ W488282: 10_044.8 });
  // With 2 ms to settle it ends at 10 100.003 and has missed it: one turn later.
  expect(ends({ ...disk, writeSettle: 2000 }, 'W488282')).toEqual({ W488282: 20_044.8 });
});

it('disk: reads that go on where the last one ended lose no turn', () => {
  // 10 163.84 as above; the next costs the command and its own 81.92 µs.
  expect(ends(disk, 'R16+16 R32+16')).toEqual({ 'R16+16': 10_163.84, 'R32+16': 10_345.76 });
});

it('disk: a read that goes on in what is read ahead waits for the media, and for no turn', () => {
  const ahead = { ...disk, readAhead: 2 ** 20, interfaceRate: 1000 };
  // R16+16 ends at 10 163.84 as above, and the disk reads on from byte 16 384. R40+16, bytes 20 480 to 28 672, is asked for
  // at once: its last byte passes (28 672 − 16 384) / 100 = 122.88 µs later, after the command's 100 µs and before the
  // link's 8.192 µs would be over after those.
  expect(ends(ahead, 'R16+16 R40+16')).toEqual({ 'R16+16': 10_163.84, 'R40+16': 10_286.72 });
  // R400+16 lies further ahead than the head has come, so the head has to go there and wait for its place in the track:
  // byte 204 800 is at angle 2048 µs, which comes round at 12 048.
  expect(ends(ahead, 'R16+16 R400+16')).toEqual({ 'R16+16': 10_163.84, 'R400+16': 12_129.92 });
  // Read before it is asked for: the command and the link only.
  expect(ends(ahead, 'R16+16 R40+16 R32')).toMatchObject({ R32: 10_390.816 });
});

it('disk: with reordering it serves what it reaches first', () => {
  const far = 'R0 R1800000 R1000';
  const order = (reorders: boolean): string[] =>
    Object.entries(ends({ ...disk, reorders }, far))
      .sort(([, a], [, b]) => a - b)
      .map(([name]) => name);
  expect(order(false)).toEqual(['R0', 'R1800000', 'R1000']);
  expect(order(true)).toEqual(['R0', 'R1000', 'R1800000']);
});

it('disk: what has waited longer than longestWait goes before what is nearer', () => {
  const order = (longestWait: number): string[] =>
    Object.entries(ends({ ...disk, reorders: true, longestWait }, 'R0 R1800000 R1000 R2000 R3000'))
      .sort(([, a], [, b]) => a - b)
      .map(([name]) => name);
  // All came at 0. R0, served at once, ends after a turn: 10 040.96; the far one is the oldest left.
  expect(order(10_041)).toEqual(['R0', 'R1000', 'R1800000', 'R2000', 'R3000']);
  expect(order(10_040)).toEqual(['R0', 'R1800000', 'R1000', 'R2000', 'R3000']);
  // Nobody waits too long: as the head reaches them.
  expect(order(1e6)).toEqual(['R0', 'R1000', 'R2000', 'R3000', 'R1800000']);
  // Unless it is said: as long as a full queue in order has at most, 4 · (100 + 14 000 + 500 + 10 000) µs.
  expect(longestWaitOf({ ...disk, queueDepth: 4 })).toBe(98_400);
});

it('disk: it looks at no more requests than it takes at once', () => {
  // R1000 is nearer than R1800000 and third in the queue when R0 is done.
  const order = (queueDepth: number): string | undefined =>
    Object.entries(ends({ ...disk, reorders: true, queueDepth }, 'R0 R1800000 R1900000 R1000'))
      .sort(([, a], [, b]) => a - b)
      .map(([name]) => name)[1];
  expect([order(2), order(3)]).toEqual(['R1800000', 'R1000']);
});

/** Stripes of 4096 bytes over three of those disks. */
const striped: ArrayModel = {
  kind: 'array',
  name: 'striped',
  bytes: 3e9 - (3e9 % 12_288),
  spindles: 3,
  stripe: 4096,
  disk,
  interfaceRate: 1000,
  queueDepth: 32,
  reply: 0,
};

it('array: each disk gets its stripes in one part, and a request ends with the last of them', () => {
  // R0+40 is 20 480 bytes: stripes 0 and 3 on disk 0 (bytes 0 to 8192 there), 1 and 4 on disk 1, 2 on disk 2.
  // Disks have turned by 0, 0.618 034 and 0.236 068 at 0: byte 0 comes to the head, the command's 100 µs over, at 10 000,
  // 3819.66 and 7639.32 µs. Disk 0 is last: 8192 bytes pass in 81.92 µs. The link took the data meanwhile.
  expect(ends(striped, 'R0+40')).toEqual({ 'R0+40': 10_081.92 });
  // Bytes 4096 to 8192 are on disk 1 alone, 8192 to 12 288 on disk 2.
  expect(ends(striped, 'R8')).toEqual({ R8: 3860.62 });
  expect(ends(striped, 'R16')).toEqual({ R16: 7680.28 });
  // Three of them are read at once, each by its own disk.
  expect(ends(striped, 'R0 R8 R16')).toEqual({ R0: 10_040.96, R8: 3860.62, R16: 7680.28 });
});

it('array: parts may begin and end within a stripe', () => {
  // 1024 bytes from byte 3584: 512 at the end of stripe 0, 512 at the beginning of stripe 1.
  // Disk 0: angle 35.84 at 10 035.84, 5.12 to read. Disk 1 ends before.
  expect(ends(striped, 'R7+2')).toEqual({ 'R7+2': 10_040.96 });
});

it('array: the link takes one request after the other', () => {
  // 4096 bytes take 2048 µs at 2 MB/s. R8 is read at 3860.62, R16 at 7680.28, R0 at 10 040.96: each finds it free, and has
  // passed it when its disk is done with it.
  const slow = { ...striped, interfaceRate: 2 };
  expect(ends(slow, 'R0 R8 R16')).toEqual({ R0: 10_040.96, R8: 3860.62, R16: 7680.28 });
  // At 1 MB/s it takes 4096 µs: R8 ends at 4096, as it cannot begin before 0; R16 at 8192, R0 at 12 288.
  expect(ends({ ...striped, interfaceRate: 1 }, 'R0 R8 R16')).toEqual({ R0: 12_288, R8: 4096, R16: 8192 });
});

const asJson = (change: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ ...striped, ...change });

it('array: from JSON, and refused by name where it is none', () => {
  expect(readDevice(asJson({}), 'a.json')).toEqual(striped);
  const refused = (change: Readonly<Record<string, unknown>>): string => {
    try {
      readDevice(asJson(change), 'a.json');
      return '';
    } catch (error) {
      return error instanceof Problem ? error.message : String(error);
    }
  };
  expect(refused({ spindles: 1 })).toContain('spindles: expected a whole number from 2 to 256, found 1');
  expect(refused({ stripe: 1000 })).toContain('stripe: expected a multiple of 512, found 1000');
  expect(refused({ bytes: 3e9 })).toContain(
    'bytes: expected at most 2999992320, the whole stripes of 3 disks',
  );
  expect(refused({ disk: { ...disk, kneeSeek: 1 } })).toContain(
    'disk.kneeSeek: expected at least settle (1000)',
  );
  expect(refused({ disk: 'hdd' })).toContain('disk: expected an object, found "hdd"');
  expect(refused({ kind: 'raid5' })).toContain('kind: expected disk, ssd or array, found "raid5"');
});

/** Two channels; a page of 4096 bytes takes 60 µs to read, 10.24 over the channel, 4.096 over the interface. */
const flash: SsdModel = {
  ...ssd,
  channels: 2,
  readPage: 60,
  programPage: 600,
  channelRate: 400,
  interfaceRate: 1000,
  bufferedWrite: 20,
  overhead: 10,
  writeBuffer: 4096,
};

it('ssd: pages on different channels are read at once, on the same one after the other', () => {
  // Alone: 10 + 60 + 10.24 + 4.096 = 84.336. R8 lies on the other channel: only the interface is shared.
  // R16 is on the first channel again: free at 80.24, 150.48 there, 154.576 at the host.
  expect(ends(flash, 'R0 R8 R16')).toEqual({ R0: 84.336, R8: 88.432, R16: 154.576 });
});

it('ssd: a write ends in the buffer, the next waits until there is room', () => {
  // 10 + 4.096 + 20. The page is on flash at 14.096 + 600 + 10.24 = 624.336: then there is room for one more.
  expect(ends(flash, 'W0 W8')).toEqual({ W0: 34.096, W8: 648.432 });
});
