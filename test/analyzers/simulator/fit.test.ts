import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Context } from '../../../analyzers/context.ts';
import { hdd, ssd } from '../../../analyzers/io/simulator/devices/built-in.ts';
import { demeritOf } from '../../../analyzers/io/simulator/fit/device-replay.ts';
import { fitDevice } from '../../../analyzers/io/simulator/fit/fit-device.ts';
import { fitWorkload } from '../../../analyzers/io/simulator/fit/fit-workload.ts';
import type { IssuedRequests } from '../../../analyzers/io/simulator/fit/issued-requests.ts';
import { replayErrors, replayValidation } from '../../../analyzers/io/simulator/fit/replay-error.ts';
import { replayAfter } from '../../../analyzers/io/simulator/fit/replay-loops.ts';
import { createOperationSource } from '../../../analyzers/io/simulator/operations.ts';
import { Random } from '../../../analyzers/stats/random.ts';
import type { Capture, DeviceModel, SchedulerPrediction, TaskModel } from '../../../model/simulation.ts';
import { ftrace } from '../../../workers/importers/ftrace.ts';
import { blockArt } from '../../support/block-art.ts';
import { importCut } from '../../support/import.ts';

/** Latencies when requests come at their times, whatever became of those before. */
const replayOpenLoop = (model: DeviceModel, issued: IssuedRequests): Float64Array =>
  replayAfter(model, issued, new Int32Array(issued.issue.length).fill(-1));

/** Random requests, a few at once, with the latencies this device gives them. */
function requestsOf(model: DeviceModel, count: number, gap: number, seed = 1): IssuedRequests {
  const random = new Random(seed);
  let now = 0;
  const issued: IssuedRequests = {
    issue: Float64Array.from({ length: count }, () => {
      now += Math.round(random.next() * 2 * gap);
      return now;
    }),
    latency: new Float64Array(count),
    sector: Float64Array.from({ length: count }, () => Math.floor(random.next() * 1e8) * 8),
    sectors: new Int32Array(count).fill(8),
    write: Uint8Array.from({ length: count }, () => (random.next() < 0.3 ? 1 : 0)),
  };
  issued.latency.set(replayOpenLoop(model, issued));
  return issued;
}

describe('a device against a capture', () => {
  it('has the demerit worked out by hand', () => {
    // One at a time, far apart: the drive takes 10 + 60 + transfers + 5 µs, whatever that is, each time.
    const issued = requestsOf(ssd, 50, 1e9);
    const reads = { ...issued, write: new Uint8Array(50) };
    const own = { ...reads, latency: replayOpenLoop(ssd, reads) };
    const [each = 0] = own.latency;
    expect([...own.latency].every((latency) => Math.abs(latency - each) < 1)).toBe(true);
    expect(demeritOf(ssd, own)).toMatchObject({ reads: 50, writes: 0 });
    expect(demeritOf(ssd, own).read).toBeCloseTo(0, 9);
    // All twice as slow as modelled: a distance of half the measured mean.
    expect(demeritOf(ssd, { ...own, latency: own.latency.map((latency) => 2 * latency) }).read).toBeCloseTo(
      0.5,
      9,
    );
  });

  it('is its own best model', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.constantFrom<DeviceModel>(hdd, ssd),
        (seed, model) => {
          expect(demeritOf(model, requestsOf(model, 100, 5e6, seed)).all).toBeCloseTo(0, 9);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('is fitted to a disk nobody told about, and told from flash', () => {
    const slow = { ...hdd, fullSeek: 30_000, kneeSeek: 14_000, overhead: 400 };
    const issued = requestsOf(slow, 1200, 30e6);
    const fitted = fitDevice(issued, 'a slow disk');
    expect(fitted).toMatchObject({ heldOut: true, model: { kind: 'disk', reorders: false } });
    expect(fitted.demerit.all).toBeLessThan(0.1);
    expect(fitted.demerit.all).toBeLessThan(demeritOf(hdd, issued).all / 2);
  });

  it('is fitted to flash nobody told about', () => {
    const slow = { ...ssd, readPage: 150, programPage: 1500, channels: 4, writeBuffer: 0 };
    const fitted = fitDevice(requestsOf(slow, 1200, 800e3), 'a slow drive');
    expect(fitted.model.kind).toBe('ssd');
    expect(fitted.demerit.all).toBeLessThan(0.1);
  });

  it('finds rotation and seeks of a disk it has not seen, whatever the mix of requests', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.constantFrom(5400, 10_000),
        fc.integer({ min: 12_000, max: 25_000 }),
        (seed, rotationsPerMinute, fullSeek) => {
          const truth = { ...hdd, rotationsPerMinute, fullSeek };
          const { model } = fitDevice(requestsOf(truth, 900, 40e6, seed), 'a disk');
          expect(model).toMatchObject({ kind: 'disk', rotationsPerMinute });
          const found = model.kind === 'disk' ? model.fullSeek : Number.NaN;
          expect(Math.abs(found / fullSeek - 1), `${found} for ${fullSeek}`).toBeLessThan(0.15);
        },
      ),
      { numRuns: 4 },
    );
  });

  it('is of the kind the kernel said', () => {
    expect(fitDevice(requestsOf(ssd, 60, 1e6), 'a drive', true).model.kind).toBe('disk');
    expect(fitDevice(requestsOf(ssd, 60, 1e6), 'a drive', false)).toMatchObject({
      model: { kind: 'ssd' },
      heldOut: false,
    });
  });
});

