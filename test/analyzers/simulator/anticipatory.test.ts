import { expect, it } from 'vitest';
import { type SchedulerBench, schedulerBench } from '../../support/scheduler-bench.ts';

// Known answers follow block/as-iosched.c of Linux 2.6.17 by hand. HZ is 1000: antic_expire is HZ/150 = 6 ms.

const one = { task: 1 } as const;
const two = { task: 2 } as const;

/** Task 1 has been served at sector 1000, task 2 wants something far away. */
function waiting(options: Parameters<typeof schedulerBench>[1] = {}): SchedulerBench {
  const bench = schedulerBench('anticipatory', options);
  bench.submit('R1000', one);
  expect(bench.serve(1)).toBe('R1000');
  bench.submit('R9000000', two);
  return bench;
}

it('waits 6 ms for the process just served, then goes on', () => {
  const bench = waiting();
  expect(bench.take(1)).toBe('-');
  expect(bench.timer()).toBe(6);
  bench.wait(5);
  expect(bench.take(1)).toBe('-');
  bench.wait(1);
  expect(bench.take(1)).toBe('R9000000');
});

it('does not wait with antic_expire 0', () => {
  expect(waiting({ settings: { antic_expire: 0 } }).take(1)).toBe('R9000000');
});

it('waits in whole jiffies, at least one: 4 ms at HZ 250, 10 ms at HZ 100', () => {
  for (const [hz, ms] of [
    [250, 4],
    [100, 10],
  ] as const) {
    const bench = waiting({ hz });
    expect(bench.take(1)).toBe('-');
    expect(bench.timer()).toBe(ms);
  }
});

it('stops waiting when the process waited for has a request', () => {
  const bench = waiting();
  expect(bench.take(1)).toBe('-');
  bench.wait(2);
  bench.submit('R5000', one);
  expect(bench.take(1)).toBe('R5000');
});

it('stops waiting for a request of another process that is near, not for a far one or a write', () => {
  const next = (art: string): string => {
    const bench = waiting();
    expect(bench.take(1)).toBe('-');
    bench.submit(art, { task: 3 });
    return bench.take(1);
  };
  // as_close_req(): 8192 sectors ahead of 1008 at first.
  expect(next('R9200')).toBe('R9200');
  expect(next('R9201')).toBe('-');
  expect(next('W1008')).toBe('-');
});

it('what is near grows with the time waited: twice as far after every ms', () => {
  const bench = waiting();
  expect(bench.take(1)).toBe('-');
  bench.wait(1);
  bench.submit('R17392', { task: 3 });
  expect(bench.take(1)).toBe('R17392');
});

it('stops waiting for processes that have ended once more than half of them had nobody near come in their place', () => {
  const bench = schedulerBench('anticipatory');
  const waits: boolean[] = [];
  for (let task = 10; task < 18; task++) {
    bench.submit(`R${task * 1e6}`, { task });
    expect(bench.serve(1)).toBe(`R${task * 1e6}`);
    bench.scheduler.taskEnded?.(task);
    bench.submit('R900000000', two);
    waits.push(bench.take(1) === '-');
    bench.wait(6);
    bench.serve(1);
    bench.wait(30);
  }
  // exit_no_coop goes 0, 32, 60, 84, 105, 123, 139 of 256: (7 · before + 256) / 8. It is above 128 for the seventh.
  expect(waits).toEqual([true, true, true, true, true, true, false, false]);
});

it('a near request of another process counts as one of the process waited for', () => {
  const bench = waiting();
  expect(bench.take(1)).toBe('-');
  // Task 1 thinks 0 ms and seeks 1008 → 1016 by this: as_can_break_anticipation() updates its history.
  bench.submit('R1016', { task: 3 });
  expect(bench.serve(1)).toBe('R1016');
  // Task 3 had no history: what is near to it is judged by the mean of new processes, 8 / 8 = 1 sector.
  bench.submit('R9300', { task: 4 });
  expect(bench.take(1)).toBe('-');
});

it('with requests in the driver only, a process is waited for: it has none queued', () => {
  const bench = schedulerBench('anticipatory');
  bench.submit('R1000 R2000000', one);
  bench.submit('R9000000', two);
  expect(bench.take(1)).toBe('R1000');
  expect(bench.take(1)).toBe('R2000000');
  // Both are in the driver; nr_dispatched went down when it took them.
  expect(bench.take(1)).toBe('-');
  expect(bench.timer()).toBe(Number.POSITIVE_INFINITY);
  bench.complete('R2000000');
  expect(bench.timer()).toBe(6);
});

it('does not wait for a process that thinks longer than the wait', () => {
  const bench = schedulerBench('anticipatory');
  for (let i = 0; i < 10; i++) {
    bench.submit(`R${1000 + i * 8}`, one);
    bench.serve(1);
    bench.wait(12);
  }
  bench.submit('R1080', one);
  expect(bench.serve(1)).toBe('R1080');
  bench.submit('R9000000', two);
  expect(bench.take(1)).toBe('R9000000');
});

it('never waits behind an asynchronous write', () => {
  const bench = schedulerBench('anticipatory');
  bench.submit('W1000', one);
  expect(bench.serve(1)).toBe('W1000');
  bench.submit('W9000000', two);
  expect(bench.take(1)).toBe('W9000000');
});
