import { expect, it } from 'vitest';
import { type SchedulerBench, schedulerBench } from '../../support/scheduler-bench.ts';

const reads = (from: number, n: number): string[] =>
  Array.from({ length: n }, (_, i) => `R${(from + i) * 100}`);
const writes = (from: number, n: number): string[] =>
  Array.from({ length: n }, (_, i) => `W${(from + i) * 100}`);

it('16 reads and 8 writes in turn, each in order of arrival', () => {
  const bench = schedulerBench('kyber');
  const [r, w] = [reads(1, 40).reverse(), writes(500, 20).reverse()];
  bench.submit([...w, ...r].join(' '));
  expect(bench.serve(61).split(' ')).toEqual([
    ...r.slice(0, 16),
    ...w.slice(0, 8),
    ...r.slice(16, 32),
    ...w.slice(8, 16),
    ...r.slice(32),
    ...w.slice(16),
    '-',
  ]);
});

it('256 reads and 128 writes may be in flight', () => {
  const bench = schedulerBench('kyber');
  bench.submit([...reads(1, 300), ...writes(500, 200)].join(' '));
  const taken = bench.take(600).split(' ');
  expect(taken.filter((each) => each.startsWith('R'))).toHaveLength(256);
  expect(taken.filter((each) => each.startsWith('W'))).toHaveLength(128);
  expect(taken.at(-1)).toBe('-');
  // A token that comes back has the queue run again.
  bench.complete('R100');
  expect(bench.kicks()).toBe(1);
  expect(bench.take(2)).toBe('R25700 -');
});

it('asynchronous requests may use three quarters of the tags', () => {
  const { scheduler } = schedulerBench('kyber');
  expect(scheduler.tagLimit?.(true, false, 0)).toBe(192);
  expect(scheduler.tagLimit?.(false, true, 0)).toBe(256);
});

it("collects what the CPUs' queues hold, CPU after CPU, and only when all it had is dispatched", () => {
  const bench = schedulerBench('kyber');
  bench.submit('R100', { cpu: 1 });
  bench.submit('R200 R300');
  // Collected: R200, R300, R100. What comes now waits for the next time.
  expect(bench.serve(1)).toBe('R200');
  bench.submit('R400', { cpu: 1 });
  bench.submit('R500');
  expect(bench.serve(9)).toBe('R300 R100 R500 R400 -');
});

/** Serves 500 reads that take `ms` each, one at a time, then lets the control loop look. */
function serveReads(bench: SchedulerBench, ms: number): void {
  for (let i = 0; i < 500; i++) {
    bench.submit(`R${i + 1}00`);
    bench.take(1);
    bench.wait(ms);
    bench.complete(`R${i + 1}00`);
  }
  bench.wait(101);
}

/** Reads that may be in flight now. */
function readDepth(bench: SchedulerBench): number {
  bench.submit(reads(10_000, 300).join(' '));
  return bench.take(301).split(' ').length - 1;
}

// Buckets are quarters of the target of 2 ms; depth × (bucket of the 99th percentile + 1) / 4, at most 256.
it.each([
  [1, 256, 'bucket 1: within the target, nothing changes'],
  [1.9, 256, 'bucket 3: just within'],
])('reads of %d ms: %d in flight (%s)', (ms, depth) => {
  const bench = schedulerBench('kyber');
  serveReads(bench, ms);
  expect(readDepth(bench)).toBe(depth);
});

it('writes beyond their target throttle reads that are far below theirs, to a quarter', () => {
  const bench = schedulerBench('kyber', { settings: { write_lat_nsec: 1e6 } });
  // 500 of each within one period of the control loop: reads of 0.1 ms are in bucket 0, writes of 2 ms in the last.
  for (let i = 0; i < 500; i++) {
    bench.submit(`R${i + 1}00 W${i + 1}00`);
    bench.take(2);
    bench.wait(0.1);
    bench.complete(`R${i + 1}00`);
    bench.wait(1.9);
    bench.complete(`W${i + 1}00`);
  }
  bench.wait(101);
  expect(readDepth(bench)).toBeLessThanOrEqual(64);
});
