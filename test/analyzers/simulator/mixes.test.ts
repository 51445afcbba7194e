import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ssd } from '../../../analyzers/io/simulator/devices/built-in.ts';
import { defaultHost } from '../../../analyzers/io/simulator/host.ts';
import { createOperationSource } from '../../../analyzers/io/simulator/operations.ts';
import { simulate } from '../../../analyzers/io/simulator/simulate.ts';
import { Random } from '../../../analyzers/stats/random.ts';
import type { TaskModel } from '../../../model/simulation.ts';
import { loop, rateOf } from '../../support/simulated-capture.ts';

const drawn = (task: TaskModel, count: number, seed: number) => {
  const source = createOperationSource(task, new Random(seed));
  return Array.from({ length: count }, () => {
    source.next();
    const { sector, sectors, write, sync } = source;
    return { sector, sectors, write, sync };
  });
};

describe('a mix', () => {
  it('has the share of reads it should, within what chance allows', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 1e6 }),
        (share, seed) => {
          const operations = drawn(loop(ssd, 1, { readShare: share, sync: false }), 4000, seed);
          const reads = operations.filter(({ write }) => !write).length;
          // Five standard deviations of a binomial.
          expect(Math.abs(reads - share * 4000)).toBeLessThanOrEqual(
            5 * Math.sqrt(4000 * share * (1 - share)) + 1e-9,
          );
          // Somebody waits for every read.
          expect(operations.every(({ write, sync }) => sync === !write)).toBe(true);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('of sizes stays in its range, at multiples of the smallest, with sizes as often as their weight', () => {
    const sizes = [
      { bytes: 4096, weight: 60 },
      { bytes: 65_536, weight: 40 },
    ];
    fc.assert(
      fc.property(
        fc.constantFrom<'random' | 'sequential'>('random', 'sequential'),
        fc.integer({ min: 65_536 / 512, max: 4000 }),
        fc.integer({ min: 1, max: 1e6 }),
        (pattern, sectors, seed) => {
          const task = loop(ssd, 1, { pattern, sizes, offset: 8192, range: sectors * 512 });
          const operations = drawn(task, 3000, seed);
          for (const { sector, sectors: length } of operations) {
            expect(sector).toBeGreaterThanOrEqual(16);
            expect(sector + length).toBeLessThanOrEqual(16 + sectors);
            expect((sector - 16) % 8).toBe(0);
          }
          const large = operations.filter(({ sectors: length }) => length === 128).length;
          expect(Math.abs(large - 1200)).toBeLessThan(5 * Math.sqrt(3000 * 0.4 * 0.6));
        },
      ),
      { numRuns: 20 },
    );
  });

  it('moves the bytes of its sizes', () => {
    const sizes = [
      { bytes: 4096, weight: 1 },
      { bytes: 12_288, weight: 1 },
    ];
    const task = loop(ssd, 4, { sizes, bytes: 8192 });
    let moved = 0;
    const outcome = simulate({
      workload: { name: 'sizes', duration: 1e9, tasks: [task] },
      device: ssd,
      scheduler: 'none',
      host: defaultHost,
      seed: 1,
      watch: ({ what, sectors }) => {
        if (what === 'complete') moved += sectors * 512;
      },
    });
    expect((outcome.tasks[0]?.bytes ?? 0) / moved).toBeCloseTo(1, 1);
  });
});

describe('a rate', () => {
  it.each([1, 8])('is kept to where the device could do more, at depth %i', (depth) => {
    const most = 500;
    expect(rateOf(ssd, [loop(ssd, depth)])).toBeGreaterThan(4 * most);
    expect(rateOf(ssd, [loop(ssd, depth, { mostRate: most })]) / most).toBeCloseTo(1, 1);
  });

  it('is of no matter where the device cannot do it', () => {
    const free = rateOf(ssd, [loop(ssd, 1)]);
    expect(rateOf(ssd, [loop(ssd, 1, { mostRate: 1e6 })]) / free).toBeCloseTo(1, 1);
  });

  it('lets what stands behind catch up, on average', () => {
    // A second loop keeps the device busy for the first half of the time.
    const busy = loop(ssd, 64, { name: 'busy', operations: 2000 });
    const workload = { name: 'late', duration: 1e9, tasks: [loop(ssd, 1, { mostRate: 1000 }), busy] };
    const { tasks } = simulate({ workload, device: ssd, scheduler: 'none', host: defaultHost, seed: 1 });
    expect((tasks[0]?.n ?? 0) / 1000).toBeCloseTo(1, 1);
  });
});
