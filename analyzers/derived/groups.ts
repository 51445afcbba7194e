import { decodeString } from '../../model/strings.ts';
import { moduleName } from '../../model/symbol-name.ts';
import { NO_CPU } from '../../model/tables.ts';
import type { Context } from '../context.ts';
import { type EventSummary, eventSummaries } from './event-summary.ts';
import { leafModules } from './leaf.ts';
import { estimateGroupShares, profile, type Share } from './profile.ts';
import { threadLabel } from './thread-label.ts';

export interface Group extends Share {
  /** What it was grouped by: a string id, a row of threads, or a CPU number. */
  readonly key: number;
  readonly name: string;
}

/** Busy weight by module, process name, thread and CPU, heaviest first, and the events there are. */
export interface Groups {
  readonly module: readonly Group[];
  readonly process: readonly Group[];
  readonly thread: readonly Group[];
  readonly cpu: readonly Group[];
  readonly event: readonly EventSummary[];
}

/** Groups that get an interval; the tail beyond is too small to need one. */
const MOST_INTERVALS = 50;

export function groupsBy(context: Context): Groups {
  return context.derive(makeGroups);
}

function makeGroups(context: Context): Groups {
  const { strings, tables } = context.trace;
  const { thread, stack, cpu } = tables.samples.columns;
  const { comm, pid, tid } = tables.threads.columns;
  const modules = context.derive(leafModules);
  const text = (id: number | undefined): string => decodeString(strings, id ?? 0);
  return {
    module: group(
      context,
      (row) => modules[stack[row] as number] as number,
      (id) => moduleName(text(id)) || '(not recorded)',
    ),
    process: group(
      context,
      (row) => comm[thread[row] as number] as number,
      (id) => text(id) || '(no name)',
    ),
    thread: group(
      context,
      (row) => thread[row] as number,
      (id) => threadLabel(text(comm[id]), pid[id] as number, tid[id] as number),
    ),
    cpu: group(
      context,
      (row) => cpu[row] as number,
      (id) => (id === NO_CPU ? '' : `CPU ${id}`),
    ).filter(({ name }) => name !== ''),
    event: context.derive(eventSummaries),
  };
}

/** Busy weight per key, keys with one name together. */
function group(context: Context, keyOf: (row: number) => number, nameOf: (key: number) => string): Group[] {
  const { rows, weight } = context.derive(profile);
  const weights = context.trace.tables.samples.columns.weight;
  const sums = new Map<number, { weight: number; n: number }>();
  for (const row of rows) {
    const key = keyOf(row);
    const sum = sums.get(key) ?? { weight: 0, n: 0 };
    sum.weight += weights[row] as number;
    sum.n++;
    sums.set(key, sum);
  }
  const sorted = [...sums].sort((a, b) => b[1].weight - a[1].weight || a[0] - b[0]);
  const groupOf = new Map(sorted.slice(0, MOST_INTERVALS).map(([key], position) => [key, position] as const));
  const shares = estimateGroupShares(context, groupOf.size, (row) => groupOf.get(keyOf(row)) ?? -1);
  return sorted.map(([key, sum], position) => {
    const name = nameOf(key);
    const share = shares[position];
    if (share !== undefined) return { key, name, ...share };
    return { key, name, weight: sum.weight, n: sum.n, share: sum.weight / weight, low: 0, high: 1 };
  });
}
