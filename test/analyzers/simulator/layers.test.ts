import { expect, it } from 'vitest';
import type { BlockLayer, LayerHost } from '../../../analyzers/io/simulator/block-layer.ts';
import { createLegacyLayer } from '../../../analyzers/io/simulator/layers/legacy.ts';
import { createMultiQueueLayer } from '../../../analyzers/io/simulator/layers/multi-queue.ts';
import { createNoSchedulerLayer } from '../../../analyzers/io/simulator/layers/no-scheduler.ts';
import { createMerger } from '../../../analyzers/io/simulator/merging.ts';
import { createPlugs, legacyPlug, multiQueuePlug } from '../../../analyzers/io/simulator/plug.ts';
import type { Scheduler } from '../../../analyzers/io/simulator/scheduler.ts';
import type { SchedulerName } from '../../../model/simulation.ts';
import { requestFromArt, requestToArt, schedulerBench, words } from '../../support/scheduler-bench.ts';

interface LayerBench {
  /** Submits by task 0, 1, 2 …; which were refused. */
  submit(art: string): string;
  /** Submits by one task, plugged. What is issued meanwhile, and which have to wait. */
  plug(art: string): string;
  unplug(waits?: boolean): string;
  /** Lets ms pass, and runs the queue when the layer has asked for it. */
  wait(ms: number): string;
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
  let now = 1e9;
  const runs: number[] = [];
  const host: LayerHost = {
    now: () => now,
    depth,
    hz: 250,
    inDriver: () => inDevice.length,
    issue: (row) => {
      inDevice.push(row);
      issued.push(requestToArt(requests, row));
    },
    resume: (who) => resumed.push(who),
    runLater: (delay) => runs.push(now + delay),
  };
  const merger = createMerger(requests, scheduler, maxSectors, noMerges);
  const legacyPlugs = scheduler.plugsQueue
    ? undefined
    : createPlugs(requests, 64, legacyPlug, noMerges === 2 ? 0 : maxSectors);
  const layer: BlockLayer =
    name === 'none'
      ? createNoSchedulerLayer(host, createPlugs(requests, 64, multiQueuePlug, maxSectors))
      : scheduler.layer === 'legacy'
        ? createLegacyLayer(requests, scheduler, merger, host, tags, 64, legacyPlugs)
        : createMultiQueueLayer(
            requests,
            scheduler,
            merger,
            host,
            tags,
            createPlugs(requests, 64, multiQueuePlug, maxSectors),
          );
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
          return !layer.submit(requestFromArt(requests, word, now, { task: who }), who, false);
        })
        .join(' '),
    plug: (art) =>
      since(() => {
        for (const word of words(art)) {
          const accepted = layer.submit(requestFromArt(requests, word, now, { task: 63 }), 63, true);
          if (!accepted) issued.push(`(${word} waits)`);
        }
      }),
    unplug: (waits = true) => since(() => layer.unplug(63, waits)),
    wait: (ms) =>
      since(() => {
        now += ms * 1e6;
        while (runs.length > 0 && (runs[0] as number) <= now) {
          runs.shift();
          layer.run();
        }
      }),
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
    const plugs = createPlugs(requests, 8, multiQueuePlug, 1024);
    const layer = createMultiQueueLayer(requests, scheduler, merger, host, 8, plugs);
    const submit = (art: string, task: number): boolean =>
      layer.submit(requestFromArt(requests, art, 1e9, { task }), task, false);
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
    createPlugs(requests, 8, multiQueuePlug, 1024),
  );
  layer.submit(requestFromArt(requests, 'R100', now), 0, false);
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
    createPlugs(requests, 8, multiQueuePlug, 1024),
  );
  const submit = (art: string, task: number): boolean =>
    layer.submit(requestFromArt(requests, art, 1e9, { task }), task, false);
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
    createPlugs(requests, 8, multiQueuePlug, 1024),
  );
  for (const art of ['R100', 'R200']) layer.submit(requestFromArt(requests, art, 1e9), 0, false);
  layer.run();
  expect(log.join(' ')).toBe('R100 - issued - later');
});

const every = (from: number, count: number, step: number): string =>
  Array.from({ length: count }, (_, i) => `R${from + i * step}`).join(' ');

