import { expect, it } from 'vitest';
import { hdd } from '../../../analyzers/io/simulator/devices/built-in.ts';
import { defaultHost } from '../../../analyzers/io/simulator/host.ts';
import { createCfqQueue } from '../../../analyzers/io/simulator/schedulers/cfq/queue.ts';
import { prioritySlice, scaledSlice } from '../../../analyzers/io/simulator/schedulers/cfq/slices.ts';
import { simulate } from '../../../analyzers/io/simulator/simulate.ts';
import { schedulerBench } from '../../support/scheduler-bench.ts';

// Known answers follow block/cfq-iosched.c of Linux 4.4 by hand. HZ is 1000: a jiffy is 1 ms.

const times = {
  sliceSync: 100e6,
  sliceAsync: 40e6,
  sliceIdle: 8e6,
  groupIdle: 8e6,
  targetLatency: 300e6,
  lowLatency: true,
};
const levels = [0, 1, 2, 3, 4, 5, 6, 7];

it('slices of 180 to 40 ms by priority, of 72 to 16 ms for asynchronous queues', () => {
  const slices = (sync: boolean): number[] => levels.map((level) => prioritySlice(times, sync, level) / 1e6);
  expect(slices(true)).toEqual([180, 160, 140, 120, 100, 80, 60, 40]);
  expect(slices(false)).toEqual([72, 64, 56, 48, 40, 32, 24, 16]);
});

it('with low_latency slices shrink so that all queues get their turn within 300 ms, to 16 ms at the least', () => {
  const { requests } = schedulerBench('cfq');
  const slice = (level: number, busy: number): number =>
    scaledSlice(times, createCfqQueue(requests, true, 2, level), busy) / 1e6;
  expect(slice(4, 3)).toBe(100);
  expect(slice(4, 6)).toBe(50);
  expect(slice(0, 6)).toBe(90);
  // Two waits of 8 ms at this priority, however many there are.
  expect(slice(4, 100)).toBe(16);
});

it('real time before best effort before idle', () => {
  const bench = schedulerBench('cfq', { settings: { slice_idle: 0, group_idle: 0 } });
  bench.submit('R300', { task: 3, priorityClass: 3 });
  bench.submit('R200', { task: 2 });
  bench.submit('R100', { task: 1, priorityClass: 1 });
  expect(bench.serve(3)).toBe('R100 R200 R300');
});

it('within its slice a process goes first, whatever others want', () => {
  const bench = schedulerBench('cfq');
  bench.submit('R1000 R1008 R1016', { task: 1 });
  bench.submit('R90000 R90008', { task: 2 });
  expect(bench.serve(3)).toBe('R1000 R1008 R1016');
  // Nothing left, but its next may come within slice_idle.
  expect(bench.take(1)).toBe('-');
  expect(bench.timer()).toBe(8);
  bench.wait(5);
  bench.submit('R1024', { task: 1 });
  expect(bench.serve(1)).toBe('R1024');
  // 8 ms without a request: the other one's turn.
  bench.wait(7);
  expect(bench.take(1)).toBe('-');
  bench.wait(1);
  expect(bench.serve(2)).toBe('R90000 R90008');
});

it('slice_idle 0 waits for nobody; nor does it by default where nothing rotates', () => {
  for (const options of [{ settings: { slice_idle: 0, group_idle: 0 } }, { rotational: false }]) {
    const bench = schedulerBench('cfq', options);
    bench.submit('R1000', { task: 1 });
    bench.submit('R90000', { task: 2 });
    expect(bench.serve(2)).toBe('R1000 R90000');
  }
});

it('a slice of 100 ms is over after 100 ms from its first completion', () => {
  const served = (ms: number): string => {
    const bench = schedulerBench('cfq');
    bench.submit('R1000 R1008 R1016', { task: 1 });
    bench.submit('R90000', { task: 2 });
    bench.take(1);
    // The clock of the slice starts at the completion, not here.
    bench.wait(50);
    bench.complete('R1000');
    bench.wait(ms);
    return bench.serve(1);
  };
  expect(served(99)).toBe('R1008');
  expect(served(100)).toBe('R90000');
});