const contextOf = (art: string): Context => new Context(importCut(ftrace, blockArt(art)));
const line = (name: string, sector: number, rwbs: string, from: number, steps: string): string =>
  `${name} ${sector}+8 ${rwbs}: ${' '.repeat(from)}${steps}`;
const lines = (count: number, each: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => each(i)).join('\n');

describe('a workload fitted to requests', () => {
  it('has a task a thread, one at a time, with its think times', () => {
    const fitted = fitWorkload(
      contextOf(
        [
          // Every 6 ms: queued, issued at once, done after 3 ms; so 3 ms of thought.
          lines(12, (i) => line('scan', 1000 + 8 * i, 'R (be,0,4)', 6 * i, 'D  C')),
          // At once after each completion.
          lines(12, (i) => line('seek', 900_000 - 5000 * i, 'R (rt,4,2)', 4 * i, 'D   C')),
        ].join('\n'),
      ),
      'art',
    );
    expect(fitted?.workload.tasks).toMatchObject([
      { name: 'scan 101', pattern: 'sequential', depth: 1, bytes: 4096, offset: 512_000, priorityClass: 2 },
      { name: 'seek 102', pattern: 'random', depth: 1, write: false },
    ]);
    const [scan, seek] = fitted?.workload.tasks ?? [];
    expect(scan?.recorded?.sector.slice(0, 3)).toEqual([1000, 1008, 1016]);
    // Beyond the 0.1 ms a host takes anyhow.
    expect(scan?.recorded?.thinkTime.slice(0, 3)).toEqual([0, 2.9e6, 2.9e6]);
    expect(seek?.recorded?.thinkTime.slice(1).every((think) => think === 0)).toBe(true);
    // It ended after 47 of 69 ms.
    expect(scan?.operations).toBeUndefined();
    expect(seek?.operations).toBe(12);
    expect(fitted?.measured[0]).toMatchObject({ n: 12, mean: 3e6, writeBack: false });
  });

  it('keeps as many in flight as it saw', () => {
    const fitted = fitWorkload(
      contextOf(lines(30, (i) => line('deep', 100_000 + 8000 * ((i * 7) % 31), 'WS', 2 * i, 'D        C'))),
      'art',
    );
    expect(fitted?.workload.tasks).toMatchObject([
      { name: 'deep 101 write', depth: 5, write: true, sync: true, pattern: 'random' },
    ]);
  });

  it('takes what nobody waits for as one buffered writer, held back when the device was busy with it', () => {
    const fitted = fitWorkload(
      contextOf(
        [
          lines(12, (i) => line('kworker/0:1', 1000 + 8 * i, 'W', 4 * i, 'D   C')),
          lines(12, (i) => line('fsync', 1001 + 6 * i, 'WS', 4 * i + 1, 'D C')),
        ].join('\n'),
      ),
      'art',
    );
    expect(fitted?.workload.tasks).toMatchObject([{ buffered: true, pattern: 'random', thinkTime: 0 }]);
    expect(fitted?.notes).toContain('12 of these somebody waited for: they lie among the others');
    const idle = fitWorkload(
      contextOf(lines(12, (i) => line('kworker/0:1', 1000 + 8 * i, 'W', 10 * i, 'D C'))),
      'art',
    );
    // 12 × 4 KiB in 112 ms is 256 KiB in 597.3 ms.
    expect(idle?.workload.tasks[0]).toMatchObject({ pattern: 'sequential', thinkTime: 597_333_333 });
  });

  it('leaves out what is no loop, and says so', () => {
    const burst = lines(20, (i) => line('close', 80_000 + 8000 * i, 'WS', 1, 'D      C'));
    const reader = lines(40, (i) => line('scan', 1000 + 8 * i, 'R', 4 * i, 'D  C'));
    const fitted = fitWorkload(contextOf(`${burst}\n${reader}\n${line('odd', 5, 'R', 3, 'D C')}`), 'art');
    expect(fitted?.workload.tasks.map(({ name }) => name)).toEqual(['scan 102']);
    expect(fitted?.notes.filter((note) => note.includes('left out'))).toEqual([
      '20 came many at once for less than 20 % of the time: left out, as that is no loop',
      '1 of threads with fewer than 10, or beyond the 255 busiest, left out',
    ]);
  });

  it('keeps a starved thread, however few its requests, and leaves out one that asked seldom', () => {
    const fitted = fitWorkload(
      contextOf(
        [
          lines(20, (i) => line('busy', 1000 + 8 * i, 'R', 4 * i, 'D  C')),
          line('starved', 90_000, 'R', 1, `Q${' '.repeat(30)}DC`),
          line('starved', 70_000, 'R', 35, `Q${' '.repeat(30)}DC`),
          line('seldom', 50_000, 'R', 10, 'D C'),
          line('seldom', 40_000, 'R', 50, 'D C'),
        ].join('\n'),
      ),
      'art',
    );
    expect(fitted?.workload.tasks.map(({ name }) => name)).toEqual(['busy 101', 'starved 102']);
    expect(fitted?.notes).toContain('2 of threads with fewer than 10, or beyond the 255 busiest, left out');
  });

  it('takes no depth for known where a thread waited for tags, and fio’s word where it is there', () => {
    // Two tags: whoever submits waits for one, and then at once for the next.
    const deep = lines(20, (i) =>
      line('fio', 100_000 + 8000 * ((i * 7) % 31), 'WS', 6 * i, `Q${' '.repeat(5)}GD${' '.repeat(9)}C`),
    );
    const fitted = fitWorkload(contextOf(deep), 'art');
    expect(fitted?.workload.tasks).toMatchObject([{ name: 'fio 101 write', depth: 64, thinkTime: 0 }]);
    expect(fitted?.measured[0]?.held).toBeGreaterThan(0.9);
    expect(fitted?.notes[1]).toMatch(/^fio 101 write: 3 in flight were seen, but for 100 % of its time/);
  });

  it('tells what a thread did before its loop from the loop', () => {
    const flush = lines(3, (i) => line('fio', 900_000 + 1024 * i, 'WS', 3 * i, 'D C').replace('+8', '+1024'));
    const reads = lines(20, (i) => line('fio', 1000 + 80 * i, 'R', 20 + 4 * i, 'D  C'));
    const fitted = fitWorkload(contextOf(`${flush}\n${reads}`), 'art');
    expect(fitted?.workload.tasks).toMatchObject([{ name: 'fio 101 read', write: false }]);
    expect(fitted?.measured[0]?.byteRate).toBeLessThan(2e6);
    // In turns they are one loop.
    const turns = lines(20, (i) => line('fio', 1000 + 80 * i, i % 2 ? 'WS' : 'R', 4 * i, 'D  C'));
    expect(fitWorkload(contextOf(turns), 'art')?.workload.tasks).toMatchObject([{ name: 'fio 101' }]);
  });

  it('thinks for as long as slots are empty', () => {
    // Every 8 ms one for 12 ms: two at most, half of the second slot empty.
    const art = lines(40, (i) => line('pair', 1000 + 80 * i, 'R', 8 * i, `D${' '.repeat(11)}C`));
    const fitted = fitWorkload(contextOf(art), 'art');
    const [task] = fitted?.workload.tasks ?? [];
    expect(task?.depth).toBe(2);
    // 2 slots / (12 ms + think) = 1 / 8 ms, beyond the 0.1 ms of the host; but for the ends of the run.
    expect((task?.thinkTime ?? 0) / 1e6).toBeCloseTo(3.9, 0);
    // Submissions end with the last one, not with the last completion.
    expect(fitted?.workload.duration).toBe(39 * 8e6);
  });

  it('is nothing without requests', () => {
    expect(fitWorkload(contextOf(line('scan', 1000, 'R', 0, 'QGD')), 'art')).toBeUndefined();
  });
});

