import { expect, it } from 'vitest';
import { seek } from '../../support/bfq-bench.ts';
import { schedulerBench } from '../../support/scheduler-bench.ts';

// Known answers follow bfq_select_queue(), bfq_bfqq_expire() and what they call in block/bfq-iosched.c by hand.
// The bench ticks once a ms (HZ 1000), so that the timeout of a turn is HZ/8 = 125 ms.

const flat = { low_latency: 0 };
const realTime = { priorityClass: 1 } as const;
const idle = { priorityClass: 3 } as const;

type Bench = ReturnType<typeof schedulerBench>;

it('real time before best effort before idle', () => {
  const bench = schedulerBench('bfq', { settings: { ...flat, slice_idle: 0 } });
  bench.submit('R300', { task: 3, ...idle });
  bench.submit('R200', { task: 2 });
  bench.submit('R100', { task: 1, ...realTime });
  expect(bench.serve(4)).toBe('R100 R200 R300 -');
});

it('the idle class is served every 200 ms, one request at a time, whatever others want', () => {
  const after = (ms: number): string => {
    const bench = schedulerBench('bfq', { settings: { ...flat, slice_idle: 0 } });
    bench.submit('R1000 R1008 R1016 R1024', { task: 1, ...realTime });
    bench.submit('R90000 R90008', { task: 3, ...idle });
    bench.serve(1);
    bench.wait(ms);
    return bench.serve(3);
  };
  expect(after(200)).toBe('R1008 R1016 R1024');
  expect(after(201)).toBe('R90000 R1008 R1016');
});

it('a turn ends when the next request is more than is left of the budget', () => {
  const bench = schedulerBench('bfq', { settings: flat });
  const of = (from: number): string[] => Array.from({ length: 12 }, (_, i) => `R${from + i * 2000}+1024`);
  bench.submit(of(1000).join(' '), { task: 1 });
  bench.submit(of(9_000_000).join(' '), { task: 2 });
  // A new queue has 2/3 of 16384 sectors: ten requests of 1024, and 682 sectors left.
  const [first, second] = [of(1000), of(9_000_000)];
  expect(bench.serve(20).split(' ')).toEqual([...first.slice(0, 10), ...second.slice(0, 10)]);
});

it('a turn ends after timeout_sync, rounded up to ticks; HZ/8 by default', () => {
  const served = (ms: number, settings = {}): string => {
    const bench = schedulerBench('bfq', { settings: { ...flat, ...settings } });
    bench.submit('R1000 R1008 R1016', { task: 1 });
    bench.submit('R90000', { task: 2 });
    bench.serve(1);
    bench.wait(ms);
    return bench.serve(1);
  };
  expect(served(124)).toBe('R1008');
  expect(served(125)).toBe('R90000');
  expect(served(39, { timeout_sync: 40 })).toBe('R1008');
  expect(served(40, { timeout_sync: 40 })).toBe('R90000');
});

it('the next request is the nearest ahead; behind the head counts double', () => {
  const bench = schedulerBench('bfq', { settings: flat });
  bench.submit('R10000', { task: 1 });
  bench.take(1);
  // Head at 10008: 300 ahead, 100 back (counts 200), 900 ahead.
  bench.submit('R10308 R9908 R10908', { task: 1 });
  bench.complete('R10000');
  expect(bench.serve(3)).toBe('R9908 R10308 R10908');
});

it('further back than back_seek_max waits for everything ahead', () => {
  const order = (back_seek_max: number): string => {
    const bench = schedulerBench('bfq', { settings: { ...flat, back_seek_max } });
    bench.submit('R10000', { task: 1 });
    bench.take(1);
    bench.submit('R9908 R90000', { task: 1 });
    bench.complete('R10000');
    return bench.serve(2);
  };
  expect(order(50)).toBe('R9908 R90000');
  // 49 KiB are 98 sectors; it is 100 back.
  expect(order(49)).toBe('R90000 R9908');
});

it('once in a turn, the oldest request goes first if it is late', () => {
  const order = (ms: number): string => {
    const bench = schedulerBench('bfq', { settings: { ...flat, timeout_sync: 1000 } });
    bench.submit('R50000000 R100', { task: 1 });
    bench.wait(ms);
    bench.submit('R108 R116', { task: 1 });
    return bench.serve(4);
  };
  expect(order(124)).toBe('R100 R108 R116 R50000000');
  expect(order(125)).toBe('R100 R50000000 R108 R116');
});

