import { endSector } from '../../requests.ts';
import type { Scheduler, SchedulerDefinition, SchedulerHost } from '../../scheduler.ts';
import { jiffies, jiffy } from '../../scheduler.ts';
import { addSample, chooseRequest, nextAfter } from '../choose-request.ts';
import { closeCooperator } from './cooperation.ts';
import { createPreemption } from './preemption.ts';
import { createProcesses } from './processes.ts';
import {
  believed,
  type CfqQueue,
  createThinkTime,
  IDLE,
  noteSeek,
  seeky,
  type ThinkTime,
  typeOf,
  type WorkType,
} from './queue.ts';
import { createQueueingDetector, QUEUE_MIN } from './queueing-detector.ts';
import { averageBusyQueues, type CfqTimes, prioritySlice, scaledSlice } from './slices.ts';
import { createServiceTrees } from './trees.ts';
import { createWorkload } from './workload.ts';

/** Keys of idle queues are this far apart. */
const IDLE_DELAY = 200e6;

/**
 * CFQ: a slice of time for every process in turn, longer the higher its priority, in which the disk waits a
 * little for the process' next request. One group: blkio cgroups are not simulated. Times in ms, sizes in KiB.
 * Source: block/cfq-iosched.c of Linux 4.4 (removed in 5.0), cfq_dispatch_requests().
 */
export const cfq: SchedulerDefinition = {
  defaults: {
    quantum: 8,
    fifo_expire_sync: 125,
    fifo_expire_async: 250,
    back_seek_max: 16_384,
    back_seek_penalty: 2,
    slice_sync: 100,
    slice_async: 40,
    slice_async_rq: 2,
    /** -1: 8 ms, and 0 on devices that do not rotate. */
    slice_idle: -1,
    group_idle: 8,
    low_latency: 1,
    target_latency: 300,
  },
  create: createCfq,
};

