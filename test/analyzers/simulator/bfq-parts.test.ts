import { expect, it } from 'vitest';
import { takeRequest } from '../../../analyzers/io/simulator/requests.ts';
import { createBudgets, type Expiry } from '../../../analyzers/io/simulator/schedulers/bfq/budgets.ts';
import { createBursts } from '../../../analyzers/io/simulator/schedulers/bfq/bursts.ts';
import { createExpiries } from '../../../analyzers/io/simulator/schedulers/bfq/expiry.ts';
import { createInjection } from '../../../analyzers/io/simulator/schedulers/bfq/injection.ts';
import { createPeakRate } from '../../../analyzers/io/simulator/schedulers/bfq/peak-rate.ts';
import type { BfqQueue } from '../../../analyzers/io/simulator/schedulers/bfq/queue.ts';
import { createQueueing } from '../../../analyzers/io/simulator/schedulers/bfq/queueing.ts';
import { createRaising } from '../../../analyzers/io/simulator/schedulers/bfq/raising.ts';
import { bfqParts } from '../../support/bfq-parts.ts';

it('how a turn ended decides the next budget', () => {
  const { state, queue } = bfqParts();
  const budgets = createBudgets(
    state,
    () => 16_384,
    () => false,
  );
  const after = (expiry: Expiry, of: Partial<BfqQueue>): number => {
    const each = Object.assign(queue(), { maxBudget: 4000 }, of);
    budgets.learn(each, expiry);
    return each.maxBudget;
  };
  // The least budget is 16384 / 32 = 512.
  expect(after('too idle', {})).toBe(4000 - 4 * 512);
  expect(after('too idle', { maxBudget: 2560 })).toBe(512);
  expect(after('too idle', { dispatched: 1 })).toBe(8000);
  expect(after('timeout', {})).toBe(8000);
  expect(after('timeout', { maxBudget: 9000 })).toBe(16_384);
  expect(after('exhausted', {})).toBe(16_000);
  expect(after('no more requests', { service: 700 })).toBe(700);
  expect(after('no more requests', { service: 8 })).toBe(512);
  expect(after('preempted', {})).toBe(4000);
  expect(after('exhausted', { raise: 30 })).toBe(1024);
  const writes = Object.assign(queue(4, false), { maxBudget: 4000 });
  budgets.learn(writes, 'timeout');
  expect(writes.maxBudget).toBe(16_384);
});

it('asynchronous requests cost threefold, unless raised or where shares differ', () => {
  const { state, queue } = bfqParts();
  const row = takeRequest(state.requests);
  state.requests.sectors[row] = 100;
  const cost = (sync: boolean, raise: number, asymmetric: boolean): number =>
    createBudgets(
      state,
      () => 16_384,
      () => asymmetric,
    ).charge(Object.assign(queue(4, sync), { raise }), row);
  expect(cost(true, 1, false)).toBe(100);
  expect(cost(false, 1, false)).toBe(300);
  expect(cost(false, 30, false)).toBe(100);
  expect(cost(false, 1, true)).toBe(100);
});

it('the peak rate moves half-way to what a second of sequential requests shows', () => {
  const { state, wait } = bfqParts();
  const peak = createPeakRate(state);
  expect(peak.budget()).toBe(16_384);
  expect(peak.raisedFor()).toBeCloseTo(10.5e9, -7);
  const row = takeRequest(state.requests);
  state.requests.sectors[row] = 1024;
  state.inDriver = 1;
  for (let i = 0; i <= 101; i++) {
    state.requests.sector[row] = 1000 + i * 1024;
    peak.dispatched(row);
    wait(10);
  }
  // 101 requests of 1024 sectors in the second up to the last dispatch: 103424 / 10⁶ µs · 2¹⁶ = 6777. Of them 100
  // follow another one: 9 · 100 / 101 = 8 of 8, so the divisor is 2. 9333 / 2 + 6777 / 2 = 4666 + 3388 = 8054.
  expect(peak.budget()).toBe(Math.floor((8054 * 1000 * 125) / 2 ** 16));
  expect(peak.raisedFor()).toBeCloseTo((14_000 * 7e9) / 8054, -3);
});

it('seeks below the peak rate say nothing of it', () => {
  const { state, wait } = bfqParts();
  const peak = createPeakRate(state);
  const row = takeRequest(state.requests);
  state.requests.sectors[row] = 1024;
  state.inDriver = 1;
  for (let i = 0; i <= 101; i++) {
    state.requests.sector[row] = 1000 + i * 1e6;
    peak.dispatched(row);
    wait(10);
  }
  expect(peak.budget()).toBe(16_384);
});

it('without rotation raising takes 3/2 of 2.5 s', () => {
  expect(createPeakRate(bfqParts(false).state).raisedFor()).toBeCloseTo(3.75e9, -7);
});

