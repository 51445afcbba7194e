import type { Requests } from '../../requests.ts';
import { type CfqQueue, IDLE, RT, seeky } from './queue.ts';
import type { ServiceTrees } from './trees.ts';

/** Sectors within which another process' request is worth serving instead of waiting (CFQQ_CLOSE_THR). */
const CLOSE = 8192;

/** Is a request near to where the last one sent ended? Source: cfq-iosched.c, cfq_rq_close(). */
export function isNear({ sector }: Requests, row: number, lastPosition: number): boolean {
  return Math.abs((sector[row] as number) - lastPosition) <= CLOSE;
}

/**
 * Another process whose next request is near enough to serve it at once: of the queues of one priority level the one
 * nearest by sector, and nobody when that one does not fit. Source: cfq_close_cooperator(), cfqq_close().
 */
export function closeCooperator(
  requests: Requests,
  trees: ServiceTrees,
  queue: CfqQueue,
  lastPosition: number,
): CfqQueue | undefined {
  if (queue.priorityClass === IDLE || !queue.sync || seeky(queue) || trees.busy() === 1) return undefined;
  let nearest: CfqQueue | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const other of trees.queues()) {
    if (other === queue || other.next < 0 || other.level !== queue.level) continue;
    if (other.priorityClass === IDLE) continue;
    const distance = Math.abs((requests.sector[other.next] as number) - lastPosition);
    if (distance >= least) continue;
    least = distance;
    nearest = other;
  }
  if (nearest === undefined || least > CLOSE || !nearest.sync || seeky(nearest)) return undefined;
  return (nearest.priorityClass === RT) === (queue.priorityClass === RT) ? nearest : undefined;
}
