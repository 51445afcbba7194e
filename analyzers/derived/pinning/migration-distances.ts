import { decodeString } from '../../../model/strings.ts';
import type { Context } from '../../context.ts';
import { type Distance, distances, topology } from '../sched/topology.ts';

/** Moves of threads called alike under one id, by how far they went. */
export interface ThreadMoves {
  readonly tid: number;
  readonly label: string;
  readonly byDistance: ReadonlyMap<Distance, number>;
  readonly total: number;
}

/** sched_migrate_task events by distance of orig_cpu and dest_cpu. */
export interface MigrationDistances {
  readonly threads: readonly ThreadMoves[];
  readonly byDistance: ReadonlyMap<Distance, number>;
  readonly total: number;
  /** ns from the first event of the trace of any kind with CPUs to the last; NaN with fewer than two moments. */
  readonly duration: number;
  /** The topology of the host was captured. */
  readonly known: boolean;
}

/** Moves that leave the last-level cache behind: their memory has to come through the socket, or from another one. */
const far: ReadonlySet<Distance> = new Set(['same socket', 'same node', 'other socket', 'other node']);

export const leavesCache = (byDistance: ReadonlyMap<Distance, number>): number =>
  [...byDistance].reduce((sum, [distance, count]) => sum + (far.has(distance) ? count : 0), 0);

/** Nearest first, what is not known last. */
export const inOrder = (
  byDistance: ReadonlyMap<Distance, number>,
): readonly (readonly [Distance, number])[] =>
  ([...distances, 'not known'] as const).flatMap((distance) => {
    const count = byDistance.get(distance);
    return count === undefined ? [] : [[distance, count] as const];
  });

export function migrationDistances(context: Context): MigrationDistances {
  const { migrations, threads } = context.trace.tables;
  const { thread, from, to } = migrations.columns;
  const { known, distance } = context.derive(topology);
  const byThread = new Map<number, { label: string; byDistance: Map<Distance, number>; total: number }>();
  const all = new Map<Distance, number>();
  for (let row = 0; row < migrations.length; row++) {
    const moved = thread[row] as number;
    // A thread has a row for every name it had; the id is what stays.
    const tid = threads.columns.tid[moved] as number;
    const step = distance(from[row] as number, to[row] as number);
    const comm = decodeString(context.trace.strings, threads.columns.comm[moved] as number);
    const own = byThread.get(tid) ?? { label: '', byDistance: new Map<Distance, number>(), total: 0 };
    own.label = `${comm} ${tid}`.trim();
    own.byDistance.set(step, (own.byDistance.get(step) ?? 0) + 1);
    own.total++;
    byThread.set(tid, own);
    all.set(step, (all.get(step) ?? 0) + 1);
  }
  return {
    threads: [...byThread]
      .map(([tid, own]) => ({ tid, ...own }))
      .sort(
        (a, b) => leavesCache(b.byDistance) - leavesCache(a.byDistance) || b.total - a.total || a.tid - b.tid,
      ),
    byDistance: all,
    total: migrations.length,
    duration: watched(context),
    known,
  };
}

/** The events of a trace: switches of the same recording say more exactly from when to when it lasted. */
function watched({ trace }: Context): number {
  const { migrations, switches, wakeups, samples } = trace.tables;
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { columns, length } of [migrations, switches, wakeups, samples]) {
    for (let row = 0; row < length; row++) {
      const at = columns.time[row] as number;
      if (at < first) first = at;
      if (at > last) last = at;
    }
  }
  return last > first ? last - first : Number.NaN;
}