it('older layer: a plugged task holds up to 16 requests, which go to the scheduler by sector', () => {
  const bench = layerBench('noop', { depth: 64 });
  expect(bench.plug('R500 R100 R300')).toBe('');
  // noop keeps what it gets in order: so that is the order of the list.
  expect(bench.unplug()).toBe('R100 R300 R500');
  // 18 from behind: the seventeenth flushes the list of 16, the rest goes out at the end.
  expect(bench.plug(every(5000, 18, -100))).toBe(every(3500, 16, 100));
  expect(bench.unplug()).toBe('R3300 R3400');
});

it('a piece joins a request on the list in front or behind; of blk-mq only the last one', () => {
  const art = 'R100 R500 R108 R92 R508';
  const merged = (name: SchedulerName): string => {
    const bench = layerBench(name, { depth: 8 });
    bench.plug(art);
    return bench.unplug();
  };
  expect(merged('noop')).toBe('R92+24 R500+16');
  // R108 and R92 find R500 and R108 last; R508 finds R92. What the list did not join, kyber's insertion does: R100 and
  // R108 are among its last eight, and R500 and R508.
  expect(merged('kyber')).toBe('R100+16 R500+16 R92');
  expect(merged('none')).toBe('R100 R500 R108 R92 R508');
});

it('none: what follows at once joins the last on the list', () => {
  const bench = layerBench('none', { depth: 8 });
  bench.plug('R100 R108 R92 R500');
  expect(bench.unplug()).toBe('R92+24 R500');
  expect(bench.merges()).toBe(2);
});

it('blk-mq: a list is flushed behind 32 requests, and behind one of 128 KiB', () => {
  const bench = layerBench('none', { depth: 128 });
  expect(bench.plug(every(1000, 33, 100))).toBe(every(1000, 32, 100));
  expect(bench.unplug()).toBe('R4200');
  // 255 sectors are less than 128 KiB: they stay, with what comes behind. 256 are not.
  expect(bench.plug('R10000+255 R20000')).toBe('');
  expect(bench.unplug()).toBe('R10000+255 R20000');
  expect(bench.plug('R30000+256 R40000')).toBe('R30000+256');
  expect(bench.unplug()).toBe('R40000');
});

it('requests on a list hold their tags: one for which there is none waits, and the list goes out', () => {
  for (const name of ['deadline', 'mq-deadline', 'none'] as const) {
    const bench = layerBench(name, { depth: 2, tags: 2 });
    expect(bench.plug('R500 R100 R300')).toBe('(R300 waits)');
    // The task goes to sleep. Nothing is sorted by none.
    expect(bench.unplug()).toBe(name === 'none' ? 'R500 R100' : 'R100 R500');
    bench.complete();
    expect(bench.resumed).toEqual([63]);
  }
});

it('a request from a list joins one that is queued and ends where it starts', () => {
  const bench = layerBench('deadline', { depth: 0 });
  bench.submit('R100');
  bench.plug('R116 R300');
  // Queued meanwhile by somebody else.
  bench.submit('R108');
  bench.unplug();
  expect(bench.merges()).toBe(2);
});

it('until 2.6.38 an empty queue is plugged: until four wait, 3 ms are over, or somebody waits', () => {
  const writes = 'W100 W300 W500 W700';
  const bench = (): LayerBench => layerBench('anticipatory', { depth: 8 });
  const four = bench();
  expect(four.plug('W100 W300 W500')).toBe('');
  expect(four.unplug(false)).toBe('');
  expect(four.plug('W700')).toBe(writes);
  const late = bench();
  expect(late.plug('W100')).toBe('');
  expect(late.unplug(false)).toBe('');
  expect(late.wait(2.9)).toBe('');
  expect(late.wait(0.1)).toBe('W100');
  const reader = bench();
  expect(reader.plug('W100')).toBe('');
  expect(reader.plug('R900')).toBe('');
  expect(reader.unplug(true)).toBe('R900');
});

it('until 2.6.38 a completion unplugs', () => {
  const bench = layerBench('anticipatory', { depth: 8 });
  bench.plug('W100');
  expect(bench.unplug()).toBe('W100');
  expect(bench.plug('W300')).toBe('');
  expect(bench.complete()).toBe('W300');
});