function createCfq(host: SchedulerHost, settings: Readonly<Record<string, number>>): Scheduler {
  const { requests, hz, rotational } = host;
  const setting = (name: string): number => settings[name] ?? (cfq.defaults[name] as number);
  const sliceIdle = setting('slice_idle') < 0 ? (rotational ? 8e6 : 0) : setting('slice_idle') * 1e6;
  const times: CfqTimes = {
    sliceSync: setting('slice_sync') * 1e6,
    sliceAsync: setting('slice_async') * 1e6,
    sliceIdle,
    groupIdle: setting('group_idle') * 1e6,
    targetLatency: setting('target_latency') * 1e6,
    lowLatency: setting('low_latency') !== 0,
  };
  const fifoExpire = [setting('fifo_expire_async') * 1e6, setting('fifo_expire_sync') * 1e6] as const;
  const quantum = setting('quantum');
  const asyncRequests = setting('slice_async_rq');
  const backMax = setting('back_seek_max') * 2;
  const penalty = setting('back_seek_penalty');
  const tick = jiffy(hz);
  const now = (): number => jiffies(host.now(), hz);

  const trees = createServiceTrees();
  const processes = createProcesses(requests);
  const groupThink = createThinkTime();
  const averages = new Map<number, number>();
  const workload = createWorkload(trees, times, tick, (priorityClass) => averages.get(priorityClass) ?? 0);
  let active: CfqQueue | undefined;
  let queued = 0;
  /** Given to the driver and not completed, asynchronous and synchronous. */
  const inFlight = [0, 0];
  let lastPosition = 0;
  let timerRuns = false;
  let lastDelayedSync = -1e9;
  const detector = createQueueingDetector();

  const queueOf = (row: number): CfqQueue => processes.queueOfRow(requests.queue[row] as number);
  const empty = (queue: CfqQueue): boolean => queue.sorted.length() === 0;
  const flash = (): boolean => !rotational && detector.queues() !== false;
  const used = (queue: CfqQueue): boolean => !queue.sliceNew && now() >= queue.sliceEnd;
  const thinksLong = ({ think }: ThinkTime, limit: number): boolean => believed(think) && think.mean > limit;
  const shouldIdle = (queue: CfqQueue): boolean => {
    if (sliceIdle === 0 || queue.priorityClass === IDLE) return false;
    if (queue.idleWindow && !flash()) return true;
    return (
      queue.sync &&
      trees.count(queue.priorityClass, queue.type) === 1 &&
      !thinksLong(trees.think(queue.priorityClass, queue.type), sliceIdle)
    );
  };
  const shouldPreempt = createPreemption({
    requests,
    trees,
    used,
    shouldIdle,
    serving: () => workload.type(),
    lastPosition: () => lastPosition,
  });
  const stopTimer = (): void => {
    timerRuns = false;
    host.setTimer(Number.POSITIVE_INFINITY);
  };
  const averageBusy = (queue: CfqQueue): number => {
    const average = averageBusyQueues(
      averages.get(queue.priorityClass) ?? 0,
      trees.inClass(queue.priorityClass),
    );
    averages.set(queue.priorityClass, average);
    return average;
  };
  /** `type` is of the tree it goes to; it may still stand in one. */
  const keyOf = (queue: CfqQueue, type: WorkType, front: boolean): number => {
    if (queue.priorityClass === IDLE) return (trees.lastIdleKey(queue) ?? now()) + IDLE_DELAY;
    if (front) return (trees.first(queue.priorityClass, type)?.key ?? now()) - 1e9;
    // A queue that is new in the trees is not counted yet: that puts it one step further in front.
    const others = trees.busy() - 1;
    const offset = others * (prioritySlice(times, true, 0) - prioritySlice(times, queue.sync, queue.level));
    const key = now() + offset - queue.sliceLeft;
    queue.sliceLeft = 0;
    return key;
  };
  /** Puts a queue into its tree, or into its new place there. */
  const place = (queue: CfqQueue, front: boolean): void => {
    const type = typeOf(queue);
    const key = keyOf(queue, type, front);
    if (queue.busy) trees.remove(queue);
    queue.type = type;
    queue.busy = true;
    trees.add(queue, key);
  };
  const expire = (timedOut: boolean): void => {
    const queue = active;
    if (queue === undefined) return;
    if (queue.waitsForRequest) stopTimer();
    queue.waitsForRequest = false;
    queue.waitsBusy = false;
    if (queue.shared && seeky(queue)) queue.split = true;
    if (timedOut) {
      queue.sliceLeft = queue.sliceNew
        ? scaledSlice(times, queue, averageBusy(queue))
        : queue.sliceEnd - now();
    }
    active = undefined;
    if (!queue.busy) return;
    if (empty(queue)) {
      trees.remove(queue);
      queue.busy = false;
    } else place(queue, false);
  };
  const activate = (queue: CfqQueue | undefined): CfqQueue | undefined => {
    active = queue;
    if (queue === undefined) return undefined;
    queue.sliceNew = true;
    queue.sliceStart = 0;
    queue.sliceEnd = 0;
    queue.sliceDispatched = 0;
    queue.waitsForRequest = false;
    queue.mustDispatch = false;
    queue.fifoChecked = false;
    stopTimer();
    return queue;
  };
  const cooperator = (queue: CfqQueue): CfqQueue | undefined =>
    closeCooperator(requests, trees, queue, lastPosition);
  const select = (): CfqQueue | undefined => {
    const queue = active;
    let wanted: CfqQueue | undefined;
    if (queue !== undefined) {
      if (queued === 0) return undefined;
      const keep = keepActive(queue);
      if (keep === 'serve') return queue;
      if (keep === 'wait') return undefined;
      if (keep === 'cooperate') {
        wanted = cooperator(queue);
        if (wanted !== undefined) processes.merge(queue, wanted);
      }
      expire(false);
    }
    return activate(wanted ?? workload.next(now()));
  };
  /** What becomes of the active queue; in the order of cfq_select_queue(). */
  const keepActive = (queue: CfqQueue): 'serve' | 'wait' | 'cooperate' | 'expire' => {
    if (queue.waitsBusy && !empty(queue)) return 'expire';
    const alone = trees.busy() === 1;
    const groupWaits = (): boolean =>
      times.groupIdle > 0 &&
      alone &&
      (inFlight[0] as number) + (inFlight[1] as number) > 0 &&
      !thinksLong(groupThink, times.groupIdle);
    if (used(queue) && !queue.mustDispatch) {
      if (alone && empty(queue) && queue.dispatched > 0 && shouldIdle(queue)) return 'wait';
      return groupWaits() ? 'wait' : 'expire';
    }
    if (!empty(queue)) return 'serve';
    if (cooperator(queue) !== undefined) return 'cooperate';
    if (timerRuns) return 'wait';
    const fast = queue.sliceNew || queue.sliceEnd - now() > now() - queue.sliceStart;
    if (seeky(queue) && queue.idleWindow && fast) {
      // The device is faster than a deep queue of seeks: waiting for more of it gains nothing.
      queue.deep = false;
      queue.idleWindow = false;
    }
    if (queue.dispatched > 0 && shouldIdle(queue)) return 'wait';
    return groupWaits() ? 'wait' : 'expire';
  };
  const mayDispatch = (queue: CfqQueue): boolean => {
    if (shouldIdle(queue) && (inFlight[0] as number) > 0) return false;
    if (!queue.sync && (inFlight[1] as number) > 0) return false;
    let most = queue.priorityClass === IDLE ? 1 : Math.max(1, Math.floor(quantum / 2));
    if (queue.dispatched >= most) {
      if (queue.priorityClass === IDLE) return false;
      const onlySync = queue.sync && trees.busySync() === 1;
      const soon = queue.sliceNew || now() + sliceIdle * queue.dispatched > queue.sliceEnd;
      if (trees.busy() > 1 && soon && !onlySync) return false;
      most = trees.busy() === 1 || onlySync ? Number.POSITIVE_INFINITY : quantum;
    }
    if (!queue.sync && times.lowLatency) {
      let depth = Math.floor((now() - lastDelayedSync) / times.sliceSync);
      if (depth === 0 && queue.dispatched === 0) depth = 1;
      most = Math.min(most, depth);
    }
    return queue.dispatched < most;
  };
  const send = (queue: CfqQueue): number => {
    let row = queue.next;
    if (!queue.fifoChecked) {
      queue.fifoChecked = true;
      const oldest = queue.sorted.oldest();
      if (oldest >= 0 && now() >= (requests.deadline[oldest] as number)) row = oldest;
    }
    const start = requests.sector[row] as number;
    queue.next = nextAfter(requests, queue.sorted, row, start, backMax, penalty);
    queue.sorted.remove(row);
    queued--;
    queue.dispatched++;
    inFlight[queue.sync ? 1 : 0] = (inFlight[queue.sync ? 1 : 0] as number) + 1;
    lastPosition = endSector(requests, row);
    queue.sliceDispatched++;
    queue.mustDispatch = false;
    const asyncLimit = 2 * asyncRequests * (8 - queue.level);
    const asyncDone = !queue.sync && queue.sliceDispatched >= asyncLimit;
    if (trees.busy() > 1 && (asyncDone || queue.priorityClass === IDLE)) {
      queue.sliceEnd = now() + tick;
      expire(false);
    }
    return row;
  };
  /** Takes the disk from the active queue and goes in front of everybody. */
  const preempt = (current: CfqQueue, queue: CfqQueue): void => {
    const before = typeOf(current);
    expire(true);
    if (before !== typeOf(queue)) workload.restart();
    place(queue, true);
  };
  const updateIdleWindow = (queue: CfqQueue, think: ThinkTime | undefined): void => {
    if (!queue.sync || queue.priorityClass === IDLE) return;
    if (queue.sorted.length() >= 4) queue.deep = true;
    if (sliceIdle === 0 || (!queue.deep && seeky(queue))) queue.idleWindow = false;
    else if (think !== undefined && believed(think.think)) {
      queue.idleWindow = think.think.mean <= sliceIdle;
    }
  };
  const learnThink = (of: ThinkTime, limit: number): void => {
    if (of.lastEnd > 0) addSample(of.think, Math.min(now() - of.lastEnd, 2 * limit));
  };
  const armTimer = (queue: CfqQueue, think: ThinkTime | undefined): void => {
    if (flash()) return;
    const group = !shouldIdle(queue);
    if (group && times.groupIdle === 0) return;
    if (queue.dispatched > 0) return;
    if (think !== undefined && believed(think.think) && queue.sliceEnd - now() < think.think.mean) return;
    if (
      group &&
      (trees.busy() > 1 || thinksLong(trees.think(queue.priorityClass, queue.type), times.groupIdle))
    )
      return;
    queue.waitsForRequest = true;
    timerRuns = true;
    host.setTimer(now() + Math.max(tick, group ? times.groupIdle : sliceIdle));
  };
  const completedActive = (queue: CfqQueue, sync: boolean, think: ThinkTime | undefined): void => {
    if (queue.sliceNew) {
      queue.sliceNew = false;
      queue.sliceStart = now();
      queue.sliceEnd = now() + scaledSlice(times, queue, averageBusy(queue));
    }
    const left = queue.sliceEnd - now();
    const nearlyDone =
      used(queue) ||
      left === tick ||
      (think !== undefined && believed(think.think) && left < think.think.mean);
    if (empty(queue) && trees.busy() === 1 && !thinksLong(groupThink, times.groupIdle) && nearlyDone) {
      queue.sliceEnd = now() + (sliceIdle || times.groupIdle);
      queue.waitsBusy = true;
    }
    if (used(queue) || queue.priorityClass === IDLE) expire(true);
    else if (sync && empty(queue) && cooperator(queue) === undefined) armTimer(queue, think);
  };
  return {
    layer: 'legacy',
    dispatchOrder: 'sort',
    insert: (row) => {
      const queue = processes.queueFor(row);
      const think = queue.sync ? processes.thinkOf(requests.task[row] as number) : undefined;
      requests.deadline[row] = now() + fifoExpire[requests.sync[row] as 0 | 1];
      queue.sorted.add(row);
      queued++;
      if (!queue.busy) place(queue, false);
      queue.next = chooseRequest(requests, queue.next, row, lastPosition, backMax, penalty);
      if (think !== undefined) {
        learnThink(think, sliceIdle);
        learnThink(trees.think(queue.priorityClass, queue.type), sliceIdle);
      }
      learnThink(groupThink, times.groupIdle);
      noteSeek(queue, requests, row, rotational);
      updateIdleWindow(queue, think);
      if (queue === active) {
        if (!queue.waitsForRequest) return;
        if ((requests.sectors[row] as number) > 8 || trees.busy() > 1) {
          stopTimer();
          queue.waitsForRequest = false;
        } else queue.mustDispatch = true;
        return;
      }
      if (active === undefined) return;
      if (shouldPreempt(active, queue, row)) preempt(active, queue);
    },
    dispatch: () => {
      if (trees.busy() === 0) return -1;
      const queue = select();
      if (queue === undefined || empty(queue) || !mayDispatch(queue)) return -1;
      return send(queue);
    },
    hasWork: () => queued > 0,
    completed: (row) => {
      const queue = queueOf(row);
      const sync = requests.sync[row] === 1;
      // The driver has what it looked at ahead, too.
      const inDriver = (inFlight[0] as number) + (inFlight[1] as number);
      const few = active !== undefined && active.dispatched + active.sorted.length() < QUEUE_MIN;
      detector.completed(inDriver, queued, few && active?.idleWindow === true);
      queue.dispatched--;
      inFlight[queue.sync ? 1 : 0] = (inFlight[queue.sync ? 1 : 0] as number) - 1;
      const think = sync ? processes.thinkOf(requests.task[row] as number) : undefined;
      if (think !== undefined) {
        think.lastEnd = now();
        trees.think(queue.priorityClass, queue.busy ? queue.type : typeOf(queue)).lastEnd = now();
        if ((requests.inserted[row] as number) + fifoExpire[1] <= now()) lastDelayedSync = now();
      }
      groupThink.lastEnd = now();
      if (queue === active) completedActive(queue, sync, think);
      if (inDriver === 1) host.kick();
    },
    timer: () => {
      timerRuns = false;
      const queue = active;
      if (queue === undefined) {
        host.kick();
        return;
      }
      if (!queue.mustDispatch) {
        if (used(queue)) expire(false);
        else if (trees.busy() > 0 && empty(queue)) {
          queue.deep = false;
          expire(false);
        }
      }
      host.kick();
    },
    taskEnded: (task) => {
      // Nobody is left to wait for: cfq_exit_cfqq().
      if (active === undefined || !processes.owns(task, active)) return;
      if (!empty(active) || active.dispatched > 0) return;
      expire(false);
      host.kick();
    },
    mayMerge: (row, piece) =>
      queueOf(row) === (requests.hashed[piece] === 1 ? queueOf(piece) : processes.lookup(piece)),
    findFront: (piece) => processes.lookup(piece)?.sorted.startingAtEndOf(piece) ?? -1,
    beforeFront: (row) => queueOf(row).sorted.unsort(row),
    afterFront: (row) => queueOf(row).sorted.sort(row),
    following: (row) => queueOf(row).sorted.following(row),
    preceding: (row) => queueOf(row).sorted.preceding(row),
    joined: (row, absorbed) => {
      const queue = queueOf(row);
      if (queue.next === absorbed) queue.next = row;
      queue.sorted.join(row, absorbed);
      queued--;
    },
  };
}
