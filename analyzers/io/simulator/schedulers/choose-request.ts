import type { Requests } from '../requests.ts';

/**
 * Which of two requests is nearer to where the head is: forward as it is, backward up to `backMax` sectors at
 * `penalty` times the distance, anything further back only when there is nothing else. -1 is no request.
 * Source: block/cfq-iosched.c, cfq_choose_req(); as-iosched.c, as_choose_req().
 */
export function chooseRequest(
  { sector }: Requests,
  a: number,
  b: number,
  last: number,
  backMax: number,
  penalty: number,
): number {
  if (a < 0 || a === b) return b;
  if (b < 0) return a;
  const sa = sector[a] as number;
  const sb = sector[b] as number;
  const da = distance(sa, last, backMax, penalty);
  const db = distance(sb, last, backMax, penalty);
  if (da === WRAPPED && db === WRAPPED) return sa <= sb ? a : b;
  if (da === WRAPPED) return b;
  if (db === WRAPPED) return a;
  if (da < db) return a;
  if (db < da) return b;
  return sa >= sb ? a : b;
}

const WRAPPED = Number.POSITIVE_INFINITY;

function distance(sector: number, last: number, backMax: number, penalty: number): number {
  if (sector >= last) return sector - last;
  return sector + backMax >= last ? (last - sector) * penalty : WRAPPED;
}

/**
 * The better of a request's neighbours by sector; the first of all takes the place behind the last. `from` is the
 * sector distances count from: CFQ takes the start of the request, anticipatory its end.
 * Source: cfq-iosched.c, cfq_find_next_rq(); as-iosched.c, as_find_next_arq() after last_sector was set.
 */
export function nextAfter(
  requests: Requests,
  queue: { following(row: number): number; preceding(row: number): number; first(): number },
  row: number,
  from: number,
  backMax: number,
  penalty: number,
): number {
  let next = queue.following(row);
  if (next < 0) {
    next = queue.first();
    if (next === row) next = -1;
  }
  return chooseRequest(requests, next, queue.preceding(row), from, backMax, penalty);
}

/** Mean of the last dozen or so samples in fixed point, as the kernel keeps of think times and seeks. */
export interface RunningMean {
  samples: number;
  total: number;
  mean: number;
}

export function createRunningMean(): RunningMean {
  return { samples: 0, total: 0, mean: 0 };
}

/** Weights of 7/8; the sum of weights goes to 256. Source: cfq-iosched.c, __cfq_update_io_thinktime(). */
export function addSample(running: RunningMean, value: number): void {
  running.samples = Math.floor((7 * running.samples + 256) / 8);
  running.total = (7 * running.total + 256 * value) / 8;
  running.mean = (running.total + 128) / running.samples;
}
