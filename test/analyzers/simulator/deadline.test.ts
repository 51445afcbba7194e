import { expect, it } from 'vitest';
import { schedulerBench } from '../../support/scheduler-bench.ts';

// Known answers follow deadline_dispatch_requests() of block/deadline-iosched.c by hand.

it('a batch starts at the oldest request and goes on in order of sector', () => {
  const bench = schedulerBench('deadline');
  bench.submit('R300 R100 R500 R400');
  // Oldest is 300; then up; behind 500 there is nothing, so a new batch starts at what is oldest now.
  expect(bench.take(5)).toBe('R300 R400 R500 R100 -');
});

it('two batches of reads go before one of writes: writes_starved 2', () => {
  const bench = schedulerBench('deadline', { settings: { fifo_batch: 1 } });
  bench.submit('W10 W20 R110 R120 R130 R140 R150');
  expect(bench.take(8)).toBe('R110 R120 W10 R130 R140 W20 R150 -');
});

it("a batch ends after fifo_batch 16 requests, and after two of them it is the writes' turn", () => {
  const bench = schedulerBench('deadline');
  const reads = Array.from({ length: 40 }, (_, i) => `R${1000 + i * 100}`);
  bench.submit(`W10 ${reads.join(' ')}`);
  expect(bench.take(42)).toBe([...reads.slice(0, 32), 'W10', ...reads.slice(32), '-'].join(' '));
});

it('a batch of writes is not broken by reads that come meanwhile', () => {
  const bench = schedulerBench('deadline', { settings: { fifo_batch: 3 } });
  bench.submit('W10 W20 W30 W40');
  expect(bench.take(1)).toBe('W10');
  bench.submit('R500');
  expect(bench.take(5)).toBe('W20 W30 R500 W40 -');
});

it('expiry is looked at between batches only, and from read_expire 500 ms on', () => {
  const order = (waited: number): string => {
    const bench = schedulerBench('deadline', { settings: { fifo_batch: 2 } });
    bench.submit('R500 R100 R600 R700 R800');
    expect(bench.take(1)).toBe('R500');
    bench.wait(waited);
    return bench.take(5);
  };
  //                          batch ends │
  expect(order(499)).toBe('R600 R700 R800 R100 -');
  expect(order(500)).toBe('R600 R100 R700 R800 -');
});

it('writes expire after 5 s, not after half a second', () => {
  const order = (waited: number): string => {
    const bench = schedulerBench('deadline', { settings: { fifo_batch: 1 } });
    bench.submit('W500 W100 W600');
    expect(bench.take(1)).toBe('W500');
    bench.wait(waited);
    return bench.take(3);
  };
  expect(order(4999)).toBe('W600 W100 -');
  expect(order(5000)).toBe('W100 W600 -');
});

it('writes somebody waits for are writes: the direction counts, not who waits', () => {
  const bench = schedulerBench('deadline', { settings: { fifo_batch: 1 } });
  bench.submit('S10 R20 R30 R40');
  expect(bench.take(5)).toBe('R20 R30 S10 R40 -');
});
