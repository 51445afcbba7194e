import { expect, it } from 'vitest';
import { createDevice } from '../../../analyzers/io/simulator/device.ts';
import { hdd, ssd } from '../../../analyzers/io/simulator/devices/built-in.ts';
import { createRequests } from '../../../analyzers/io/simulator/requests.ts';
import type { DeviceModel, DiskModel, SsdModel } from '../../../model/simulation.ts';
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
    out[requestToArt(requests, next.row)] = Number((now / 1000).toFixed(3));
    device.finished(next.row);
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

it('disk: with reordering it serves what it reaches first', () => {
  const far = 'R0 R1800000 R1000';
  const order = (reorders: boolean): string[] =>
    Object.entries(ends({ ...disk, reorders }, far))
      .sort(([, a], [, b]) => a - b)
      .map(([name]) => name);
  expect(order(false)).toEqual(['R0', 'R1800000', 'R1000']);
  expect(order(true)).toEqual(['R0', 'R1000', 'R1800000']);
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
