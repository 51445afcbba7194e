import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hdd, ssd } from '../../../analyzers/io/simulator/devices/built-in.ts';
import { defaultHost } from '../../../analyzers/io/simulator/host.ts';
import { schedulers } from '../../../analyzers/io/simulator/schedulers/index.ts';
import {
  type SimulationOutcome,
  type SimulationSetup,
  simulate,
  type WatchedRequest,
} from '../../../analyzers/io/simulator/simulate.ts';
import type { DeviceModel, SchedulerName, TaskModel } from '../../../model/simulation.ts';

const names = ['none', ...Object.keys(schedulers)] as SchedulerName[];

const task: fc.Arbitrary<TaskModel> = fc
  .record({
    pattern: fc.constantFrom('sequential' as const, 'random' as const),
    write: fc.boolean(),
    blocks: fc.constantFrom(1, 1, 4, 32, 300),
    depth: fc.constantFrom(1, 1, 2, 16),
    batch: fc.constantFrom(1, 1, 2, 16),
    direct: fc.boolean(),
    area: fc.integer({ min: 0, max: 3 }),
    priorityClass: fc.constantFrom(1 as const, 2 as const, 3 as const),
    priorityLevel: fc.integer({ min: 0, max: 7 }),
    thinkTime: fc.constantFrom(0, 500_000, 12_000_000),
    operations: fc.integer({ min: 1, max: 40 }),
  })
  .map(({ blocks, direct, area, batch, ...rest }) => ({
    ...rest,
    batch: Math.min(batch, rest.depth),
    name: 'task',
    bytes: blocks * 4096,
    offset: area * 2 ** 30,
    range: 2 ** 26,
    sync: direct || !rest.write,
    buffered: false,
    start: 0,
  }));

/** Five disks that reorder, in stripes of 12 KiB: requests begin and end anywhere in them. */
const striped: DeviceModel = {
  kind: 'array',
  name: 'striped',
  bytes: 2 ** 40,
  spindles: 5,
  stripe: 12_288,
  disk: { ...hdd, reorders: true, longestWait: 20_000 },
  interfaceRate: 200,
  queueDepth: 32,
  reply: 80,
};

const device: fc.Arbitrary<DeviceModel> = fc
  .tuple(
    fc.constantFrom<DeviceModel>(hdd, ssd, { ...hdd, reorders: true }, striped),
    fc.constantFrom(1, 4, 32),
  )
  .map(([model, queueDepth]) => ({ ...model, queueDepth }));

/** Ways of being set that change what a scheduler does, beside its defaults. */
const variants: Partial<Record<SchedulerName, readonly Readonly<Record<string, number>>[]>> = {
  bfq: [
    {},
    {},
    { low_latency: 0 },
    { slice_idle: 0 },
    { strict_guarantees: 1 },
    { timeout_sync: 1, max_budget: 64 },
    { fifo_expire_sync: 1, back_seek_max: 0 },
  ],
};

const setups = (scheduler: SchedulerName): fc.Arbitrary<SimulationSetup> =>
  fc
    .record({
      tasks: fc.array(task, { minLength: 1, maxLength: 4 }),
      device,
      seed: fc.integer({ min: 1, max: 1e6 }),
      hz: fc.constantFrom(100, 250, 1000),
      requests: fc.constantFrom(0, 4, 16),
      settings: fc.constantFrom(...(variants[scheduler] ?? [{}])),
    })
    .map(({ tasks, device: model, seed, hz, requests, settings }) => ({
      workload: { name: 'law', tasks, duration: 1e12 },
      device: model,
      scheduler,
      settings,
      host: { ...defaultHost, hz, requests },
      seed,
    }));

function run(setup: SimulationSetup): { outcome: SimulationOutcome; events: WatchedRequest[] } {
  const events: WatchedRequest[] = [];
  const outcome = simulate({ ...setup, watch: (event) => events.push(event) });
  return { outcome, events };
}

const keyOf = ({ task: who, sector, sectors, write }: WatchedRequest): string =>
  `${who} ${sector}+${sectors} ${write}`;

/** ns a device needs at the very least: its command, and what has to pass over its fastest part. */
function leastService(model: DeviceModel, sectors: number): number {
  const bytes = sectors * 512;
  if (model.kind === 'array') return leastService(model.disk, sectors / model.spindles);
  const rate = model.kind === 'disk' ? Math.max(...model.zoneRates) : model.interfaceRate;
  return model.overhead * 1000 + bytes / (rate / 1000);
}

describe.each(names)('%s', (scheduler) => {
  it('keeps every law of a queue, for any tasks, device and host', () => {
    fc.assert(
      fc.property(setups(scheduler), (setup) => {
        const { outcome, events } = run(setup);
        const open = new Map<string, number[]>();
        let inDriver = 0;
        let before = 0;
        let sectors = 0;
        for (const event of events) {
          // The clock never goes back.
          expect(event.time).toBeGreaterThanOrEqual(before);
          before = event.time;
          const key = keyOf(event);
          if (event.what === 'issue') {
            inDriver++;
            sectors += event.sectors;
            expect(inDriver).toBeLessThanOrEqual(setup.device.queueDepth);
            expect(event.sectors).toBeLessThanOrEqual(setup.host.maxSectorsKb * 2);
            open.set(key, [...(open.get(key) ?? []), event.time]);
          } else {
            inDriver--;
            const issued = open.get(key)?.shift();
            // Completed once, after it was issued, not before the least the device needs.
            expect(issued, `${key} completes without having been issued`).toBeDefined();
            const took = event.time - (issued as number);
            expect(took).toBeGreaterThan(leastService(setup.device, event.sectors) - 1);
          }
        }
        expect(inDriver).toBe(0);
        // Every operation completes once, and merging neither makes nor loses a byte.
        const wanted = setup.workload.tasks.map(({ operations }) => operations);
        expect(outcome.tasks.map(({ n }) => n)).toEqual(wanted);
        const bytes = setup.workload.tasks.reduce(
          (sum, each) => sum + each.bytes * (each.operations ?? 0),
          0,
        );
        expect(sectors * 512).toBe(bytes);
        expect(outcome.requests + outcome.merged).toBe(outcome.submitted);
      }),
      { numRuns: 60, seed: 20_261_124 },
    );
  });

  it('gives one result for one seed', () => {
    fc.assert(
      fc.property(setups(scheduler), (setup) => {
        expect(run(setup)).toEqual(run(setup));
      }),
      { numRuns: 10, seed: 20_261_124 },
    );
  });
});
