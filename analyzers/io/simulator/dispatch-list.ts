import { createFifo, insertBehind, push, remove } from './fifo.ts';
import { endSector, type Requests } from './requests.ts';

/** The older layer's list of requests on their way to the driver. */
export interface DispatchList {
  /** In order of sector from the last one taken on, circular; requests of another direction are not passed. */
  sortIn(row: number): void;
  append(row: number): void;
  take(): number;
  length(): number;
}

/** Source: block/elevator.c, elv_dispatch_sort() and elv_dispatch_add_tail(). */
export function createDispatchList(requests: Requests): DispatchList {
  const list = createFifo();
  const { sector, write, previous } = requests;
  /** End of the last request taken: the circle starts there. */
  let boundary = 0;
  return {
    sortIn: (row) => {
      const from = sector[row] as number;
      let at = list.tail;
      for (; at >= 0; at = previous[at] as number) {
        if (write[at] !== write[row]) break;
        const other = sector[at] as number;
        if (from >= boundary) {
          // Those before the boundary come after everything behind it.
          if (other < boundary) continue;
        } else if (other >= boundary) break;
        if (from >= other) break;
      }
      insertBehind(list, requests, at, row);
    },
    append: (row) => push(list, requests, row),
    take: () => {
      const row = list.head;
      remove(list, requests, row);
      boundary = endSector(requests, row);
      return row;
    },
    length: () => list.length,
  };
}
