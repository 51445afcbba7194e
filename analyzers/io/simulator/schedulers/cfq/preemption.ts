import type { Requests } from '../../requests.ts';
import { isNear } from './cooperation.ts';
import { type CfqQueue, IDLE, RT, SYNC_NOIDLE, typeOf, type WorkType } from './queue.ts';
import type { ServiceTrees } from './trees.ts';

/** What is asked of the scheduler. */
export interface PreemptionHost {
  readonly requests: Requests;
  readonly trees: ServiceTrees;
  /** Has the queue used up its slice; is it waited for when it is empty? */
  used(queue: CfqQueue): boolean;
  shouldIdle(queue: CfqQueue): boolean;
  /** The kind of work that is served. */
  serving(): WorkType;
  /** Where the last request sent ended. */
  lastPosition(): number;
}

/** Does a request (`row`) of `queue` take the disk from the queue that is served? */
export type ShouldPreempt = (current: CfqQueue, queue: CfqQueue, row: number) => boolean;

/**
 * Whoever preempts goes in front of everybody, and a queue that is empty and not waited for is preempted by any other. So
 * among queues nobody waits for (random readers) the last to come goes first: when there are more of them than the
 * driver takes requests, some starve. Source: cfq-iosched.c of Linux 4.4, cfq_should_preempt().
 */
export function createPreemption(host: PreemptionHost): ShouldPreempt {
  const { requests, trees } = host;
  return (current, queue, row) => {
    if (queue.priorityClass === IDLE) return false;
    if (current.priorityClass === IDLE) return true;
    if (current.priorityClass === RT && queue.priorityClass !== RT) return false;
    if (requests.sync[row] === 1 && !current.sync) return true;
    if (host.used(current)) return true;
    const isEmpty = current.sorted.length() === 0;
    const noIdle = host.serving() === SYNC_NOIDLE && typeOf(queue) === SYNC_NOIDLE;
    if (noIdle && trees.count(queue.priorityClass, queue.type) === 2 && isEmpty) return true;
    if (queue.priorityClass === RT && current.priorityClass !== RT) return true;
    if (isEmpty && !host.shouldIdle(current)) return true;
    return current.waitsForRequest && isNear(requests, row, host.lastPosition());
  };
}
