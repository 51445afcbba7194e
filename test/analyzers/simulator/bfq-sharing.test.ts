import { expect, it } from 'vitest';
import { queueOf, seek } from '../../support/bfq-bench.ts';
import { schedulerBench } from '../../support/scheduler-bench.ts';

// Who shares a queue, and who is let in while another is waited for. Known answers follow bfq_setup_cooperator(),
// bfq_split_bfqq(), bfq_update_inject_limit() and bfq_check_waker() in block/bfq-iosched.c by hand.

const flat = { low_latency: 0 };
const realTime = { priorityClass: 1 } as const;

it('processes that began together and only seek share a queue after 600 ms', () => {
  const queuesAfter = (ms: number, both: boolean): number => {
    const bench = schedulerBench('bfq', { settings: flat });
    bench.submit('R1000', { task: 1 });
    if (!both) bench.wait(181);
    bench.submit('R2000000000', { task: 2 });
    while (bench.serve(1) !== '-' || bench.timer() < 100) bench.wait(1);
    seek(bench, { task: 1 }, 22);
    seek(bench, { task: 2 }, 22);
    bench.wait(ms);
    bench.submit('R500', { task: 1 });
    bench.submit('R600', { task: 2 });
    const { requests } = bench;
    const rows = [500, 600].map((sector) => requests.sector.lastIndexOf(sector));
    return new Set(rows.map((row) => requests.queue[row])).size;
  };
  expect(queuesAfter(600, true)).toBe(1);
  expect(queuesAfter(600, false)).toBe(2);
  expect(queuesAfter(0, true)).toBe(2);
});

it('who begins within 8192 sectors of where another new process is served shares its queue', () => {
  const shared = (sector: number): boolean => {
    const bench = schedulerBench('bfq', { settings: flat });
    bench.submit('R100000', { task: 1 });
    bench.submit('R90000000', { task: 3 });
    bench.take(1);
    bench.submit(`R${sector}`, { task: 2 });
    const { requests } = bench;
    const queueOf = (each: number): number | undefined => requests.queue[requests.sector.indexOf(each)];
    return queueOf(sector) === queueOf(100_000);
  };
  // From its end, 100008.
  expect(shared(100_008 + 8192)).toBe(true);
  expect(shared(100_008 + 8193)).toBe(false);
});

it('who only seeks lets as many requests of others through as its own do not suffer from', () => {
  const through = (service: number, then: number): string[] => {
    const bench = schedulerBench('bfq', { settings: flat });
    // Of another class, so it is waited for. A request of its own takes 12 ms: that is the base, the limit becomes 1.
    seek(bench, { task: 1, ...realTime }, 24, service);
    bench.submit('R7000 R7100 R7200 R7300', { task: 2 });
    const first = bench.take(3);
    bench.submit('R5000000', { task: 1, ...realTime });
    bench.take(1);
    bench.wait(then);
    bench.complete('R7000');
    bench.complete('R5000000');
    return [first, bench.take(3)];
  };
  // Under one and a half times the base, the limit goes up; else down.
  expect(through(12, 17)).toEqual(['R7000 -', 'R7100 R7200 -']);
  expect(through(12, 18)).toEqual(['R7000 -', '-']);
});

it('nothing is slipped in while waiting for a process that reads on', () => {
  const bench = schedulerBench('bfq', { settings: flat });
  for (let i = 0; i < 24; i++) {
    bench.submit(`R${1000 + 8 * i}`, { task: 1, ...realTime });
    bench.take(1);
    bench.wait(12);
    bench.complete(`R${1000 + 8 * i}`);
    bench.wait(1);
  }
  bench.submit('R7000', { task: 2 });
  expect(bench.take(1)).toBe('-');
});

it('a shared queue is split when its processes do nothing but seek', () => {
  const sharedAfter = (seeks: number): boolean => {
    const bench = schedulerBench('bfq', { settings: flat });
    bench.submit('R100000', { task: 1 });
    bench.submit('R90000000', { task: 3 });
    bench.take(1);
    bench.submit('R100100', { task: 2 });
    expect(queueOf(bench, 100_100)).toBe(queueOf(bench, 100_000));
    bench.complete('R100000');
    while (bench.serve(1) !== '-' || bench.timer() < 100) bench.wait(1);
    seek(bench, { task: 1 }, seeks);
    seek(bench, { task: 2 }, seeks);
    bench.wait(100);
    bench.submit('R500', { task: 1 });
    bench.submit('R600', { task: 2 });
    return queueOf(bench, 500) === queueOf(bench, 600);
  };
  // 20 of 32 make it seeky.
  expect(sharedAfter(8)).toBe(true);
  expect(sharedAfter(12)).toBe(false);
});

it('who wakes a process by its completions is let in without limit while that is waited for', () => {
  const letIn = (task: number): string => {
    const bench = schedulerBench('bfq', { settings: flat });
    const until = (art: string): void => {
      while (bench.take(1) === '-') bench.wait(1);
      bench.wait(3);
      bench.complete(art);
    };
    // Task 1 has its next request 1 ms after task 2's is done, 10 ms or more after its own: it thinks long.
    for (let i = 0; i < 8; i++) {
      bench.submit(`R${1000 + 8 * i}`, { task: 1, ...realTime });
      until(`R${1000 + 8 * i}`);
      bench.wait(6);
      bench.submit(`R${5_000_000 + 8 * i}`, { task: 2 });
      until(`R${5_000_000 + 8 * i}`);
      bench.wait(1);
    }
    bench.submit('R2000', { task: 1, ...realTime });
    until('R2000');
    bench.submit('R7000000 R7000100 R7000200', { task });
    return bench.take(4);
  };
  expect(letIn(2)).toBe('R7000000 R7000100 R7000200 -');
  // Somebody else: as many as have done no harm so far, which is one.
  expect(letIn(3)).toBe('R7000000 -');
});
