import { endSector, type Requests } from '../../requests.ts';
import { createRunningMean, type RunningMean } from '../choose-request.ts';
import { createSortedQueue, type SortedQueue } from '../sorted-queue.ts';

export const RT = 1;
export const BEST_EFFORT = 2;
export const IDLE = 3;

/** Sectors between requests beyond which one counts as a seek; below which one does, without rotation. */
const SEEK_DISTANCE = 800;
const SMALL_REQUEST = 64;
/** Seeks of the last 32 requests from which a queue is seeky. */
const SEEKY = 20;
const ALL_SEEKS = 0xffffffff;

/** Which tree of its class a queue stands in. */
export const NOWHERE = 0;
export const ACTIVE = 1;
export const RESTING = 2;

/**
 * The requests of one process (synchronous), or of one priority (asynchronous), or of processes whose queues were
 * merged; its place in the service trees and what was learnt of it. Times in ns, service and budgets in sectors.
 */
export interface BfqQueue {
  readonly id: number;
  readonly sync: boolean;
  readonly priorityClass: number;
  readonly level: number;
  readonly created: number;
  readonly sorted: SortedQueue;
  next: number;
  /** Has requests, or is kept in the trees as if it had. */
  busy: boolean;
  /** In the device; in the device or queued. */
  dispatched: number;
  allocated: number;

  /** Place in the service trees: see service-trees.ts. Virtual times. */
  readonly baseWeight: number;
  weight: number;
  weightChanged: boolean;
  countedWeight: number;
  start: number;
  finish: number;
  leastStart: number;
  order: number;
  rank: number;
  left: BfqQueue | undefined;
  right: BfqQueue | undefined;
  tree: 0 | 1 | 2;
  scheduled: boolean;
  newer: BfqQueue | undefined;
  older: BfqQueue | undefined;

  budget: number;
  service: number;
  maxBudget: number;
  /** While it is in service: when that ends. Else when it became empty, nothing in flight. */
  budgetTimeout: number;
  fifoChecked: boolean;
  waitsForRequest: boolean;
  /** It expired empty, with budget left: a request that comes soon goes on with that. */
  mayReturn: boolean;

  think: RunningMean;
  lastEnd: number;
  shortThink: boolean;
  ioBound: boolean;
  ioStart: number;
  idleTime: number;
  /** The last 32 requests, newest lowest: 1 was a seek. */
  seeks: number;
  lastPosition: number;

  /** Factor of its weight; 1 when it is not raised. */
  raise: number;
  raisedFor: number;
  /** Raised since; when it is not, the last arrival. */
  raisedSince: number;
  /** When raising as interactive began, before it was taken for soft real time. */
  interactiveSince: number;
  serviceRaised: number;
  softNext: number;
  softUpdate: boolean;
  backlogSince: number;
  serviceBacklogged: number;
  firstService: number;

  justCreated: boolean;
  inBurst: boolean;
  inLargeBurst: boolean;

  injectLimit: number;
  baseService: number;
  limitDecreased: number;
  waker: BfqQueue | undefined;
  tentativeWaker: BfqQueue | undefined;
  wakerDetections: number;
  wakerSince: number;
  /** Queues it wakes, the latest first. */
  readonly woken: BfqQueue[];

  /** The one task that uses it; -1: none or several. */
  owner: number;
  processes: number;
  mergeInto: BfqQueue | undefined;
  shared: boolean;
  split: boolean;
  splitTime: number;
}

/** A queue nobody has used. Source: bfq-iosched.c, bfq_init_bfqq(). `tick` is the last timer tick. */
export function createBfqQueue(
  requests: Requests,
  of: { id: number; sync: boolean; priorityClass: number; level: number; now: number; tick: number },
  maxBudget: number,
): BfqQueue {
  const { id, sync, priorityClass, now, tick } = of;
  const level = priorityClass === IDLE ? 7 : of.level;
  const weight = (8 - level) * 10;
  return {
    id,
    sync,
    priorityClass,
    level,
    created: tick,
    sorted: createSortedQueue(requests),
    next: -1,
    busy: false,
    dispatched: 0,
    allocated: 0,
    baseWeight: weight,
    weight,
    weightChanged: true,
    countedWeight: 0,
    start: 0,
    finish: 0,
    leastStart: 0,
    order: 0,
    rank: 0,
    left: undefined,
    right: undefined,
    tree: NOWHERE,
    scheduled: false,
    newer: undefined,
    older: undefined,
    budget: 0,
    service: 0,
    maxBudget,
    budgetTimeout: Number.NEGATIVE_INFINITY,
    fifoChecked: false,
    waitsForRequest: false,
    mayReturn: false,
    think: createRunningMean(),
    lastEnd: now,
    shortThink: sync && priorityClass !== IDLE,
    ioBound: true,
    ioStart: now,
    idleTime: 0,
    seeks: 1,
    lastPosition: 0,
    raise: 1,
    raisedFor: 0,
    raisedSince: tick,
    interactiveSince: Number.NEGATIVE_INFINITY,
    serviceRaised: 0,
    softNext: tick,
    softUpdate: false,
    backlogSince: 0,
    serviceBacklogged: 0,
    firstService: 0,
    justCreated: sync,
    inBurst: false,
    inLargeBurst: false,
    injectLimit: 0,
    baseService: 0,
    limitDecreased: tick,
    waker: undefined,
    tentativeWaker: undefined,
    wakerDetections: 0,
    wakerSince: 0,
    woken: [],
    owner: -1,
    processes: 0,
    mergeInto: undefined,
    shared: false,
    split: false,
    splitTime: Number.NEGATIVE_INFINITY,
  };
}

export function isEmpty(queue: BfqQueue): boolean {
  return queue.sorted.length() === 0;
}

export function budgetLeft({ budget, service }: BfqQueue): number {
  return budget - service;
}

/** A request so far from `position` that the head has to move; 0 is no position yet. */
export function isSeek(requests: Requests, row: number, position: number, rotational: boolean): boolean {
  if (position === 0) return false;
  const distance = Math.abs((requests.sector[row] as number) - position);
  return distance > SEEK_DISTANCE && (rotational || (requests.sectors[row] as number) < SMALL_REQUEST);
}

export function noteSeek(queue: BfqQueue, requests: Requests, row: number, rotational: boolean): void {
  const seek = isSeek(requests, row, queue.lastPosition, rotational) ? 1 : 0;
  queue.seeks = ((queue.seeks << 1) | seek) >>> 0;
  queue.lastPosition = endSector(requests, row);
}

export function isSeeky({ seeks }: BfqQueue): boolean {
  let left = seeks;
  let count = 0;
  for (; left !== 0; count++) left &= left - 1;
  return count >= SEEKY;
}

export function seeksOnly({ seeks }: BfqQueue): boolean {
  return seeks === ALL_SEEKS;
}