it('eight queues created within 180 ms of one another are a large burst; later ones of it too', () => {
  const burst = (pause: number): boolean[] => {
    const { state, wait, queue } = bfqParts();
    const bursts = createBursts(state);
    const queues = Array.from({ length: 9 }, () => {
      const each = queue();
      bursts.used(each);
      wait(pause);
      return each;
    });
    return queues.map(({ inLargeBurst }) => inLargeBurst);
  };
  expect(burst(180)).toEqual(Array.from({ length: 9 }, () => true));
  expect(burst(181)).toEqual(Array.from({ length: 9 }, () => false));
});

it('four requests in the device, seen in 33 completions under load, show that it queues', () => {
  const after = (n: number, inDriver: number): boolean | undefined => {
    const { state } = bfqParts();
    const queueing = createQueueing(state);
    state.inDriver = inDriver;
    state.queued = 4;
    for (let i = 0; i < n; i++) queueing.completed();
    return state.queues;
  };
  expect(after(32, 4)).toBeUndefined();
  expect(after(33, 4)).toBe(true);
  expect(after(33, 3)).toBe(false);
});

it('a slow turn is charged for its time, a fast one for its sectors', () => {
  const startAfter = (ms: number, sectors: number, expiry: Expiry, of: Partial<BfqQueue> = {}): number => {
    const { state, queue, wait } = bfqParts();
    const budgets = createBudgets(
      state,
      () => 16_384,
      () => false,
    );
    const { expire, addBusy, serve } = createExpiries(state, {
      budgets,
      raising: createRaising(state, () => 10.5e9),
      injection: createInjection(state, budgets),
      peakBudget: () => 16_384,
      stopTimer: () => undefined,
    });
    const row = takeRequest(state.requests);
    const each = Object.assign(queue(), { budget: 16_384 }, of);
    each.sorted.add(row);
    addBusy(each);
    state.inService = state.trees.takeNext();
    state.serviceSince = state.now();
    wait(ms);
    serve(each, sectors);
    expire(each, expiry);
    return Math.round((each.start / 2 ** 22) * each.weight);
  };
  // 16384 · 62 / 125 sectors could have been served; 62 ms is long enough to tell.
  expect(startAfter(62, 8, 'timeout')).toBe(8126);
  expect(startAfter(62, 8191, 'exhausted')).toBe(8191);
  expect(startAfter(62, 100, 'exhausted')).toBe(8126);
  // Half of what the peak rate gives is not slow.
  expect(startAfter(62, 8192, 'exhausted')).toBe(8192);
  // No more than the timeout counts.
  expect(startAfter(200, 8, 'timeout')).toBe(16_384);
  // 20 ms and less do not tell; seeks do, and less than a ms counts as one seek of 8 ms.
  expect(startAfter(20, 8, 'no more requests')).toBe(8);
  expect(startAfter(20, 8, 'no more requests', { seeks: 0xfffff })).toBe(2621);
  expect(startAfter(0, 8, 'no more requests', { seeks: 0xfffff })).toBe(1048);
  // Raised ones and asynchronous ones are charged for sectors.
  expect(startAfter(62, 8, 'timeout', { raise: 30 })).toBe(8);
  expect(startAfter(62, 8, 'exhausted', { sync: false })).toBe(8);
});

it('a process that comes back after pauses, for little, is soft real time for 300 ms', () => {
  const { state, wait, queue } = bfqParts();
  const raising = createRaising(state, () => 10.5e9);
  const softAfter = (ms: number, serviceBacklogged: number, of: Partial<BfqQueue> = {}): boolean => {
    const each = Object.assign(queue(), { serviceBacklogged, backlogSince: state.tick() }, of);
    each.budgetTimeout = state.tick();
    raising.expired(each);
    wait(ms);
    return raising.deserts(each).soft;
  };
  // Not before slice_idle and four ticks, nor at more than 7000 sectors a second.
  expect(softAfter(12, 8)).toBe(false);
  expect(softAfter(13, 8)).toBe(true);
  expect(softAfter(1000, 7000)).toBe(false);
  expect(softAfter(1001, 7000)).toBe(true);
  expect(softAfter(13, 8, { seeks: 0xffffffff })).toBe(false);
  expect(softAfter(13, 8, { inLargeBurst: true })).toBe(false);

  const each = Object.assign(queue(), { budget: 9000 });
  raising.arrived(each, { interactive: false, soft: true }, false, 512);
  expect([each.raise, each.budget]).toEqual([3000, 1024]);
  each.raisedSince = state.tick();
  wait(300);
  raising.dispatched(each);
  expect(each.raise).toBe(3000);
  wait(1);
  raising.dispatched(each);
  expect(each.raise).toBe(1);
});

it('a queue several use is not raised, unless they belong together; nor one of another priority', () => {
  const { state, queue } = bfqParts();
  const raising = createRaising(state, () => 10.5e9);
  const raise = (each: BfqQueue, merged: boolean): number => {
    raising.arrived(each, raising.deserts(each), merged, 512);
    return each.raise;
  };
  expect(raise(queue(), false)).toBe(30);
  expect(raise(queue(), true)).toBe(1);
  expect(raise(queue(5), false)).toBe(1);
  expect(raise(queue(4, false), false)).toBe(1);
});
