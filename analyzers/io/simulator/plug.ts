import { endSector, type Requests } from './requests.ts';

/** When a plug list is flushed though its task goes on, and how. */
export interface PlugRules {
  /** Requests on the list at which the next one flushes it (BLK_MAX_REQUEST_COUNT). */
  readonly most: number;
  /** Sectors of the last request from which on the next one flushes the list (BLK_PLUG_FLUSH_SIZE); Infinity: none. */
  readonly large: number;
  /** New pieces may join any request on the list, or only the last. */
  readonly joins: 'any' | 'last';
  /** The list goes to the scheduler by sector, or as it came. */
  readonly order: 'sector' | 'arrival';
}

/** Linux 2.6.39 to 4.9 and later with one queue. Source: block/blk-core.c, blk_queue_bio(), blk_flush_plug_list(). */
export const legacyPlug: PlugRules = {
  most: 16,
  large: Number.POSITIVE_INFINITY,
  joins: 'any',
  order: 'sector',
};

/** Linux 6.13 and later. Source: block/blk-mq.c, blk_add_rq_to_plug(); block/blk-merge.c, blk_attempt_plug_merge(). */
export const multiQueuePlug: PlugRules = { most: 32, large: 256, joins: 'last', order: 'arrival' };

/**
 * The plug lists of tasks that submit several pieces at once: requests that hold their tag already and are kept from the
 * scheduler until the task has submitted all, goes to sleep, or the list is full.
 */
export interface Plugs {
  /** Joins a piece with a request on its task's list: in front of it or behind. */
  merge(piece: number, task: number): boolean;
  /** The list has to be flushed before another one is added. */
  isFull(task: number): boolean;
  add(piece: number, task: number): void;
  /** Takes all requests of a list, in the order they are to be inserted. */
  take(task: number): readonly number[];
}

export function createPlugs(requests: Requests, tasks: number, rules: PlugRules, maxSectors: number): Plugs {
  const { sector, sectors, write, chain, chainLast } = requests;
  const lists: number[][] = Array.from({ length: tasks }, () => []);
  const listOf = (task: number): number[] => lists[task] as number[];
  const append = (to: number, piece: number): void => {
    chain[chainLast[to] as number] = piece;
    chainLast[to] = chainLast[piece] as number;
    sectors[to] = (sectors[to] as number) + (sectors[piece] as number);
  };
  const joinTo = (row: number, piece: number): boolean => {
    if (write[row] !== write[piece]) return false;
    if ((sectors[row] as number) + (sectors[piece] as number) > maxSectors) return false;
    if (endSector(requests, row) === sector[piece]) append(row, piece);
    else if (endSector(requests, piece) === sector[row]) {
      sector[row] = sector[piece] as number;
      append(row, piece);
    } else return false;
    return true;
  };
  return {
    merge: (piece, task) => {
      const list = listOf(task);
      const oldest = rules.joins === 'any' ? 0 : Math.max(0, list.length - 1);
      for (let i = list.length - 1; i >= oldest; i--) {
        if (joinTo(list[i] as number, piece)) return true;
      }
      return false;
    },
    isFull: (task) => {
      const list = listOf(task);
      const last = list.at(-1);
      return last !== undefined && (list.length >= rules.most || (sectors[last] as number) >= rules.large);
    },
    add: (piece, task) => {
      listOf(task).push(piece);
    },
    take: (task) => {
      const list = listOf(task);
      if (list.length === 0) return list;
      lists[task] = [];
      if (rules.order === 'sector') list.sort((a, b) => (sector[a] as number) - (sector[b] as number));
      return list;
    },
  };
}
