import { idlingBoosts } from './idling.ts';
import type { BfqTask, Processes } from './processes.ts';
import { type BfqQueue, IDLE, isSeeky } from './queue.ts';
import { type BfqState, busyQueues, isQueueingFlash } from './state.ts';

/** Sectors within which two processes work on the same thing. */
const CLOSE = 8192;
/** ms: no merging of queues that have had IO for longer; those of one burst are merged when they are older. */
const TOO_LATE = 100;
const STABLE_AFTER = 600;

/**
 * The queue that a request, and from then on its process, should go to instead of its own: that of another process
 * that works close by, or that began at the same time and gains nothing from being waited for.
 * Source: bfq-iosched.c, bfq_setup_cooperator(), bfq_setup_stable_merge().
 */
export function findCooperator(
  state: BfqState,
  processes: Processes,
  task: BfqTask,
  queue: BfqQueue,
  row: number,
): BfqQueue | undefined {
  if (queue.mergeInto !== undefined) return queue.mergeInto;
  if (isQueueingFlash(state)) return undefined;
  const { tick, ticks } = state;
  if (queue.sync && task.belongsTo !== undefined && !queue.justCreated) {
    const since = Math.max(queue.created, queue.splitTime);
    if (since + ticks(STABLE_AFTER) < tick()) return mergeWithKin(state, processes, task, queue);
  }
  const late = ({ serviceBacklogged, firstService }: BfqQueue): boolean =>
    serviceBacklogged > 0 && firstService + ticks(TOO_LATE) < tick();
  // Asking about seeks first spares the search for most.
  if (!queue.sync || isSeeky(queue) || late(queue) || queue.priorityClass === IDLE) return undefined;
  if (busyQueues(state) === 1) return undefined;
  const fits = (other: BfqQueue): boolean =>
    other !== queue &&
    other.sync &&
    other.priorityClass === queue.priorityClass &&
    !late(other) &&
    !isSeeky(other);
  const sector = state.requests.sector[row] as number;
  const served = state.inService;
  if (served !== undefined && Math.abs(sector - state.servicePosition) <= CLOSE && fits(served)) {
    const into = processes.schedule(queue, served);
    if (into !== undefined) return into;
  }
  let best: BfqQueue | undefined;
  let least = CLOSE + 1;
  for (const other of processes.queues()) {
    if (other.next < 0) continue;
    const distance = Math.abs((state.requests.sector[other.next] as number) - sector);
    if (distance >= least || other.priorityClass === IDLE || late(other)) continue;
    least = distance;
    best = other;
  }
  return best !== undefined && fits(best) ? processes.schedule(queue, best) : undefined;
}

function mergeWithKin(
  state: BfqState,
  processes: Processes,
  task: BfqTask,
  queue: BfqQueue,
): BfqQueue | undefined {
  const kin = task.belongsTo as BfqQueue;
  task.belongsTo = undefined;
  if (idlingBoosts(state, queue) || kin.processes === 0) return undefined;
  const into = processes.schedule(queue, kin);
  if (into === undefined) return undefined;
  task.stablyMerged = true;
  if (into.owner >= 0) processes.taskOf(into.owner).stablyMerged = true;
  return into;
}