describe('recorded operations', () => {
  const task: TaskModel = {
    name: 'again',
    pattern: 'random',
    write: false,
    bytes: 4096,
    offset: 0,
    range: 4096,
    depth: 1,
    sync: true,
    buffered: false,
    priorityClass: 2,
    priorityLevel: 4,
    thinkTime: 0,
    start: 0,
  };
  const recorded = {
    sector: [8, 16],
    sectors: [8, 8],
    write: [0, 1] as const,
    sync: [1, 1] as const,
    thinkTime: [5, 7],
  };
  const drawn = (of: TaskModel, most: number): string[] => {
    const source = createOperationSource(of, new Random(1));
    const found: string[] = [];
    while (found.length < most && source.next())
      found.push(`${source.sector} ${source.write} ${source.thinkTime}`);
    return found;
  };

  it('wait before the one their think time belongs to, and end or begin anew', () => {
    expect(drawn({ ...task, recorded }, 5)).toEqual(['8 false 7', '16 true 5']);
    expect(drawn({ ...task, recorded: { ...recorded, repeats: true } }, 3)).toEqual([
      '8 false 7',
      '16 true 5',
      '8 false 7',
    ]);
    expect(drawn({ ...task, recorded: { ...recorded, repeats: true }, operations: 3 }, 9)).toHaveLength(3);
  });
});