it('a process that reads on is waited for: 8 ms, 20 ms while it is raised, not at all with slice_idle 0', () => {
  const wait = (settings: Record<string, number>, rotational = true): number => {
    const bench = schedulerBench('bfq', { settings, rotational });
    bench.submit('R1000', { task: 1 });
    bench.submit('R9000000', { task: 2, priorityLevel: settings.low_latency === 0 ? 4 : 5 });
    bench.serve(1);
    return bench.timer();
  };
  expect(wait(flat)).toBe(8);
  expect(wait({ ...flat, slice_idle: 3 })).toBe(3);
  expect(wait({ ...flat, slice_idle_us: 1500 })).toBe(1.5);
  // Level 4 is raised, level 5 is not.
  expect(wait({ low_latency: 1 })).toBe(20);
  expect(wait({ ...flat, slice_idle: 0 })).toBe(Number.POSITIVE_INFINITY);
  // Equal shares on a device that queues, or may: waiting gains nothing.
  expect(wait(flat, false)).toBe(Number.POSITIVE_INFINITY);
});

it('meanwhile others wait; after that it is their turn', () => {
  const bench = schedulerBench('bfq', { settings: flat });
  bench.submit('R1000', { task: 1 });
  bench.submit('R9000000', { task: 2 });
  expect(bench.take(2)).toBe('R1000 -');
  bench.wait(40);
  bench.complete('R1000');
  bench.wait(5);
  bench.submit('R1008', { task: 1 });
  expect(bench.serve(2)).toBe('R1008 -');
  bench.wait(7.9);
  expect(bench.serve(1)).toBe('-');
  bench.wait(0.1);
  expect(bench.serve(1)).toBe('R9000000');
});

it('who pauses for more than a fifth of the time is not IO-bound, and not waited for', () => {
  const next = (pause: number): string => {
    const bench = schedulerBench('bfq', { settings: flat });
    bench.submit('R1000', { task: 1 });
    bench.submit('R9000000', { task: 2 });
    bench.take(1);
    bench.wait(20);
    bench.complete('R1000');
    bench.wait(pause);
    bench.submit('R1008', { task: 1 });
    return bench.serve(2);
  };
  expect(next(5)).toBe('R1008 -');
  expect(next(6)).toBe('R1008 R9000000');
});

it('with strict_guarantees there is one request at a time, and no wait is shorter than 8 ms', () => {
  const bench = schedulerBench('bfq', { settings: { ...flat, strict_guarantees: 1, slice_idle: 0 } });
  bench.submit('R1000 R1008', { task: 1 });
  expect(bench.take(2)).toBe('R1000 -');
  bench.complete('R1000');
  expect(bench.take(1)).toBe('R1008');
  bench.complete('R1008');
  expect(bench.timer()).toBe(8);
});

it('who only seeks is waited for 2 ms while alone, and gives way to whoever comes', () => {
  const bench = schedulerBench('bfq', { settings: flat });
  seek(bench, { task: 1 });
  bench.submit('R5000', { task: 1 });
  bench.serve(1);
  expect(bench.timer()).toBe(2);
  bench.submit('R7000000', { task: 1 });
  bench.submit('R9000000', { task: 2 });
  expect(bench.serve(1)).toBe('R9000000');
});

it('real time takes the disk from best effort, not the other way round', () => {
  const order = (first: 1 | 2, second: 1 | 2): string => {
    const bench = schedulerBench('bfq', { settings: flat });
    bench.submit('R1000 R1008', { task: 1, priorityClass: first });
    bench.serve(1);
    bench.submit('R9000000', { task: 2, priorityClass: second });
    return bench.serve(1);
  };
  expect(order(2, 1)).toBe('R9000000');
  expect(order(1, 2)).toBe('R1008');
  expect(order(2, 2)).toBe('R1008');
});

