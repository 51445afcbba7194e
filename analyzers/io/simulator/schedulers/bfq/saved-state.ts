import type { BfqQueue } from './queue.ts';

type Learnt = Pick<
  BfqQueue,
  | 'baseService'
  | 'injectLimit'
  | 'limitDecreased'
  | 'lastEnd'
  | 'shortThink'
  | 'ioBound'
  | 'ioStart'
  | 'idleTime'
  | 'raise'
  | 'raisedFor'
  | 'raisedSince'
  | 'interactiveSince'
  | 'serviceRaised'
>;

/** What a process takes with it when its queue is merged, and gets back when it is split off again. */
export type SavedState = Learnt & Pick<BfqQueue, 'think' | 'inBurst' | 'inLargeBurst'>;

/** Source: bfq-iosched.c, bfq_bfqq_save_state(). `interactive`: raised for so long, as new queues would have been. */
export function saveState(queue: BfqQueue, interactive: Partial<SavedState> | undefined): SavedState {
  return {
    ...copy(queue),
    think: { ...queue.think },
    inBurst: queue.inBurst,
    inLargeBurst: queue.inLargeBurst,
    ...(queue.justCreated && !queue.inLargeBurst ? interactive : {}),
  };
}

/** Source: bfq_bfqq_resume_state(). */
export function restoreState(queue: BfqQueue, saved: SavedState): void {
  Object.assign(queue, copy(saved));
  queue.think = { ...saved.think };
}

function copy(from: Learnt): Learnt {
  const { baseService, injectLimit, limitDecreased, lastEnd, shortThink, ioBound, ioStart, idleTime } = from;
  const { raise, raisedFor, raisedSince, interactiveSince, serviceRaised } = from;
  return {
    baseService,
    injectLimit,
    limitDecreased,
    lastEnd,
    shortThink,
    ioBound,
    ioStart,
    idleTime,
    raise,
    raisedFor,
    raisedSince,
    interactiveSince,
    serviceRaised,
  };
}
