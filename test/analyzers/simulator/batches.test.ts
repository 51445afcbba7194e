import { expect, it } from 'vitest';
import { ssd } from '../../../analyzers/io/simulator/devices/built-in.ts';
import { defaultHost } from '../../../analyzers/io/simulator/host.ts';
import { readWorkload } from '../../../analyzers/io/simulator/read-workload.ts';
import { simulate, type WatchedRequest } from '../../../analyzers/io/simulator/simulate.ts';
import { Problem } from '../../../model/problem.ts';
import type { SchedulerName } from '../../../model/simulation.ts';

/** What a task does that submits its operations of 4 KiB in batches, with 8 in flight. */
function issues(scheduler: SchedulerName, batch: number, operations = 16): WatchedRequest[] {
  const events: WatchedRequest[] = [];
  const tasks = [{ name: 'aio', pattern: 'random', range: 2 ** 30, depth: 8, batch, operations }];
  const workload = readWorkload(JSON.stringify({ name: 'batches', tasks }), 'w.json');
  const setup = { workload, device: ssd, scheduler, host: defaultHost, seed: 1 };
  simulate({ ...setup, watch: (event) => events.push(event) });
  return events;
}

it('a batch is submitted at once, and the next when as many are completed', () => {
  for (const scheduler of ['none', 'noop', 'mq-deadline'] as const) {
    const events = issues(scheduler, 8);
    const letters = events.map(({ what }) => what[0]).join('');
    expect(letters, scheduler).toBe('iiiiiiiicccccccciiiiiiiicccccccc');
    const times = events.filter(({ what }) => what === 'issue').map(({ time }) => time);
    expect(new Set(times).size, scheduler).toBe(2);
  }
});

it('the older layer gives a batch to the scheduler by sector, blk-mq as it came', () => {
  const order = (scheduler: SchedulerName): number[] =>
    issues(scheduler, 8, 8)
      .filter(({ what }) => what === 'issue')
      .map(({ sector }) => sector);
  const came = order('none');
  expect(came).not.toEqual([...came].sort((a, b) => a - b));
  expect(order('noop')).toEqual([...came].sort((a, b) => a - b));
  expect(order('kyber')).toEqual(came);
});

it('without batches a task looks at completions one by one', () => {
  const letters = issues('none', 1)
    .map(({ what }) => what[0])
    .join('');
  expect(letters.slice(0, 12)).toMatch(/^i{8}c/);
  expect(letters).not.toMatch(/c{8}i/);
});

it('a batch larger than what may be in flight is refused', () => {
  expect(() => issues('none', 9)).toThrow(Problem);
});
