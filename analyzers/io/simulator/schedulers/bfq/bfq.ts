import type { Scheduler, SchedulerDefinition, SchedulerHost } from '../../scheduler.ts';
import { chooseRequest } from '../choose-request.ts';
import { budgetOnReturn, createBudgets } from './budgets.ts';
import { createBursts } from './bursts.ts';
import { findCooperator } from './cooperation.ts';
import { createDepths } from './depths.ts';
import { createExpiries } from './expiry.ts';
import { betterToIdle, idleTime, idlingBoosts, isTimedOut, mayTimeOut, mustIdle } from './idling.ts';
import { createInjection } from './injection.ts';
import { learnBusiness, learnThinkTime } from './learning.ts';
import { createPeakRate } from './peak-rate.ts';
import { type BfqTask, createProcesses } from './processes.ts';
import { type BfqQueue, budgetLeft, IDLE, isEmpty, noteSeek } from './queue.ts';
import { createQueueing } from './queueing.ts';
import { createRaising } from './raising.ts';
import { busyQueues, createBfqState, isAsymmetric } from './state.ts';
import { bfqDefaults, tunablesOf } from './tunables.ts';

/** Sectors below which a single request does not end a wait for more. */
const SMALL_REQUEST = 32;

/**
 * BFQ: a budget of sectors for every process in turn, in proportion to weights; processes that look interactive get
 * 30 times theirs for some seconds. No cgroups, one actuator. Times in ms (slice_idle_us: µs), back_seek_max in
 * KiB, max_budget in sectors. Source: block/bfq-iosched.c and bfq-wf2q.c of Linux 6.5 and later.
 */
export const bfq: SchedulerDefinition = {
  defaults: bfqDefaults,
  create: createBfq,
};