describe('the error of a replay', () => {
  it('is that of bytes and of tails with enough operations', () => {
    const measured = { rate: 1, mean: 1, p50: 1, max: 1, held: 0 };
    const capture = {
      tasks: [
        { ...measured, task: 'a', n: 200, byteRate: 100, p99: 10, writeBack: false },
        { ...measured, task: 'b', n: 20, byteRate: 100, p99: 10, writeBack: false },
        { ...measured, task: 'c', n: 200, byteRate: 100, p99: 10, writeBack: true },
        { ...measured, task: 'd', n: 200, byteRate: 100, p99: 10, writeBack: false, held: 0.9 },
      ],
    } as unknown as Capture;
    const mean = (value: number) => ({ mean: value, low: value, high: value });
    const predicted = {
      tasks: [90, 130, 500, 100].map((rate) => ({ byteRate: mean(rate), p99: mean(12) })),
      writeBackRate: mean(100),
    } as unknown as SchedulerPrediction;
    const errors = replayErrors(capture, predicted);
    expect(errors.map(({ rate, p99 }) => [rate.toFixed(2), p99.toFixed(2)])).toEqual([
      ['-0.10', '0.20'],
      ['0.30', 'NaN'],
      // Of write-back what reaches the device, not what the page cache takes.
      ['0.00', 'NaN'],
      // A thread that waits for tags: the program sees other latencies than the block layer.
      ['0.00', 'NaN'],
    ]);
    expect(replayValidation('none', errors)).toMatchObject({ n: 4 });
    expect(replayValidation('none', errors).rateMax).toBeCloseTo(0.3, 9);
    expect(replayValidation('none', errors).p99Mean).toBeCloseTo(0.2, 9);
  });
});
