import { createFifo, insertBehind, push, remove } from '../fifo.ts';
import { endSector, type Requests } from '../requests.ts';
import {
  createSectorTree,
  treeAt,
  treeAtOrAfter,
  treeFirst,
  treeInsert,
  treeNext,
  treePrevious,
  treeRemove,
} from '../sector-tree.ts';

/** Requests both by sector and by age: what every scheduler that sorts is made of. */
export interface SortedQueue {
  add(row: number): void;
  remove(row: number): void;
  length(): number;
  /** Oldest; first by sector; -1 when there is none. */
  oldest(): number;
  first(): number;
  following(row: number): number;
  preceding(row: number): number;
  /** First by sector at or behind this one. */
  atOrAfter(sector: number): number;
  startingAtEndOf(piece: number): number;
  /** Take out of the order by sector, and put back when the sector has changed. */
  unsort(row: number): void;
  sort(row: number): void;
  /** `absorbed` leaves; `row` inherits its deadline and place when those are earlier. */
  join(row: number, absorbed: number): void;
}

export function createSortedQueue(requests: Requests): SortedQueue {
  const fifo = createFifo();
  const tree = createSectorTree();
  return {
    add: (row) => {
      push(fifo, requests, row);
      treeInsert(tree, requests, row);
    },
    remove: (row) => {
      remove(fifo, requests, row);
      treeRemove(tree, requests, row);
    },
    length: () => fifo.length,
    oldest: () => fifo.head,
    first: () => treeFirst(tree, requests),
    following: (row) => treeNext(requests, row),
    preceding: (row) => treePrevious(requests, row),
    atOrAfter: (sector) => treeAtOrAfter(tree, requests, sector),
    startingAtEndOf: (piece) => treeAt(tree, requests, endSector(requests, piece)),
    unsort: (row) => treeRemove(tree, requests, row),
    sort: (row) => treeInsert(tree, requests, row),
    join: (row, absorbed) => {
      const { deadline } = requests;
      if ((deadline[absorbed] as number) < (deadline[row] as number)) {
        deadline[row] = deadline[absorbed] as number;
        remove(fifo, requests, row);
        insertBehind(fifo, requests, absorbed, row);
      }
      remove(fifo, requests, absorbed);
      treeRemove(tree, requests, absorbed);
    },
  };
}
