import { expect, it } from 'vitest';
import { hdd } from '../../../analyzers/io/simulator/devices/built-in.ts';
import { defaultHost } from '../../../analyzers/io/simulator/host.ts';
import { createCfqQueue } from '../../../analyzers/io/simulator/schedulers/cfq/queue.ts';
import { prioritySlice, scaledSlice } from '../../../analyzers/io/simulator/schedulers/cfq/slices.ts';
import { simulate } from '../../../analyzers/io/simulator/simulate.ts';
import { type SchedulerBench, schedulerBench } from '../../support/scheduler-bench.ts';

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

it('behind a request the nearest is counted from where that one starts, not from where it ends', () => {
  const bench = schedulerBench('cfq');
  bench.submit('R9992', { task: 1 });
  bench.serve(1);
  // After R10000+64: R10100 is 100 ahead of its start (36 ahead of its end), R9960 is 40 behind (counts 80).
  bench.submit('R10000+64 R10100 R9960', { task: 1 });
  expect(bench.serve(1)).toBe('R10000+64');
  expect(bench.serve(2)).toBe('R9960 R10100');
});

it('a late request that breaks in is where the slice goes on from', () => {
  const bench = schedulerBench('cfq');
  bench.submit('R5000 R1000 R5100', { task: 1 });
  // fifo_expire_sync. R1000 is nearest to where the head is, R5000 the oldest, R5100 next to that.
  bench.wait(125);
  expect(bench.serve(3)).toBe('R5000 R5100 R1000');
});

it('a queue that becomes busy is one step nearer than the same queue put back would be', () => {
  const bench = schedulerBench('cfq');
  bench.submit('R1000 R1008', { task: 1 });
  bench.take(1);
  // cfq_slice_offset() counts the busy queues less one, and a new one is not counted yet: task 2, the second, has key
  // 0 + 0 · (180 − 100); task 3 of level 0, 50 ms later, 50 + 1 · (180 − 180). Put back, task 2 would have 80.
  bench.submit('R90000', { task: 2 });
  bench.wait(50);
  bench.submit('R5000000', { task: 3, priorityLevel: 0 });
  bench.complete('R1000');
  bench.wait(100);
  expect(bench.serve(1)).toBe('R90000');
});

it('waits for nobody who has ended', () => {
  const bench = schedulerBench('cfq');
  bench.submit('R1000', { task: 1 });
  bench.submit('R90000', { task: 2 });
  expect(bench.serve(1)).toBe('R1000');
  expect(bench.take(1)).toBe('-');
  bench.scheduler.taskEnded?.(1);
  expect(bench.take(1)).toBe('R90000');
});

it('a near request of a seeky process does not make it a cooperator, and hides one behind it', () => {
  const next = (near: string): string => {
    const bench = schedulerBench('cfq');
    for (let i = 1; i <= 6; i++) {
      bench.submit(`R${i * 1e6}`, { task: 2 });
      bench.serve(1);
      bench.wait(20);
    }
    bench.submit('R100000', { task: 1 });
    bench.submit(near, { task: 2 });
    bench.submit('R102000', { task: 3 });
    return bench.serve(2);
  };
  // Nearest by sector is task 2's at 101000: seeky, so cfqq_close() finds it and cfq_close_cooperator() drops it.
  expect(next('R101000')).toBe('R100000 -');
  expect(next('R9000000')).toBe('R100000 R102000');
});

/** Tasks that have sought so much that nobody waits for them. */
function seekers(tasks: readonly number[]): SchedulerBench {
  const bench = schedulerBench('cfq');
  for (let i = 1; i <= 8; i++) {
    for (const task of tasks) {
      bench.submit(`R${task * 1e9 + i * 1e6}`, { task });
      bench.serve(1);
      bench.wait(20);
    }
  }
  return bench;
}

it('a random reader whose only request is in flight is preempted by whoever comes', () => {
  const bench = seekers([1, 2]);
  bench.submit('R5000', { task: 1 });
  bench.submit('R7000000000', { task: 3 });
  const first = bench.take(1);
  // "An idle queue should not be idle now for some reason": cfq_should_preempt() lets task 2 in front of task 3.
  bench.submit('R6000000000', { task: 2 });
  expect([first, bench.take(2)]).toEqual(['R5000', 'R6000000000 R7000000000']);
});

it('of random readers the last to come goes first: one in the device, one ahead, one in front, the others starve', () => {
  const bench = seekers([1, 2, 3, 4]);
  for (const task of [1, 2, 3, 4]) bench.submit(`R${task}00`, { task });
  // The driver holds two: the one the device works on and the one it has looked at ahead.
  let device = bench.take(1);
  let ahead = bench.take(1);
  const served: string[] = [];
  for (let i = 0; i < 9; i++) {
    bench.complete(device);
    served.push(device);
    device = ahead;
    // A completion lets the driver look at one more, then the reader comes back; the queue active is empty by now.
    ahead = bench.take(1);
    bench.submit(served.at(-1) as string, { task: Number(served.at(-1)?.[1]) });
    bench.wait(10);
  }
  expect(served.join(' ')).toBe('R100 R200 R300 R100 R200 R300 R100 R200 R300');
});

/** Operations a second of readers at random places, lowest first. */
function readers(count: number, queueDepth: number): number[] {
  const tasks = Array.from({ length: count }, (_, i) => ({
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
  })
    .tasks.map(({ rate }) => rate)
    .sort((a, b) => a - b);
}

it.each([1, 4])('random readers share a device of depth %d up to two more than it takes', (depth) => {
  const all = readers(depth + 2, depth);
  expect(all[0]).toBeGreaterThan(0.9 * (all.at(-1) as number));
  const [starved, next, ...others] = readers(depth + 3, depth);
  expect(starved).toBeLessThan(0.05 * (next as number));
  expect(next).toBeGreaterThan(0.8 * (others.at(-1) as number));
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
