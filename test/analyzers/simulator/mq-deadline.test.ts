import { expect, it } from 'vitest';
import { schedulerBench } from '../../support/scheduler-bench.ts';

// Known answers follow dd_dispatch_request() and __dd_dispatch_request() of block/mq-deadline.c by hand.

const realTime = { priorityClass: 1 } as const;
const idle = { priorityClass: 3 } as const;

it('begins with writes, then two batches of reads go before one of writes', () => {
  const bench = schedulerBench('mq-deadline', { settings: { fifo_batch: 1 } });
  bench.submit('W10 W20 R110 R120 R130 R140 R150');
  // dd_init_sched() sets last_dir to DD_WRITE, so the first batch goes on, as it were, from sector 0 of the writes.
  expect(bench.take(8)).toBe('W10 R110 R120 W20 R130 R140 R150 -');
});

it('a batch ends after fifo_batch 16 requests; one that began before there were writes starves nobody', () => {
  const bench = schedulerBench('mq-deadline');
  const reads = Array.from({ length: 60 }, (_, i) => `R${1000 + i * 100}`);
  bench.submit('R900');
  expect(bench.take(1)).toBe('R900');
  bench.submit(`W10 ${reads.join(' ')}`);
  // 15 more of the batch under way, two batches of 16, the write.
  expect(bench.take(62)).toBe([...reads.slice(0, 47), 'W10', ...reads.slice(47), '-'].join(' '));
});

it('real time goes before best effort, best effort before idle', () => {
  const bench = schedulerBench('mq-deadline');
  bench.submit('R300', idle);
  bench.submit('R200');
  bench.submit('R100', realTime);
  expect(bench.serve(4)).toBe('R100 R200 R300 -');
});

it('a request of a higher class in flight holds back the lower ones until it is completed', () => {
  const bench = schedulerBench('mq-deadline');
  bench.submit('R100', realTime);
  bench.submit('R200');
  expect(bench.take(2)).toBe('R100 -');
  bench.complete('R100');
  expect(bench.take(1)).toBe('R200');
});

it('what has waited for 10 s is served although a higher class has requests', () => {
  const bench = schedulerBench('mq-deadline');
  bench.submit('R200');
  bench.submit('R100 R110', realTime);
  bench.wait(9999);
  expect(bench.take(1)).toBe('R100');
  bench.wait(1);
  bench.submit('R210');
  // R210 is not old: it waits for R100 and R110.
  expect(bench.take(3)).toBe('R200 R110 -');
});

it('every class has queues of its own: a batch of one does not go on in another', () => {
  const bench = schedulerBench('mq-deadline');
  bench.submit('R100 R300');
  expect(bench.take(1)).toBe('R100');
  bench.submit('R900 R950', realTime);
  bench.submit('R200');
  expect(bench.serve(2)).toBe('R900 R950');
  expect(bench.serve(3)).toBe('R200 R300 -');
});

it('async_depth limits writes and asynchronous requests, never reads somebody waits for', () => {
  const limits = (settings: Record<string, number>): (number | undefined)[] => {
    const { scheduler } = schedulerBench('mq-deadline', { settings });
    return [
      scheduler.tagLimit?.(false, true, 0),
      scheduler.tagLimit?.(true, true, 0),
      scheduler.tagLimit?.(true, false, 0),
    ];
  };
  expect(limits({})).toEqual([256, 256, 256]);
  expect(limits({ async_depth: 48 })).toEqual([256, 48, 48]);
});
