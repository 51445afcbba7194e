import { endSector, type Requests } from '../../requests.ts';
import { createRunningMean, type RunningMean } from '../choose-request.ts';
import { createSortedQueue, type SortedQueue } from '../sorted-queue.ts';

export const RT = 1;
export const BEST_EFFORT = 2;
export const IDLE = 3;

/** Kinds of work within a class, each a tree of queues ordered by key. */
export const ASYNC = 0;
export const SYNC_NOIDLE = 1;
export const SYNC = 2;
export type WorkType = 0 | 1 | 2;

/** Sectors between requests beyond which one counts as a seek; bytes below which one does, without rotation. */
const SEEK_THRESHOLD = 800;
const SMALL_REQUEST = 64;

/** The requests of one process (synchronous), or of one priority (asynchronous), and its slice. Times in ns. */
export interface CfqQueue {
  readonly sorted: SortedQueue;
  readonly sync: boolean;
  readonly priorityClass: number;
  readonly level: number;
  /** Processes that use it; more than one once queues were merged. */
  processes: number;
  shared: boolean;
  split: boolean;
  next: number;
  dispatched: number;
  /** In the service trees: has requests, or had and is not expired yet. */
  busy: boolean;
  key: number;
  /** Order among equal keys. */
  keySerial: number;
  type: WorkType;
  sliceNew: boolean;
  sliceStart: number;
  sliceEnd: number;
  sliceLeft: number;
  sliceDispatched: number;
  fifoChecked: boolean;
  mustDispatch: boolean;
  waitsForRequest: boolean;
  waitsBusy: boolean;
  idleWindow: boolean;
  deep: boolean;
  /** The last 32 requests, newest lowest: 1 was a seek. */
  seeks: number;
  lastPosition: number;
}

export function createCfqQueue(
  requests: Requests,
  sync: boolean,
  priorityClass: number,
  level: number,
): CfqQueue {
  return {
    sorted: createSortedQueue(requests),
    sync,
    priorityClass,
    level,
    processes: 0,
    shared: false,
    split: false,
    next: -1,
    dispatched: 0,
    busy: false,
    key: 0,
    keySerial: 0,
    type: sync ? SYNC : ASYNC,
    sliceNew: true,
    sliceStart: 0,
    sliceEnd: 0,
    sliceLeft: 0,
    sliceDispatched: 0,
    fifoChecked: false,
    mustDispatch: false,
    waitsForRequest: false,
    waitsBusy: false,
    idleWindow: sync && priorityClass !== IDLE,
    deep: false,
    seeks: 0,
    lastPosition: 0,
  };
}

/** Of a process, or of a tree: when its last request ended, and how long it thinks. */
export interface ThinkTime {
  lastEnd: number;
  readonly think: RunningMean;
}

export function createThinkTime(): ThinkTime {
  return { lastEnd: 0, think: createRunningMean() };
}

/** Enough samples to believe the mean. */
export function believed({ samples }: RunningMean): boolean {
  return samples > 80;
}

export function seeky({ seeks }: CfqQueue): boolean {
  return bitCount(seeks) > 4;
}

/** Takes note of how far a new request is from the one before. */
export function noteSeek(queue: CfqQueue, requests: Requests, row: number, rotational: boolean): void {
  const distance =
    queue.lastPosition === 0 ? 0 : Math.abs((requests.sector[row] as number) - queue.lastPosition);
  const seek = rotational ? distance > SEEK_THRESHOLD : (requests.sectors[row] as number) < SMALL_REQUEST;
  queue.seeks = ((queue.seeks << 1) | (seek ? 1 : 0)) >>> 0;
  queue.lastPosition = endSector(requests, row);
}

export function typeOf({ sync, idleWindow }: CfqQueue): WorkType {
  if (!sync) return ASYNC;
  return idleWindow ? SYNC : SYNC_NOIDLE;
}

export function bitCount(bits: number): number {
  let left = bits;
  let count = 0;
  for (; left !== 0; count++) left &= left - 1;
  return count;
}
