import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ssd } from '../../../analyzers/io/simulator/devices/built-in.ts';
import { demeritOf } from '../../../analyzers/io/simulator/fit/device-replay.ts';
import { fitDevice } from '../../../analyzers/io/simulator/fit/fit-device.ts';
import { replayLoops } from '../../../analyzers/io/simulator/fit/replay-loops.ts';
import type { SsdModel } from '../../../model/simulation.ts';
import { captureOf, loop, rateOf } from '../../support/simulated-capture.ts';

/** µs a page keeps a channel: reading it and bringing it out are told apart by nothing. */
const onChannel = ({ readPage, pageBytes, channelRate }: SsdModel): number =>
  readPage + pageBytes / channelRate;
const pagesPerMicrosecond = (drive: SsdModel): number => drive.channels / onChannel(drive);

function fitted(truth: SsdModel, depth: number, seed: number): SsdModel {
  const { model, demerit } = fitDevice(captureOf(truth, [loop(truth, depth)], 1500, seed), 'a drive', false);
  expect(demerit.all).toBeLessThan(0.15);
  if (model.kind !== 'ssd') throw new Error('no flash');
  return model;
}

describe('a flash drive nobody told about', () => {
  it('near saturation: its channels within a factor of two, what they do together, rates at other depths', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(2, 4, 8, 16),
        fc.integer({ min: 40, max: 200 }),
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: 1, max: 1000 }),
        (channels, readPage, perChannel, seed) => {
          const truth = { ...ssd, channels, readPage, queueDepth: 64 };
          // Where the interface is the limit, nothing tells how much more the channels could do.
          fc.pre(pagesPerMicrosecond(truth) * truth.pageBytes < 0.7 * truth.interfaceRate);
          const model = fitted(truth, channels * perChannel, seed);
          expect(Math.abs(Math.log2(model.channels / channels)), `${model.channels}`).toBeLessThanOrEqual(1);
          const capacity = pagesPerMicrosecond(model) / pagesPerMicrosecond(truth);
          expect(Math.abs(capacity - 1), `${capacity} of the capacity`).toBeLessThan(0.1);
          for (const depth of [1, channels, 6 * channels]) {
            const device = { ...model, queueDepth: 64 };
            const rate = rateOf(device, [loop(device, depth)]) / rateOf(truth, [loop(truth, depth)]);
            expect(Math.abs(rate - 1), `depth ${depth}`).toBeLessThan(0.15);
          }
        },
      ),
      { numRuns: 6 },
    );
  });

  it('has the channels of the built-in one where one request at a time tells nothing of them', () => {
    expect(fitted({ ...ssd, channels: 16 }, 1, 3)).toMatchObject({ channels: ssd.channels });
  });

  it('that is too slow as modelled does not fall behind: as many are in flight as were captured', () => {
    const issued = captureOf(ssd, [loop(ssd, 16)], 800);
    const slow = { ...ssd, readPage: 2 * ssd.readPage };
    const mean = (of: Float64Array): number => of.reduce((sum, each) => sum + each, 0) / of.length;
    // Twice the page time at most doubles the latency; at fixed times the queue would grow to the end.
    expect(mean(replayLoops(slow, issued)) / mean(issued.latency)).toBeLessThan(2.1);
    expect(demeritOf(ssd, issued).all).toBeLessThan(0.1);
    expect(demeritOf(slow, issued).all).toBeGreaterThan(0.5);
  });
});