it('the next request is the nearest ahead; behind the head counts double', () => {
  const bench = schedulerBench('cfq');
  bench.submit('R10000', { task: 1 });
  bench.take(1);
  // Head at 10008: 300 ahead, 100 back (counts 200), 900 ahead.
  bench.submit('R10308 R9908 R10908', { task: 1 });
  bench.complete('R10000');
  expect(bench.serve(3)).toBe('R9908 R10308 R10908');
});

it('synchronous requests take the disk from asynchronous ones, not the other way round', () => {
  const bench = schedulerBench('cfq');
  bench.submit('W100 W108 W116', { task: 9 });
  expect(bench.serve(1)).toBe('W100');
  bench.submit('R5000', { task: 1 });
  expect(bench.serve(1)).toBe('R5000');
  bench.submit('W9000000', { task: 9 });
  // It waits for task 1 meanwhile.
  expect(bench.serve(1)).toBe('-');
});

it('real time takes the disk from best effort, not the other way round', () => {
  const order = (first: 1 | 2, second: 1 | 2): string => {
    const bench = schedulerBench('cfq');
    bench.submit('R1000 R1008', { task: 1, priorityClass: first });
    bench.serve(1);
    bench.submit('R90000', { task: 2, priorityClass: second });
    return bench.serve(1);
  };
  expect(order(2, 1)).toBe('R90000');
  expect(order(1, 2)).toBe('R1008');
  expect(order(2, 2)).toBe('R1008');
});

it('a request near the head takes the disk from a process that is waited for, a far one does not', () => {
  const next = (sector: number): string => {
    const bench = schedulerBench('cfq');
    bench.submit('R100000', { task: 1 });
    bench.submit('R9000000', { task: 3 });
    bench.serve(1);
    expect(bench.timer()).toBe(8);
    bench.submit(`R${sector}`, { task: 2 });
    return bench.serve(1);
  };
  // cfq_rq_close(): within 8192 sectors of the end of the last request, 100008.
  expect(next(100_008 + 8192)).toBe('R108200');
  expect(next(100_008 + 8193)).toBe('-');
});

function readers(queueDepth: number): number[] {
  const tasks = Array.from({ length: 4 }, (_, i) => ({
    name: `reader ${i}`,
    pattern: 'random' as const,
    write: false,
    bytes: 4096,
    offset: 0,
    range: hdd.bytes,
    depth: 1,
    sync: true,
    buffered: false,
    priorityClass: 2 as const,
    priorityLevel: 4,
    thinkTime: 0,
    start: 0,
  }));
  return simulate({
    workload: { name: 'random readers', tasks, duration: 20e9 },
    device: { ...hdd, queueDepth },
    scheduler: 'cfq',
    host: defaultHost,
    seed: 1,
  }).tasks.map(({ rate }) => rate);
}

it('a random reader whose only request is in flight is preempted by whoever comes', () => {
  const bench = schedulerBench('cfq');
  // Seeks of both take their idle window away: nobody is waited for while there are two of them.
  for (let i = 1; i <= 8; i++) {
    for (const task of [1, 2]) {
      bench.submit(`R${task * 1e9 + i * 1e6}`, { task });
      bench.serve(1);
      bench.wait(20);
    }
  }
  bench.submit('R5000', { task: 1 });
  bench.submit('R7000000000', { task: 3 });
  const first = bench.take(1);
  // "An idle queue should not be idle now for some reason": cfq_should_preempt() lets task 2 in front of task 3.
  bench.submit('R6000000000', { task: 2 });
  expect([first, bench.take(2)]).toEqual(['R5000', 'R6000000000 R7000000000']);
});

it('random readers share a device that takes four at once', () => {
  const rates = readers(4);
  expect(Math.min(...rates)).toBeGreaterThan(0.9 * Math.max(...rates));
});

it('an asynchronous queue gives way after 2 · slice_async_rq · (8 − level) requests', () => {
  const bench = schedulerBench('cfq', { settings: { low_latency: 0 } });
  const writes = (from: number, n: number): string[] =>
    Array.from({ length: n }, (_, i) => `W${from + i * 100}`);
  const [four, five] = [writes(1000, 20), writes(900_000, 20)];
  bench.submit(five.join(' '), { priorityLevel: 5 });
  bench.submit(four.join(' '), { priorityLevel: 4 });
  // 12 of level 5, then all of level 4: after its 16 its key, 140 ms, is still below level 5's new one of 148 ms.
  expect(bench.serve(40).split(' ')).toEqual([...five.slice(0, 12), ...four, ...five.slice(12)]);
});
