import { expect, it } from 'vitest';
import type { BlockLayer, LayerHost } from '../../../analyzers/io/simulator/block-layer.ts';
import { createLegacyLayer } from '../../../analyzers/io/simulator/layers/legacy.ts';
import { createMultiQueueLayer } from '../../../analyzers/io/simulator/layers/multi-queue.ts';
import { createNoSchedulerLayer } from '../../../analyzers/io/simulator/layers/no-scheduler.ts';
import { createMerger } from '../../../analyzers/io/simulator/merging.ts';
import type { Scheduler } from '../../../analyzers/io/simulator/scheduler.ts';
import type { SchedulerName } from '../../../model/simulation.ts';
import { requestFromArt, requestToArt, schedulerBench, words } from '../../support/scheduler-bench.ts';

interface LayerBench {
  /** Submits by task 0, 1, 2 …; which were refused. */
  submit(art: string): string;
  run(): string;
  complete(): string;
  readonly resumed: number[];
  merges(): number;
}

/** A layer over a device of `depth` that completes its oldest request when told to. */
function layerBench(
  name: SchedulerName,
  { depth = 1, tags = 128, maxSectors = 1024, noMerges = 0 as 0 | 1 | 2, settings = {} } = {},
): LayerBench {
  const { requests, scheduler } = schedulerBench(name === 'none' ? 'noop' : name, { settings });
  const inDevice: number[] = [];
  const issued: string[] = [];
  const resumed: number[] = [];
  let task = 0;
  const host: LayerHost = {
    now: () => 1e9,
    depth,
    hz: 250,
    inDriver: () => inDevice.length,
    issue: (row) => {
      inDevice.push(row);
      issued.push(requestToArt(requests, row));
    },
    resume: (who) => resumed.push(who),
    runLater: () => undefined,
  };
  const merger = createMerger(requests, scheduler, maxSectors, noMerges);
  const layer: BlockLayer =
    name === 'none'
      ? createNoSchedulerLayer(host)
      : scheduler.layer === 'legacy'
        ? createLegacyLayer(requests, scheduler, merger, host, tags, 64)
        : createMultiQueueLayer(requests, scheduler, merger, host, tags);
  const since = (act: () => void): string => {
    issued.length = 0;
    act();
    return issued.join(' ');
  };
  return {
    submit: (art) =>
      words(art)
        .filter((word) => {
          const who = task++;
          return !layer.submit(requestFromArt(requests, word, 1e9, { task: who }), who);
        })
        .join(' '),
    run: () => since(layer.run),
    complete: () =>
      since(() => {
        layer.completed(inDevice.shift() as number);
        layer.run();
      }),
    resumed,
    merges: layer.merges,
  };
}

it('back merge, front merge, and a gap that closes', () => {
  const bench = layerBench('deadline', { depth: 8 });
  //            100───108  112───120   104… closes nothing; 108───112 joins both
  bench.submit('R100 R112 R92 R108+4');
  expect(bench.run()).toBe('R92+28');
  expect(bench.merges()).toBe(3);
});

it('noop merges behind only: it keeps no order by sector to find what lies in front', () => {
  const bench = layerBench('noop', { depth: 8 });
  bench.submit('R100 R92 R108');
  expect(bench.run()).toBe('R100+16 R92');
});

it('requests grow up to max_sectors and not beyond', () => {
  const bench = layerBench('deadline', { depth: 8, maxSectors: 16 });
  bench.submit('R100 R108 R116');
  expect(bench.run()).toBe('R100+16 R116');
});

it('reads do not merge with writes, nor what somebody waits for with what nobody does', () => {
  const bench = layerBench('deadline', { depth: 8 });
  bench.submit('R100 W108 S116');
  expect(bench.run()).toBe('R100 W108 S116');
});

it('nomerges 1 merges with the last one only, 2 not at all', () => {
  const art = 'R100 R500 R108';
  const merged = (noMerges: 0 | 1 | 2): string => {
    const bench = layerBench('deadline', { depth: 8, noMerges });
    bench.submit(art);
    return bench.run();
  };
  expect(merged(0)).toBe('R100+16 R500');
  expect(merged(1)).toBe('R100 R108 R500');
  expect(merged(2)).toBe('R100 R108 R500');
});

it('older layer: one request is committed ahead of the device and passed by nothing', () => {
  const bench = layerBench('deadline', { depth: 1 });
  bench.submit('W100 W500');
  expect(bench.run()).toBe('W100');
  // W500 was chosen when W100 went out; a read comes too late for it.
  bench.submit('R50 R900');
  expect(bench.complete()).toBe('W500');
  expect(bench.complete()).toBe('R50');
});

it('older layer: nr_requests limits each direction by itself, and who waits is resumed', () => {
  const bench = layerBench('deadline', { depth: 1, tags: 2 });
  expect(bench.submit('R100 R200 R300 W100 W200 W300')).toBe('R300 W300');
  bench.run();
  bench.complete();
  expect(bench.resumed).toEqual([2]);
});

it('blk-mq: tags limit all directions together; one request is kept when no driver tag is free', () => {
  const bench = layerBench('mq-deadline', { depth: 1, tags: 3 });
  expect(bench.submit('R500 R600 R900 R700')).toBe('R700');
  expect(bench.run()).toBe('R500');
  expect(bench.complete()).toBe('R600');
  expect(bench.resumed).toEqual([3]);
});

it("none: requests go out as they come, merge with nothing, and tasks wait for the driver's tags", () => {
  const bench = layerBench('none', { depth: 2 });
  expect(bench.submit('R500 R100 R108 R50')).toBe('R108 R50');
  bench.complete();
  expect(bench.resumed).toEqual([2]);
  bench.complete();
  expect(bench.resumed).toEqual([2, 3]);
  expect(bench.merges()).toBe(0);
});

