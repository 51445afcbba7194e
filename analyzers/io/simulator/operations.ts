import type { TaskModel } from '../../../model/simulation.ts';
import type { Random } from '../../stats/random.ts';

/** Where a task's next operation goes; the fields say what the last call of `next` chose. */
export interface OperationSource {
  sector: number;
  sectors: number;
  write: boolean;
  sync: boolean;
  /** ns to wait after it, before the next, beyond the host's turnaround. */
  thinkTime: number;
  /** False when the task has no more. */
  next(): boolean;
}

/** Blocks of a pattern, uniform over the range or one after the other with wrap, or what was recorded. */
export function createOperationSource(task: TaskModel, random: Random): OperationSource {
  const blockSectors = Math.max(1, Math.round(task.bytes / 512));
  const first = Math.floor(task.offset / 512);
  const blocks = Math.max(1, Math.floor(task.range / task.bytes));
  const { recorded, readShare, sizes } = task;
  const weights = sizes?.reduce((sum, { weight }) => sum + weight, 0) ?? 0;
  /** Sectors. */
  const smallest = Math.min(...(sizes ?? [task]).map(({ bytes }) => Math.max(1, Math.round(bytes / 512))));
  /** Where a sequence of several sizes goes on, in sectors from the first. */
  let behind = 0;
  let done = 0;
  const length = recorded?.sector.length ?? 0;
  const most =
    recorded === undefined || recorded.repeats === true
      ? (task.operations ?? Number.POSITIVE_INFINITY)
      : length;
  const source: OperationSource = {
    sector: first,
    sectors: blockSectors,
    write: task.write,
    sync: task.sync,
    thinkTime: task.thinkTime,
    next: () => {
      if (done >= most) return false;
      if (recorded !== undefined) {
        const at = done % length;
        source.sector = recorded.sector[at] ?? 0;
        source.sectors = recorded.sectors[at] ?? 8;
        source.write = recorded.write[at] === 1;
        source.sync = recorded.sync[at] === 1;
        source.thinkTime = recorded.thinkTime[(at + 1) % length] ?? 0;
      } else if (sizes !== undefined) {
        placeSized();
      } else {
        const block = task.pattern === 'random' ? Math.floor(random.next() * blocks) : done % blocks;
        source.sector = first + block * blockSectors;
      }
      if (readShare !== undefined) {
        source.write = random.next() >= readShare;
        source.sync = !source.write || task.sync;
      }
      done++;
      return true;
    },
  };
  return source;

  /** Draws a size; random places are multiples of the smallest, as fio has them (blockalign). */
  function placeSized(): void {
    let left = random.next() * weights;
    let drawn = 0;
    for (const [i, { weight }] of (sizes ?? []).entries()) {
      drawn = i;
      left -= weight;
      if (left < 0) break;
    }
    const sectors = Math.max(1, Math.round((sizes?.[drawn]?.bytes ?? task.bytes) / 512));
    const room = Math.floor(task.range / 512);
    if (task.pattern === 'random') {
      const places = Math.floor((room - sectors) / smallest) + 1;
      source.sector = first + Math.floor(random.next() * places) * smallest;
    } else {
      if (behind + sectors > room) behind = 0;
      source.sector = first + behind;
      behind += sectors;
    }
    source.sectors = sectors;
  }
}
