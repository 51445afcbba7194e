import type { Requests } from './requests.ts';

/** A queue of requests in order of arrival, linked through `next` and `previous`; -1 is nobody. */
export interface Fifo {
  head: number;
  tail: number;
  length: number;
}

export function createFifo(): Fifo {
  return { head: -1, tail: -1, length: 0 };
}

export function push(fifo: Fifo, requests: Requests, row: number): void {
  requests.next[row] = -1;
  requests.previous[row] = fifo.tail;
  if (fifo.tail < 0) fifo.head = row;
  else requests.next[fifo.tail] = row;
  fifo.tail = row;
  fifo.length++;
}

/** Puts `row` in the place behind `at`; -1 is the front. */
export function insertBehind(fifo: Fifo, requests: Requests, at: number, row: number): void {
  const next = at < 0 ? fifo.head : (requests.next[at] as number);
  requests.previous[row] = at;
  requests.next[row] = next;
  if (at < 0) fifo.head = row;
  else requests.next[at] = row;
  if (next < 0) fifo.tail = row;
  else requests.previous[next] = row;
  fifo.length++;
}

export function remove(fifo: Fifo, requests: Requests, row: number): void {
  const next = requests.next[row] as number;
  const previous = requests.previous[row] as number;
  if (previous < 0) fifo.head = next;
  else requests.next[previous] = next;
  if (next < 0) fifo.tail = previous;
  else requests.previous[next] = previous;
  requests.next[row] = -1;
  requests.previous[row] = -1;
  fifo.length--;
}

/** Takes the oldest; -1 when there is none. */
export function shift(fifo: Fifo, requests: Requests): number {
  const row = fifo.head;
  if (row >= 0) remove(fifo, requests, row);
  return row;
}
