import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { BfqQueue } from '../../../analyzers/io/simulator/schedulers/bfq/queue.ts';
import type { BfqState } from '../../../analyzers/io/simulator/schedulers/bfq/state.ts';
import { bfqParts } from '../../support/bfq-parts.ts';

/** Serves the next queue its whole budget and puts it back. */
function turn({ trees }: BfqState): BfqQueue {
  const queue = trees.takeNext() as BfqQueue;
  trees.served(queue, queue.budget);
  trees.requeue(queue, true);
  trees.release();
  queue.service = 0;
  return queue;
}

it('levels 0 to 7 weigh 80 to 10; the idle class 10 whatever its level', () => {
  const { queue } = bfqParts();
  const levels = [0, 1, 2, 3, 4, 5, 6, 7];
  expect(levels.map((level) => queue(level).weight)).toEqual([80, 70, 60, 50, 40, 30, 20, 10]);
  expect(queue(0, true, 3).weight).toBe(10);
});

it('of those that may have started, who finishes first is next: worked by hand', () => {
  const { state, queue } = bfqParts();
  const [a, b] = [queue(0), queue(4)];
  for (const each of [a, b]) {
    each.budget = 80;
    state.trees.activate(each, false);
  }
  // Start and finish in sectors per weight; a weighs 80, b 40, so 80 sectors move virtual time by 2/3.
  //   V 0    a 0–1, b 0–2: a      V 2/3  a 1–2 has not started: b     V 4/3  a 1–2, b 2–4: a
  //   V 2    a 2–3, b 2–4: a      V 8/3  a 3–4 has not: b             V 10/3 a 3–4, b 4–6: a …
  const order = Array.from({ length: 9 }, () => (turn(state) === a ? 'a' : 'b')).join('');
  expect(order).toBe('abaabaaba');
});

it('when nobody may have started, virtual time jumps to the first start', () => {
  const { state, queue } = bfqParts();
  const [a, b] = [queue(4), queue(4)];
  a.budget = 400;
  state.trees.activate(a, false);
  turn(state);
  turn(state);
  b.budget = 40;
  state.trees.activate(b, false);
  // a was alone: virtual time is where a is, 20, so that b starts there and owes nothing, nor has a claim.
  expect([b.start, b.finish].map((time) => time / 2 ** 22)).toEqual([20, 21]);
  expect(turn(state)).toBe(b);
});

it('who comes back in time starts where it finished, others at the time of now', () => {
  const startOf = (returns: boolean): number => {
    const { state, queue } = bfqParts();
    const [a, b, c] = [queue(4), queue(4), queue(4)];
    for (const [each, budget] of [
      [a, 40],
      [b, 4000],
      [c, 8000],
    ] as const) {
      each.budget = budget;
      state.trees.activate(each, false);
    }
    expect(state.trees.takeNext()).toBe(a);
    state.trees.served(a, 40);
    state.trees.deactivate(a, true);
    state.trees.release();
    expect(turn(state)).toBe(b);
    a.service = 0;
    a.budget = 4000;
    state.trees.activate(a, returns);
    return a.start / 2 ** 22;
  };
  // a finished at 40 / 40 = 1; 4040 sectors of three queues that weigh 120 move virtual time to 33 2/3.
  expect(startOf(true)).toBe(1);
  expect(startOf(false)).toBeCloseTo(33 + 2 / 3, 5);
});

it('service is in proportion to weights, to a budget each, for any weights and budgets', () => {
  const member = fc.record({
    level: fc.integer({ min: 0, max: 7 }),
    budget: fc.integer({ min: 8, max: 16_384 }),
  });
  fc.assert(
    fc.property(fc.array(member, { minLength: 2, maxLength: 12 }), (members) => {
      const { state, queue } = bfqParts();
      const served = new Map<BfqQueue, number>();
      for (const { level, budget } of members) {
        const each = queue(level);
        each.budget = budget;
        served.set(each, 0);
        state.trees.activate(each, false);
      }
      for (let i = 0; i < 300; i++) {
        const each = turn(state);
        served.set(each, (served.get(each) as number) + each.budget);
        const shares = [...served].map(([of, sectors]) => sectors / of.weight);
        const most = Math.max(...[...served.keys()].map(({ budget, weight }) => budget / weight));
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(2 * most + 1e-3);
      }
    }),
    { numRuns: 60, seed: 20_261_124 },
  );
});

it('nobody is passed over by one that starts and finishes later', () => {
  const step = fc.record({
    act: fc.constantFrom('activate', 'turn', 'rest'),
    index: fc.nat(9),
    budget: fc.integer({ min: 8, max: 9000 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const { state, queue } = bfqParts();
      const all = Array.from({ length: 10 }, (_, i) => queue(i % 8));
      const active = new Set<BfqQueue>();
      for (const { act, index, budget } of steps) {
        const each = all[index] as BfqQueue;
        if (act === 'activate' && !active.has(each)) {
          each.budget = budget;
          active.add(each);
          state.trees.activate(each, false);
        } else if (act === 'rest' && active.delete(each)) state.trees.deactivate(each, false);
        else if (act === 'turn' && active.size > 0) expect(active.has(turn(state))).toBe(true);
      }
      while (active.size > 0) {
        const each = state.trees.takeNext() as BfqQueue;
        for (const other of active) {
          // Whoever starts no later and finishes earlier would have been the one.
          expect(other.start <= each.start && other.finish < each.finish).toBe(false);
        }
        active.delete(each);
        state.trees.deactivate(each, true);
        state.trees.release();
      }
      expect(state.trees.takeNext()).toBeUndefined();
    }),
    { numRuns: 100, seed: 20_261_124 },
  );
});

it('who had more than its share before it rested starts where it finished', () => {
  const { state, queue } = bfqParts();
  const [a, b] = [queue(4), queue(4)];
  a.budget = 4000;
  b.budget = 4000;
  state.trees.activate(a, false);
  state.trees.activate(b, false);
  expect(state.trees.takeNext()).toBe(a);
  state.trees.served(a, 4000);
  state.trees.deactivate(a, true);
  state.trees.release();
  a.service = 0;
  state.trees.activate(a, false);
  // 4000 / 40 = 100, where virtual time is 4000 / 80 = 50.
  expect(a.start / 2 ** 22).toBe(100);
});