it('blk-mq: a task that waits for a tag runs the queue whenever one comes free, even one it may not have', () => {
  const issuedAfter = (writerWaits: boolean): string => {
    const { requests, scheduler: fifo } = schedulerBench('noop');
    let held = false;
    // Holds back what it has, as idling schedulers do, and lets writers have no tag.
    const scheduler: Scheduler = {
      ...fifo,
      layer: 'blk-mq',
      dispatch: () => (held ? -1 : fifo.dispatch()),
      tagLimit: (write) => (write ? 0 : 8),
    };
    const issued: number[] = [];
    const host: LayerHost = {
      now: () => 1e9,
      depth: 4,
      hz: 250,
      inDriver: () => 1,
      issue: (row) => issued.push(row),
      resume: () => undefined,
      runLater: () => undefined,
    };
    const merger = createMerger(requests, scheduler, 1024, 2);
    const layer = createMultiQueueLayer(requests, scheduler, merger, host, 8);
    const submit = (art: string, task: number): boolean =>
      layer.submit(requestFromArt(requests, art, 1e9, { task }), task);
    submit('R100', 1);
    layer.run();
    held = true;
    submit('R500', 2);
    layer.run();
    if (writerWaits) expect(submit('W900', 3)).toBe(false);
    held = false;
    layer.completed(issued[0] as number);
    return issued.map((row) => requestToArt(requests, row)).join(' ');
  };
  expect(issuedAfter(false)).toBe('R100');
  expect(issuedAfter(true)).toBe('R100 R500');
});

it.each([
  // Ticks of 4 ms: the one after the next, whenever that is.
  [250, 100e6, 8],
  [250, 103.9e6, 4.1],
  // Ticks of 1 ms: three and the one after them. Of 10 ms: as of 4.
  [1000, 100.5e6, 3.5],
  [100, 105e6, 15],
])('a scheduler that holds back is asked again when a timer rings: %d Hz, at %d ns', (hz, now, after) => {
  const { requests, scheduler: fifo } = schedulerBench('noop');
  const scheduler: Scheduler = { ...fifo, layer: 'blk-mq', dispatch: () => -1 };
  const later: number[] = [];
  const host: LayerHost = {
    now: () => now,
    depth: 4,
    hz,
    inDriver: () => 1,
    issue: () => undefined,
    resume: () => undefined,
    runLater: (delay) => later.push(delay / 1e6),
  };
  const layer = createMultiQueueLayer(
    requests,
    scheduler,
    createMerger(requests, scheduler, 1024, 2),
    host,
    8,
  );
  layer.submit(requestFromArt(requests, 'R100', now), 0);
  layer.run();
  layer.run();
  expect(later).toHaveLength(1);
  expect(later[0]).toBeCloseTo(after, 6);
});

it('what a waiting task may have is settled when it begins to wait; the tag of its own request is its next', () => {
  const { requests, scheduler: fifo } = schedulerBench('noop');
  let most = 2;
  const scheduler: Scheduler = { ...fifo, layer: 'blk-mq', tagLimit: (write) => (write ? most : 8) };
  const issued: number[] = [];
  const resumed: number[] = [];
  const host: LayerHost = {
    now: () => 1e9,
    depth: 8,
    hz: 250,
    inDriver: () => 0,
    issue: (row) => issued.push(row),
    resume: (task) => resumed.push(task),
    runLater: () => undefined,
  };
  const layer = createMultiQueueLayer(
    requests,
    scheduler,
    createMerger(requests, scheduler, 1024, 2),
    host,
    8,
  );
  const submit = (art: string, task: number): boolean =>
    layer.submit(requestFromArt(requests, art, 1e9, { task }), task);
  expect(submit('W100', 1)).toBe(true);
  for (const [i, art] of ['R200', 'R300', 'R400'].entries()) expect(submit(art, 2 + i)).toBe(true);
  expect(submit('W500', 1)).toBe(false);
  layer.run();
  // With eight allowed three in use would do, but two were allowed when it began to wait.
  most = 8;
  layer.completed(issued[1] as number);
  expect(resumed).toEqual([]);
  layer.completed(issued[0] as number);
  expect(resumed).toEqual([1]);
  most = 0;
  expect(submit('W500', 1)).toBe(true);
  expect(submit('W600', 1)).toBe(false);
});

it('a scheduler is asked until it yields nothing, then once more when all it yielded is with the device', () => {
  const { requests, scheduler: fifo } = schedulerBench('noop');
  const log: string[] = [];
  const dispatch = (): number => {
    // Holds back what it still has behind the first.
    const row = log.includes('R100') ? -1 : fifo.dispatch();
    log.push(row < 0 ? '-' : requestToArt(requests, row));
    return row;
  };
  const scheduler: Scheduler = { ...fifo, layer: 'blk-mq', dispatch };
  const host: LayerHost = {
    now: () => 1e9,
    depth: 4,
    hz: 250,
    inDriver: () => 0,
    issue: () => log.push('issued'),
    resume: () => undefined,
    runLater: () => log.push('later'),
  };
  const layer = createMultiQueueLayer(
    requests,
    scheduler,
    createMerger(requests, scheduler, 1024, 2),
    host,
    8,
  );
  for (const art of ['R100', 'R200']) layer.submit(requestFromArt(requests, art, 1e9), 0);
  layer.run();
  expect(log.join(' ')).toBe('R100 - issued - later');
});
