import type { Requests } from '../../requests.ts';
import { jiffies, jiffy, type SchedulerHost } from '../../scheduler.ts';
import type { BfqQueue } from './queue.ts';
import { createServiceTrees, type ServiceTrees } from './service-trees.ts';
import { createWeights, type Weights } from './weights.ts';

/** Tunables in ns, sectors and as they are. */
export interface BfqTunables {
  readonly sliceIdle: number;
  /** How long a queue may be in service, a whole number of ticks; and what that is by default. */
  readonly timeout: number;
  readonly defaultTimeout: number;
  readonly timeoutIsSet: boolean;
  /** 0: follows the peak rate. */
  readonly maxBudget: number;
  readonly fifoExpire: readonly [async: number, sync: number];
  readonly backMax: number;
  readonly backPenalty: number;
  readonly lowLatency: boolean;
  readonly strictGuarantees: boolean;
}

/** What all parts of bfq look at. */
export interface BfqState {
  readonly requests: Requests;
  readonly tunables: BfqTunables;
  readonly rotational: boolean;
  readonly trees: ServiceTrees;
  readonly weights: Weights;
  readonly tickLength: number;
  /** ns; the last timer tick, ns; ms rounded up to whole ticks, ns. */
  now(): number;
  tick(): number;
  ticks(ms: number): number;
  inService: BfqQueue | undefined;
  /** Busy queues by class, 1 to 3, and raised ones of all. */
  readonly busy: Int32Array;
  raisedBusy: number;
  queued: number;
  /** Dispatched and not completed. */
  inDriver: number;
  deepest: number;
  /** The device takes several requests at once; undefined until it is known. */
  queues: boolean | undefined;
  lastPosition: number;
  servicePosition: number;
  lastCompletion: number;
  /** Start of the turn in service, and of the last wait for a request. */
  serviceSince: number;
  idleSince: number;
}

export function createBfqState(host: SchedulerHost, tunables: BfqTunables): BfqState {
  const tick = (): number => jiffies(host.now(), host.hz);
  const weights = createWeights();
  return {
    requests: host.requests,
    tunables,
    rotational: host.rotational,
    trees: createServiceTrees(weights, tick),
    weights,
    tickLength: jiffy(host.hz),
    now: host.now,
    tick,
    ticks: (ms) => roundUpToTicks(ms, host.hz),
    inService: undefined,
    busy: new Int32Array(4),
    raisedBusy: 0,
    queued: 0,
    inDriver: 0,
    deepest: 0,
    queues: undefined,
    lastPosition: 0,
    servicePosition: 0,
    lastCompletion: 0,
    serviceSince: 0,
    idleSince: 0,
  };
}

/** ns of at least so many ms in whole ticks: msecs_to_jiffies(). */
export function roundUpToTicks(ms: number, hz: number): number {
  return Math.ceil((ms * hz) / 1000 - 1e-9) * jiffy(hz);
}

export function busyQueues({ busy }: BfqState): number {
  return (busy[1] as number) + (busy[2] as number) + (busy[3] as number);
}

/** Without rotation, a device that queues does best when nothing is merged and nobody is waited for. */
export function isQueueingFlash({ rotational, queues }: BfqState): boolean {
  // As in the kernel, until it is known a device without rotation counts as queueing.
  return !rotational && queues !== false;
}

/** Queues are to get different shares. Source: bfq-iosched.c, bfq_asymmetric_scenario(). */
export function isAsymmetric({ weights, busy }: BfqState, queue: BfqQueue): boolean {
  const classes = Number((busy[1] as number) > 0) + Number((busy[2] as number) > 0);
  return classes + Number((busy[3] as number) > 0) > 1 || weights.differ(queue);
}
