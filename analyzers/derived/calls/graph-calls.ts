import { callKindId } from '../../../model/sched-tables.ts';
import { defineTable, type Table, TableBuilder } from '../../../model/table.ts';
import type { Context } from '../../context.ts';

/** Calls that returned, in the order in which they did: callees before their callers. */
export const graphCallTable = defineTable(
  'graphCalls',
  'Derived: calls of function_graph with what they contain.',
  {
    frame: {
      kind: 'u32',
      of: 'frames',
      about: 'function; null row = its entry is missing and its exit has no name',
    },
    parent: { kind: 'u32', about: '1 + row of the caller; 0 = outermost' },
    time: { kind: 'f64', about: 'ns of the entry, else of the exit; NaN = not printed' },
    total: { kind: 'f64', about: 'ns inside it and what it called; NaN = not printed' },
    self: { kind: 'f64', about: 'ns inside it and in nothing recorded below; NaN = not printed' },
    thread: { kind: 'u32', of: 'threads', about: 'null row = not known' },
    cpu: { kind: 'u16', about: '65535 = not recorded' },
    depth: { kind: 'u16', about: 'nesting as printed' },
  },
);

export interface GraphCalls {
  readonly calls: Table<(typeof graphCallTable)['schema']>;
  /** Calls whose exit is missing. */
  readonly unreturned: number;
  /** Exits whose entry is missing: all of them with tracing_thresh. */
  readonly unmatched: number;
}

interface OpenCall {
  readonly frame: number;
  readonly time: number;
  readonly depth: number;
}

/** Calls of one task, or of one CPU where tasks are not printed. */
interface Track {
  open: OpenCall[];
  /** Rows that returned and whose caller has not yet. */
  pending: number[];
}

/**
 * Puts calls together from entries, exits and leaves. Depth is what is believed: an exit closes the
 * entry of its depth, whatever was lost in between, and adopts what returned deeper since. That
 * works without entries too (tracing_thresh prints exits only).
 */
export function graphCalls(context: Context): GraphCalls {
  const { calls } = context.trace.tables;
  const { kind, frame, time, duration, thread, cpu, depth } = calls.columns;
  const out = new TableBuilder(graphCallTable, 1024);
  const tracks = new Map<number, Track>();
  const running = new Map<number, number>();
  let unreturned = 0;
  let unmatched = 0;
  const add = (row: number, name: number, at: number, total: number, who: number): number => {
    const id = out.add();
    const { columns } = out;
    columns.frame[id] = name;
    columns.time[id] = at;
    columns.total[id] = total;
    columns.self[id] = total;
    columns.thread[id] = who;
    columns.cpu[id] = cpu[row] as number;
    columns.depth[id] = depth[row] as number;
    return id;
  };
  for (let row = 0; row < calls.length; row++) {
    const what = kind[row] as number;
    const onCpu = cpu[row] as number;
    if (what === callKindId.function) continue;
    if (what === callKindId['task change']) {
      running.set(onCpu, thread[row] as number);
      continue;
    }
    const who = (thread[row] as number) || (running.get(onCpu) ?? 0);
    // Thread rows are positive; CPUs take the other half.
    const key = who > 0 ? who : -1 - onCpu;
    let track = tracks.get(key);
    if (track === undefined) {
      track = { open: [], pending: [] };
      tracks.set(key, track);
    }
    if (what === callKindId.lost) {
      unreturned += track.open.length;
      track.open = [];
      track.pending = [];
      continue;
    }
    const level = depth[row] as number;
    const own = duration[row] as number;
    const { open, pending } = track;
    const deeper = what === callKindId.exit ? level + 1 : level;
    while ((open.at(-1)?.depth ?? -1) >= deeper) {
      open.pop();
      unreturned++;
    }
    if (what === callKindId.entry) {
      open.push({ frame: frame[row] as number, time: time[row] as number, depth: level });
      continue;
    }
    if (what === callKindId.call) {
      pending.push(add(row, frame[row] as number, time[row] as number, own, who));
      continue;
    }
    const entry = open.at(-1)?.depth === level ? open.pop() : undefined;
    if (entry === undefined) unmatched++;
    const began = entry?.time ?? Number.NaN;
    const total = Number.isNaN(own) ? (time[row] as number) - began : own;
    const name = entry?.frame ?? (frame[row] as number);
    const id = add(row, name, Number.isNaN(began) ? (time[row] as number) : began, total, who);
    let inner = 0;
    while (pending.length > 0 && (out.columns.depth[pending.at(-1) as number] as number) > level) {
      const child = pending.pop() as number;
      out.columns.parent[child] = id + 1;
      const below = out.columns.total[child] as number;
      if (!Number.isNaN(below)) inner += below;
    }
    out.columns.self[id] = Math.max(0, total - inner);
    pending.push(id);
  }
  for (const { open } of tracks.values()) unreturned += open.length;
  return { calls: out.finish(), unreturned, unmatched };
}