/** A process that never pauses, for so long; its last request is in flight. */
function keepBusy(bench: Bench, seconds: number): void {
  bench.submit('R1000', { task: 1 });
  bench.take(1);
  for (let i = 1; i <= seconds * 100; i++) {
    bench.wait(10);
    bench.submit(`R${1000 + 8 * i}`, { task: 1 });
    bench.complete(`R${1000 + 8 * (i - 1)}`);
    while (bench.take(1) === '-') bench.wait(1);
  }
}

it('a process is raised for 10.5 s', () => {
  const tags = (seconds: number): number | undefined => {
    const bench = schedulerBench('bfq');
    keepBusy(bench, seconds);
    // While a raised queue is busy, asynchronous writes have 3/16 of the tags, else half of them.
    return bench.scheduler.tagLimit?.(true, false, 7);
  };
  // 7 s · 14000 / 9333: the peak rate is taken for 2/3 of the reference rate.
  expect(tags(10.4)).toBe(48);
  expect(tags(10.6)).toBe(128);
});

it('a new process, raised, takes the disk from one that is not raised any more', () => {
  const next = (low_latency: number): string => {
    const bench = schedulerBench('bfq', { settings: { low_latency } });
    keepBusy(bench, 10.6);
    bench.submit('R5000000', { task: 1 });
    bench.submit('R9000000', { task: 2 });
    return bench.take(1);
  };
  expect(next(1)).toBe('R9000000');
  expect(next(0)).toBe('R5000000');
});

it('after 120000 sectors a process was not interactive', () => {
  const limit = (requests: number): number | undefined => {
    const bench = schedulerBench('bfq');
    for (let i = 0; i < requests; i++) {
      bench.submit(`R${1000 + 1024 * i}+1024`, { task: 1 });
      bench.serve(1);
    }
    return bench.scheduler.tagLimit?.(true, false, 7);
  };
  expect(limit(117)).toBe(48);
  expect(limit(118)).toBe(128);
});

it('tags: half for asynchronous, three quarters for synchronous writes; 3/16 and 6/16 while one is raised', () => {
  const limits = (settings: Record<string, number>): (number | undefined)[] => {
    const bench = schedulerBench('bfq', { settings });
    bench.submit('R1000', { task: 1 });
    return [
      bench.scheduler.tagLimit?.(false, true, 2),
      bench.scheduler.tagLimit?.(true, true, 2),
      bench.scheduler.tagLimit?.(true, false, 2),
    ];
  };
  expect(limits(flat)).toEqual([256, 192, 128]);
  expect(limits({})).toEqual([256, 96, 48]);
});

it('tags: a writer has its share by weight, a higher class counting eightfold, and one tag more', () => {
  const bench = schedulerBench('bfq', { settings: flat });
  bench.submit('R1000', { task: 1, ...realTime });
  bench.submit('R2000', { task: 2 });
  const admitted = (): boolean => (bench.scheduler.tagLimit?.(true, true, 3) ?? 0) > 0;
  let n = 0;
  for (; n < 100 && admitted(); n++) bench.submit(`S${5_000_000 + n * 1000}`, { task: 3 });
  // 192 · 40 / (40 · 8 + 40 + 40) = 19.2. Linux 6.18 let 20 in, in a recorded run of these three.
  expect(n).toBe(20);
});

it('asynchronous writes cost three times their sectors', () => {
  const bench = schedulerBench('bfq', { settings: { ...flat, slice_idle: 0 } });
  const writes = Array.from({ length: 12 }, (_, i) => `W${1000 + i * 2000}+1024`);
  bench.submit(writes.join(' '), { task: 9 });
  bench.submit('R9000000', { task: 2 });
  // 10922 sectors are three requests of 3072.
  expect(bench.serve(5).split(' ')).toEqual([...writes.slice(0, 3), 'R9000000', writes[3]]);
});

it('what is left of the budget is kept for a request that comes within three waits', () => {
  const next = (ms: number): string => {
    const bench = schedulerBench('bfq', { settings: flat });
    bench.submit('R1000', { task: 1 });
    bench.serve(1);
    // Not waited for any longer after 8 ms.
    bench.wait(8);
    bench.submit('R9000000 R9000008 R9000016', { task: 2 });
    bench.serve(1);
    bench.wait(ms - 8);
    bench.submit('R1008+64', { task: 1 });
    return bench.serve(1);
  };
  expect(next(24)).toBe('R1008+64');
  expect(next(25)).toBe('R9000008');
});