function createBfq(host: SchedulerHost, settings: Readonly<Record<string, number>>): Scheduler {
  const { requests } = host;
  const tunables = tunablesOf(settings, host.hz);
  const { backMax, backPenalty, sliceIdle } = tunables;
  const state = createBfqState(host, tunables);
  const { trees, weights } = state;
  const peak = createPeakRate(state);
  const budgets = createBudgets(state, peak.budget, (queue) => isAsymmetric(state, queue));
  const raising = createRaising(state, peak.raisedFor);
  const injection = createInjection(state, budgets);
  const bursts = createBursts(state);
  const stopTimer = (): void => host.setTimer(Number.POSITIVE_INFINITY);
  const { expire, addBusy, removeBusy, serve } = createExpiries(state, {
    budgets,
    raising,
    injection,
    peakBudget: peak.budget,
    stopTimer,
  });
  const processes = createProcesses(state, {
    bursts,
    raising,
    raisedFor: peak.raisedFor,
    largestBudget: budgets.largest,
    removeBusy: (queue) => removeBusy(queue, false),
  });
  const queueing = createQueueing(state);
  const depths = createDepths(state, host);
  const { queueOfRow } = processes;

  const kick = (): void => {
    if (state.queued > 0) host.kick();
  };
  const stopWaiting = (queue: BfqQueue): void => {
    if (queue.waitsForRequest) stopTimer();
    queue.waitsForRequest = false;
  };
  const mayPreempt = (queue: BfqQueue, returns: boolean): boolean => {
    const served = state.inService;
    if (served === undefined || !trees.mayPreempt()) return false;
    if (returns && queue.raise >= served.raise) return true;
    if (queue.priorityClass < served.priorityClass || queue.weight > served.weight) return true;
    return !betterToIdle(state, served);
  };
  /** A queue that had nothing has its first request; returns whether that makes it interactive. */
  const wake = (queue: BfqQueue, merged: boolean): boolean => {
    const inTime = state.now() <= queue.lastEnd + 3 * sliceIdle;
    const longIdle = queue.dispatched === 0 && queue.budgetTimeout + state.ticks(10_000) < state.tick();
    const deserts = raising.deserts(queue);
    const returns = budgetOnReturn(queue, budgets, inTime);
    if (!queue.justCreated && longIdle) bursts.leave(queue);
    queue.justCreated = false;
    raising.arrived(queue, deserts, merged, budgets.least());
    queue.backlogSince = state.tick();
    queue.serviceBacklogged = 0;
    queue.softUpdate = false;
    addBusy(queue);
    if (mayPreempt(queue, returns)) expire(state.inService as BfqQueue, 'preempted');
    return deserts.interactive;
  };
  const add = (queue: BfqQueue, row: number): void => {
    const before = queue.raise;
    const task = processes.taskOf(requests.task[row] as number);
    let interactive = false;
    state.queued++;
    if (queue.sync && task.requests <= 1) injection.arrived(queue);
    if (queue.sync) learnBusiness(state, queue);
    queue.sorted.add(row);
    const next = queue.next;
    queue.next = chooseRequest(requests, next, row, state.lastPosition, backMax, backPenalty);
    if (!queue.busy) interactive = wake(queue, queue.owner < 0 && !task.stablyMerged);
    else {
      raising.arrivedAsync(queue);
      if (queue.next !== next) budgets.refit(queue);
    }
    if (tunables.lowLatency && (before === 1 || queue.raise === 1 || interactive))
      queue.raisedSince = state.tick();
  };
  /** A request for the queue that is waited for. */
  const endWait = (queue: BfqQueue, row: number): void => {
    if (queue !== state.inService || !queue.waitsForRequest) return;
    const timedOut = isTimedOut(state, queue);
    const small = queue.sorted.length() === 1 && (requests.sectors[row] as number) < SMALL_REQUEST;
    if (small && idlingBoosts(state, queue) && !timedOut) return;
    stopWaiting(queue);
    if (timedOut) expire(queue, 'timeout');
  };
  /** The best request after `row`, which leaves: once in a turn, the oldest if it is late. */
  const nextAfter = (queue: BfqQueue, row: number): number => {
    if (!queue.fifoChecked) {
      queue.fifoChecked = true;
      const oldest = queue.sorted.oldest();
      if (oldest !== row && state.now() >= (requests.deadline[oldest] as number)) return oldest;
    }
    let next = queue.sorted.following(row);
    if (next < 0) {
      next = queue.sorted.first();
      if (next === row) next = -1;
    }
    const last = requests.sector[row] as number;
    return chooseRequest(requests, next, queue.sorted.preceding(row), last, backMax, backPenalty);
  };
  const remove = (queue: BfqQueue, row: number, leave: () => void): void => {
    if (queue.next === row) {
      queue.next = nextAfter(queue, row);
      budgets.refit(queue);
    }
    leave();
    state.queued--;
    if (!isEmpty(queue)) return;
    queue.next = -1;
    if (!queue.busy || queue === state.inService) return;
    removeBusy(queue, false);
    queue.budget = 0;
    queue.service = 0;
  };
  /** Whom to serve while the queue in service is empty and waited for. */
  const fill = (queue: BfqQueue): BfqQueue | undefined => {
    const own = queue.owner < 0 ? undefined : processes.taskOf(queue.owner).async;
    if (own?.busy === true && own.next >= 0 && requests.task[own.next] === queue.owner) {
      if (budgets.charge(own, own.next) <= budgetLeft(own)) return own;
    }
    const partner = injection.partner(queue);
    if (partner !== undefined) return partner;
    const mayInject = queue.raise === 1 || state.raisedBusy > 1 || !queue.shortThink;
    return mayInject && !idlingBoosts(state, queue) ? injection.choose() : undefined;
  };
  const takeNext = (): BfqQueue | undefined => {
    const queue = busyQueues(state) === 0 ? undefined : trees.takeNext();
    state.servicePosition = 0;
    state.inService = queue;
    if (queue === undefined) return undefined;
    queue.fifoChecked = false;
    budgets.assigned();
    raising.chosen(queue);
    state.serviceSince = state.now();
    queue.budgetTimeout = state.tick() + tunables.timeout * raising.timeoutFactor(queue);
    return queue;
  };
  /** In the order of bfq_select_queue(). */
  const select = (): BfqQueue | undefined => {
    let queue = state.inService;
    if (queue !== undefined && mayTimeOut(state, queue) && !mustIdle(state, queue)) {
      expire(queue, 'timeout');
      queue = undefined;
    }
    for (;;) {
      queue ??= takeNext();
      if (queue === undefined) return undefined;
      if (queue.next >= 0) {
        if (budgets.charge(queue, queue.next) <= budgetLeft(queue)) {
          stopWaiting(queue);
          return queue;
        }
        expire(queue, 'exhausted');
      } else {
        if (queue.waitsForRequest || (queue.dispatched > 0 && betterToIdle(state, queue))) return fill(queue);
        expire(queue, 'no more requests');
      }
      queue = undefined;
    }
  };
  const send = (queue: BfqQueue): number => {
    const row = queue.next;
    serve(queue, budgets.charge(queue, row));
    if (queue === state.inService) injection.dispatched(row);
    queue.dispatched++;
    peak.dispatched(row);
    if (queue === state.inService) state.servicePosition = state.lastPosition;
    remove(queue, row, () => queue.sorted.remove(row));
    if (queue === state.inService) {
      raising.dispatched(queue);
      if (busyQueues(state) > 1 && queue.priorityClass === IDLE) expire(queue, 'exhausted');
    }
    state.inDriver++;
    return row;
  };
  /** A request of the queue in service is completed. */
  const completedServed = (queue: BfqQueue): void => {
    if (mustIdle(state, queue)) {
      if (queue.dispatched > 0) return;
      queue.waitsForRequest = true;
      state.idleSince = state.now();
      host.setTimer(state.now() + idleTime(state, queue));
      return;
    }
    if (mayTimeOut(state, queue)) expire(queue, 'timeout');
    else if (isEmpty(queue) && (queue.dispatched === 0 || !betterToIdle(state, queue)))
      expire(queue, 'no more requests');
    if (state.inDriver === 0) kick();
  };
  /** A process is gone; nobody waits for one that nobody uses. */
  const exit = (task: BfqTask): void => {
    const queue = state.inService;
    processes.leave(task);
    if (queue === undefined || queue.processes > 0 || !isEmpty(queue)) return;
    expire(queue, 'timeout');
    kick();
  };
  const gone = (row: number): void => {
    const task = processes.taskOf(requests.task[row] as number);
    queueOfRow(row).allocated--;
    depths.gave(row);
    task.requests--;
    if (task.ended && task.requests === 0) exit(task);
  };
  return {
    layer: 'blk-mq',
    insert: (row) => {
      let queue = processes.queueFor(row);
      const task = processes.taskOf(requests.task[row] as number);
      depths.took(row, requests.write[row] === 1, requests.sync[row] === 1, queue);
      const other = findCooperator(state, processes, task, queue, row);
      if (other !== undefined) {
        queue.allocated--;
        other.allocated++;
        if (task.sync === queue) processes.merge(task, queue, other);
        queue.justCreated = false;
        queue = other;
        requests.queue[row] = queue.id;
      }
      if (learnThinkTime(state, queue)) injection.reset(queue);
      noteSeek(queue, requests, row, state.rotational);
      raising.seeksOnly(queue);
      requests.deadline[row] = state.now() + tunables.fifoExpire[requests.sync[row] as 0 | 1];
      add(queue, row);
      endWait(queue, row);
    },
    dispatch: () => {
      if (busyQueues(state) === 0) return -1;
      if (tunables.strictGuarantees && state.inDriver > 0) return -1;
      const queue = select();
      return queue === undefined ? -1 : send(queue);
    },
    hasWork: () => state.queued > 0,
    completed: (row) => {
      const queue = queueOfRow(row);
      injection.completing(queue, row);
      queueing.completed();
      state.inDriver--;
      queue.dispatched--;
      if (queue.dispatched === 0 && !queue.busy) {
        queue.budgetTimeout = state.tick();
        weights.forget(queue);
      }
      queue.lastEnd = state.now();
      peak.completed();
      state.lastCompletion = state.now();
      injection.completed(queue);
      raising.completed(queue);
      if (queue === state.inService) completedServed(queue);
      else if (state.inDriver === 0) kick();
      gone(row);
    },
    timer: () => {
      const queue = state.inService;
      if (queue === undefined) return;
      queue.waitsForRequest = false;
      if (isTimedOut(state, queue)) expire(queue, 'timeout', true);
      else if (isEmpty(queue)) expire(queue, 'too idle', true);
      kick();
    },
    taskEnded: (id) => {
      const task = processes.taskOf(id);
      task.ended = true;
      if (task.requests === 0) exit(task);
    },
    tagLimit: (write, sync, id) => {
      const task = processes.taskOf(id);
      return depths.limit(write, sync, sync ? task.sync : task.async);
    },
    mayMerge: (row, piece) => queueOfRow(row) === processes.queueOfPiece(piece),
    findFront: (piece) => processes.queueOfPiece(piece)?.sorted.startingAtEndOf(piece) ?? -1,
    beforeFront: (row) => queueOfRow(row).sorted.unsort(row),
    afterFront: (row) => {
      const queue = queueOfRow(row);
      queue.sorted.sort(row);
      const next = queue.next;
      queue.next = chooseRequest(requests, next, row, state.lastPosition, backMax, backPenalty);
      if (queue.next !== next) budgets.refit(queue);
    },
    following: (row) => queueOfRow(row).sorted.following(row),
    preceding: (row) => queueOfRow(row).sorted.preceding(row),
    joined: (row, absorbed) => {
      const queue = queueOfRow(row);
      if (queue.next === absorbed) queue.next = row;
      remove(queue, absorbed, () => queue.sorted.join(row, absorbed));
      gone(absorbed);
    },
  };
}
